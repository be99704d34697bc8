// hotline report, hotline mailbox: the doors that partners use.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "apps/hotline/commands.h"
#include "apps/hotline/installation.h"
#include "base/crypto.h"
#include "base/text.h"
#include "intake/drop.h"
#include "intake/mail_sender_store.h"
#include "intake/report_lines.h"
#include "net/rdap.h"

namespace hotline::cli {

namespace {

Result<std::string> text_of(const std::string& path) {
  std::string text;
  if (path == "-") {
    for (int c = std::getchar(); c != EOF; c = std::getchar()) text += static_cast<char>(c);
    return text;
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::not_found, "The file " + path + " cannot be read.");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Result<bool> import(const Options& options) {
  const auto& words = options.words();
  if (words.size() != 2 || words[0] != "import")
    return fail(ErrorKind::invalid, "Say `hotline report import FILE --source NAME`.");
  if (!options.has("source"))
    return fail(ErrorKind::invalid,
                "Say whose reports these are: --source NAME. The same line of the same source is "
                "one report.");
  TRY(settings, settings_of(options));
  TRY(text, text_of(words[1]));
  TRY(lines, intake::lines_from_csv(text));
  std::vector<intake::LineAnswer> answers;
  if (options.has("check")) {
    for (const auto& line : lines) {
      const auto wrong = intake::wrong_with(line);
      answers.push_back({line.number, wrong.empty(), "", line.reference, wrong});
    }
  } else {
    const Places at = places(settings);
    TRY(public_key, intake::drop_public_key(at.keys));
    TRY(drop, intake::Drop::open(at.drop, public_key, 0));
    TRY(taken,
        intake::take_lines(*drop, {"csv", options.get("source"), ""}, lines, SystemClock().now()));
    answers = std::move(taken);
  }
  std::fputs(intake::answers_csv(answers).c_str(), stdout);
  std::size_t good = 0;
  for (const auto& answer : answers) good += answer.taken ? 1 : 0;
  std::fprintf(stderr, "%zu taken, %zu refused.\n", good, answers.size() - good);
  return good == answers.size();
}

Done allow(const Installation& in, const Options& options, const std::string& given) {
  TRY(address, net::strict_email(lower_ascii(given)));
  intake::MailSender sender{address, in.tenant, "", lower_ascii(options.get("dkim")),
                            SystemClock().now()};
  std::string token;
  if (sender.dkim_domain.empty()) {
    token = base64url(crypto::random_bytes(18));
    sender.token_digest = hex(crypto::sha256(token));
  }
  TRY_DONE(in.database->transact(
      [&](db::Transaction& tx) { return intake::MailSenderStore(tx).put(sender); }));
  if (token.empty()) {
    std::fprintf(stderr, "Taken with a DKIM signature of %s.\n", sender.dkim_domain.c_str());
    return {};
  }
  std::printf("%s\n", token.c_str());
  std::fprintf(stderr, "Shown once. Every mail carries it in a line of its own: token: …\n");
  return {};
}

Done run_mailbox(const Options& options) {
  const auto& words = options.words();
  if (words.empty()) return fail(ErrorKind::invalid, "Say allow, list or revoke.");
  TRY(settings, settings_of(options));
  TRY(in, open_installation(settings));
  if (words[0] == "list") {
    TRY(all,
        in.database->read([](db::Transaction& tx) { return intake::MailSenderStore(tx).all(); }));
    for (const auto& sender : all)
      std::printf("%s\t%s\t%s\n", sender.address.c_str(),
                  sender.dkim_domain.empty() ? "token" : sender.dkim_domain.c_str(),
                  rfc3339(sender.added_at).substr(0, 10).c_str());
    return {};
  }
  if (words.size() < 2) return fail(ErrorKind::invalid, "Say which mail address.");
  if (words[0] == "allow") return allow(in, options, words[1]);
  if (words[0] != "revoke")
    return fail(ErrorKind::invalid, "There is no `hotline mailbox " + words[0] + "`.");
  return in.database->transact([&](db::Transaction& tx) {
    return intake::MailSenderStore(tx).remove(lower_ascii(words[1]));
  });
}

}  // namespace

int report(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir", "source"}, {"check"});
  if (!options) return refuse(options.error());
  const auto good = import(*options);
  if (!good) return refuse(good.error());
  return *good ? kGood : kWarning;
}

int mailbox(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir", "dkim"}, {});
  if (!options) return refuse(options.error());
  if (const Done done = run_mailbox(*options); !done) return refuse(done.error());
  return kGood;
}

}  // namespace hotline::cli
