#include <algorithm>
#include <array>
#include <bit>

#include "assessment/find.h"
#include "base/text.h"

namespace hotline::assessment {

namespace {

constexpr std::size_t kFoundMax = 50;

Result<std::vector<Found>> found_from(const db::Rows& rows, const std::string& why) {
  std::vector<Found> all;
  for (const auto& row : rows) {
    TRY(id, CaseId::parse(row.text(0)));
    all.push_back({id, why});
  }
  return all;
}

using Words = std::array<std::uint64_t, 4>;
Result<Words> words_of(std::string_view hex64) {
  TRY(bytes, unhex(hex64));
  if (bytes.size() != 32) return fail(ErrorKind::invalid, "A PDQ has 64 hex digits.");
  Words words{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    words[i / 8] = words[i / 8] << 8 | static_cast<unsigned char>(bytes[i]);
  return words;
}

constexpr std::string_view kCasesOfItem =
    "SELECT DISTINCT s.casefile FROM sighting_item si JOIN sighting s ON s.id = si.sighting "
    "WHERE si.item = $1 ORDER BY s.casefile DESC LIMIT 50";

/// For LIKE: the text anywhere, its own wildcards as they stand.
std::string anywhere(std::string_view text) {
  std::string pattern = "%";
  for (const char c : lower_ascii(text)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

std::string ending(std::string_view text) {
  auto pattern = anywhere(text);
  pattern.pop_back();
  return pattern;
}

}  // namespace

Result<std::vector<Found>> by_digest(db::Transaction& tx, const TenantId& tenant,
                                     std::string_view column, std::string_view hex) {
  CHECK(column == "md5" || column == "sha1" || column == "sha256");
  TRY(rows, tx.run("SELECT DISTINCT s.casefile FROM item i "
                   "JOIN sighting_item si ON si.item = i.id JOIN sighting s ON s.id = si.sighting "
                   "WHERE i.tenant = $1 AND i." +
                       std::string(column) + " = $2 ORDER BY s.casefile DESC LIMIT 50",
                   {tenant.str(), std::string(hex)}));
  return found_from(rows, "an item with this digest");
}

Result<std::vector<Found>> by_pdq(db::Transaction& tx, const TenantId& tenant, std::string_view hex,
                                  int bits) {
  TRY(wanted, words_of(hex));
  TRY(items, tx.run("SELECT id, pdq_full FROM item WHERE tenant = $1 AND pdq_full <> '' "
                    "AND pdq_full_quality >= 50",
                    {tenant.str()}));
  std::vector<std::pair<int, std::string>> near;
  for (const auto& row : items) {
    const auto words = words_of(row.text(1));
    if (!words) continue;
    int distance = 0;
    for (std::size_t i = 0; i < words->size(); ++i)
      distance += std::popcount((*words)[i] ^ wanted[i]);
    if (distance <= bits) near.emplace_back(distance, row.text(0));
  }
  std::sort(near.begin(), near.end());
  std::vector<Found> all;
  for (const auto& [distance, item] : near) {
    if (all.size() >= kFoundMax) break;
    TRY(rows, tx.run(std::string(kCasesOfItem), {item}));
    TRY(cases, found_from(rows, "an item alike, distance " + std::to_string(distance)));
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

Result<std::vector<Found>> by_host(db::Transaction& tx, const TenantId& tenant,
                                   std::string_view host) {
  TRY(rows, tx.run("SELECT c.id FROM casefile c JOIN address a ON a.id = c.address "
                   "WHERE a.tenant = $1 AND (a.host = $2 OR a.host LIKE $3 ESCAPE '\\') "
                   "ORDER BY c.id DESC LIMIT 50",
                   {tenant.str(), std::string(host), ending("." + std::string(host))}));
  return found_from(rows, "an address on this host");
}

Result<std::vector<Found>> by_ip(db::Transaction& tx, const TenantId& tenant, std::string_view ip) {
  TRY(seen, tx.run("SELECT DISTINCT casefile FROM sighting WHERE tenant = $1 AND ip = $2 "
                   "ORDER BY casefile DESC LIMIT 50",
                   {tenant.str(), std::string(ip)}));
  TRY(all, found_from(seen, "its page came from there"));
  TRY(hosted, tx.run("SELECT DISTINCT casefile FROM hosting_episode WHERE tenant = $1 "
                     "AND ips LIKE $2 ESCAPE '\\' ORDER BY casefile DESC LIMIT 50",
                     {tenant.str(), anywhere("\"" + std::string(ip) + "\"")}));
  TRY(more, found_from(hosted, "it was hosted there"));
  for (const auto& one : more)
    if (std::none_of(all.begin(), all.end(),
                     [&](const Found& known) { return known.casefile == one.casefile; }))
      all.push_back(one);
  return all;
}

Result<std::vector<Found>> by_mailbox(db::Transaction& tx, const TenantId& tenant,
                                      std::string_view mailbox) {
  TRY(rows, tx.run("SELECT DISTINCT casefile FROM notice WHERE tenant = $1 "
                   "AND lower(contact) = $2 ORDER BY casefile DESC LIMIT 50",
                   {tenant.str(), lower_ascii(mailbox)}));
  return found_from(rows, "its notice goes to this mailbox");
}

Result<std::vector<Found>> by_reference(db::Transaction& tx, const TenantId& tenant,
                                        std::string_view six) {
  TRY(rows, tx.run("SELECT id FROM casefile WHERE tenant = $1 AND id LIKE $2 ESCAPE '\\' "
                   "ORDER BY id DESC LIMIT 50",
                   {tenant.str(), ending(six)}));
  return found_from(rows, "its reference");
}

Result<std::vector<Found>> by_words(db::Transaction& tx, const TenantId& tenant,
                                    std::string_view words) {
  TRY(series, tx.run("SELECT DISTINCT m.casefile FROM case_series s "
                     "JOIN case_series_member m ON m.series = s.id "
                     "WHERE s.tenant = $1 AND lower(s.name) LIKE $2 ESCAPE '\\' "
                     "ORDER BY m.casefile DESC LIMIT 50",
                     {tenant.str(), anywhere(words)}));
  TRY(all, found_from(series, "in a series of this name"));
  TRY(findings,
      tx.run("SELECT DISTINCT f.casefile FROM finding f "
             "JOIN assessment a ON a.casefile = f.casefile AND a.state = 'decided' "
             "WHERE f.tenant = $1 AND f.removed_at IS NULL "
             "AND (lower(f.words) LIKE $2 ESCAPE '\\' OR lower(f.value) LIKE $2 ESCAPE '\\') "
             "ORDER BY f.casefile DESC LIMIT 50",
             {tenant.str(), anywhere(words)}));
  TRY(more, found_from(findings, "a finding with these words"));
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace hotline::assessment
