// hotline receiver: which hosts run a receiver, and our key for their settings.
#include <cstdio>

#include "apps/hotline/commands.h"
#include "apps/hotline/installation.h"
#include "base/text.h"
#include "takedown/pusher.h"

namespace hotline::cli {

namespace {

using takedown::HostReceiver;
using takedown::ReceiverStore;

Done list(const Installation& in) {
  TRY(all,
      in.database->read([&](db::Transaction& tx) { return ReceiverStore(tx).all(in.tenant); }));
  for (const auto& one : all)
    std::printf("%-32s %-40s %s\n", one.mailbox.c_str(), one.address.c_str(),
                base64(one.public_key).c_str());
  return {};
}

Done add(const Installation& in, const Options& options) {
  TRY(key, unbase64(options.get("key")));
  const HostReceiver receiver{in.tenant, options.words()[1], options.get("address"),
                              key,       "system",           SystemClock().now()};
  return in.database->transact(
      [&](db::Transaction& tx) { return ReceiverStore(tx).put(receiver); });
}

Done run(const Options& options) {
  const auto& words = options.words();
  if (words.empty()) return fail(ErrorKind::invalid, "Say list, add, remove or key.");
  TRY(settings, settings_of(options));
  TRY(installation, open_installation(settings));
  if (words[0] == "list") return list(installation);
  if (words[0] == "key") {
    TRY(pusher, takedown::Pusher::open(settings, places(settings).keys));
    std::printf("%s\n", base64(pusher->public_key()).c_str());
    return {};
  }
  if (words.size() < 2)
    return fail(ErrorKind::invalid,
                "Say which mailbox: `hotline receiver add abuse@isp.example …`.");
  if (words[0] == "add") return add(installation, options);
  if (words[0] == "remove")
    return installation.database->transact([&](db::Transaction& tx) {
      return ReceiverStore(tx).remove(installation.tenant, words[1]);
    });
  return fail(ErrorKind::invalid, "There is no `hotline receiver " + words[0] + "`.");
}

}  // namespace

int receiver(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir", "address", "key"}, {});
  if (!options) return refuse(options.error());
  const Done done = run(*options);
  return done ? kGood : refuse(done.error());
}

}  // namespace hotline::cli
