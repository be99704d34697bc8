#include "web/feeds_quick.h"

#include "base/crypto.h"
#include "base/text.h"
#include "lists/list_store.h"

namespace hotline::web {

Done KeyRing::follow(db::Database& database, Instant now) {
  TRY(keys, database.read([](db::Transaction& tx) { return accounts::living_keys(tx); }));
  auto members = std::make_shared<Members>();
  for (auto& [digest, member] : keys)
    members->emplace(digest, std::make_shared<const accounts::Member>(std::move(member)));
  const std::lock_guard lock(lock_);
  members_ = std::move(members);
  read_at_ = now;
  return {};
}

std::shared_ptr<const accounts::Member> KeyRing::member(std::string_view key, Instant now) const {
  std::shared_ptr<const Members> members;
  {
    const std::lock_guard lock(lock_);
    if (now - read_at_ > kKeptWithout) return nullptr;
    members = members_;
  }
  if (!members || key.size() > 100) return nullptr;
  const auto found = members->find(hex(crypto::sha256(key)));
  return found == members->end() ? nullptr : found->second;
}

void LookupCount::add(const accounts::Member& member, std::int64_t version, std::int64_t count) {
  const std::lock_guard lock(lock_);
  Line& line = lines_[member.id.str()];
  line.tenant = member.tenant;
  line.version = version;
  line.count += count;
}

Done LookupCount::write(db::Database& database, Instant now) {
  std::unordered_map<std::string, Line> lines;
  {
    const std::lock_guard lock(lock_);
    lines.swap(lines_);
  }
  if (lines.empty()) return {};
  const Done written = database.transact([&](db::Transaction& tx) -> Done {
    for (const auto& [member, line] : lines)
      TRY_DONE(lists::ListStore(tx).add_delivery(
          {line.tenant, member, "hashes", "lookup", 0, line.version, line.count, now}));
    return {};
  });
  if (written) return {};
  const std::lock_guard lock(lock_);
  for (const auto& [member, line] : lines) {
    Line& kept = lines_[member];
    kept.tenant = line.tenant;
    kept.version = std::max(kept.version, line.version);
    kept.count += line.count;
  }
  return written;
}

}  // namespace hotline::web
