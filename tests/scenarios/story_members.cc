// Members in a story: who took a list, and whose server is told of a recall.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "http/server.h"
#include "lists/hash_list.h"
#include "lists/list_store.h"
#include "lists/recall.h"
#include "push/push.h"
#include "scenarios/story.h"

namespace hotline::scenarios {

namespace {

Error wrong(const std::string& sentence) {
  return {ErrorKind::invalid, sentence};
}

}  // namespace

/// A member's own server on loopback: answers as it is told, keeps what is signed right.
class MemberServer {
 public:
  MemberServer() {
    http::Router router;
    router.on("POST", "/hook", [this](const http::Request& request) { return take(request); });
    auto server = http::Server::start({}, std::move(router));
    if (server) server_ = std::move(*server);
  }
  [[nodiscard]] std::string address() const {
    return "http://127.0.0.1:" + std::to_string(server_ ? server_->port() : 1) + "/hook";
  }

  int status = 200;  // Both touched between requests only: the story waits for each.
  std::string public_key;
  int asked = 0, wrongly_signed = 0;
  std::vector<std::string> ids;   ///< webhook-id of every request.
  std::vector<std::string> told;  ///< What was answered 2xx.

 private:
  http::Response take(const http::Request& request) {
    ++asked;
    const auto header = [&](std::string_view name) {
      const auto found = request.headers.find(name);
      return found == request.headers.end() ? std::string() : found->second;
    };
    const push::Signature signature{header("webhook-id"), header("webhook-timestamp"),
                                    header("webhook-signature")};
    ids.push_back(signature.id);
    const auto second = parse_integer(signature.timestamp).value_or(0);
    if (!push::verify(public_key, signature, request.body,
                      Instant(microseconds(second * 1'000'000))))
      ++wrongly_signed;
    if (status >= 200 && status < 300) told.push_back(request.body);
    return http::plain("", status);
  }
  std::unique_ptr<http::Server> server_;
};

// member net [hook] · member net takes hashes · member net answers 500
Done Story::member_word(const Words& words) {
  const Instant now = clock_.now();
  if (words.size() == 2 || (words.size() == 3 && words[2] == "hook")) {
    TRY(id, change([&](db::Transaction& tx) {
          return accounts::add_member(tx, tenant_, words[1], "isp", "system", now);
        }));
    members_[words[1]].id = id;
    if (words.size() == 2) return {};
    auto server = std::make_shared<MemberServer>();
    TRY(seed, crypto::key_file(places(settings_).keys + "/push-signing.key"));
    server->public_key = crypto::signing_keys_from_seed(seed.reveal()).public_key;
    members_[words[1]].server = server;
    return change([&](db::Transaction& tx) {
      return lists::RecallStore(tx).put_webhook(
          {id, tenant_, server->address(), "system", now, {}, ""});
    });
  }
  const auto found = members_.find(words[1]);
  if (found == members_.end() || words.size() != 4)
    return std::unexpected(wrong("member NAME [hook], or a known one takes LIST, or answers N"));
  if (words[2] == "answers") {
    found->second.server->status = std::stoi(words[3]);
    return {};
  }
  return change([&](db::Transaction& tx) -> Done {
    lists::ListStore store(tx);
    TRY(version, store.version(tenant_, words[3]));
    return store.add_delivery(
        {tenant_, found->second.id.str(), words[3], "snapshot", 0, version, 1, now});
  });
}

// told net 1 tries=3 reason=withdrawn · recall net took fetched · recall net took
Done Story::expect_told(const Words& words) {
  const auto found = members_.find(words.at(1));
  if (found == members_.end() || !found->second.server)
    return std::unexpected(wrong("no such member has a server"));
  const MemberServer& server = *found->second.server;
  if (server.wrongly_signed > 0) return std::unexpected(wrong("a word was not signed right"));
  if (std::to_string(server.told.size()) != words.at(2))
    return std::unexpected(wrong(words[1] + " was told " + std::to_string(server.told.size())));
  for (std::size_t i = 3; i < words.size(); ++i) {
    if (words[i] == "tries=" + std::to_string(server.asked)) continue;
    const auto reason = "\"" + words[i].substr(words[i].find('=') + 1) + "\"";
    if (words[i].starts_with("reason=") &&
        std::any_of(server.told.begin(), server.told.end(), [&](const std::string& body) {
          return body.find("\"reason\":" + reason) != std::string::npos;
        }))
      continue;
    return std::unexpected(
        wrong("asked " + std::to_string(server.asked) + " times, not " + words[i]));
  }
  // However often it is tried, it is one word.
  const std::set<std::string> told(server.ids.begin(), server.ids.end());
  if (told.size() > 2) return std::unexpected(wrong("the tries have different ids"));
  return {};
}

Done Story::expect_recall(const Words& words) {
  return read([&](db::Transaction& tx) -> Done {
    lists::RecallStore store(tx);
    TRY(recalls, store.recalls(tenant_, 10));
    if (words.size() == 2 && words[1] == "none") {
      if (recalls.empty()) return {};
      return std::unexpected(wrong("there is a recall"));
    }
    if (recalls.empty()) return std::unexpected(wrong("there is no recall"));
    const auto hashes = std::find_if(recalls.begin(), recalls.end(),
                                     [](const auto& one) { return one.list == lists::kHashList; });
    if (hashes == recalls.end()) return std::unexpected(wrong("no hash is recalled"));
    TRY(reach, store.reach(*hashes));
    std::string stands;
    for (const auto& one : reach)
      if (one.member_name == words.at(1))
        stands = std::string(one.took ? "took " : "") + (one.fetched ? "fetched " : "") +
                 (one.message ? std::string(name(*one.message)) : "none");
    const std::string wanted = join(std::vector<std::string>(words.begin() + 2, words.end()), " ");
    if (stands == wanted) return {};
    return std::unexpected(wrong("with this recall it stands: " + stands));
  });
}

}  // namespace hotline::scenarios
