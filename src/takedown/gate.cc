// The police gate: whose it is, what passes by a signed policy, and what people decide there.
#include "takedown/gate.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "facts/facts.h"
#include "jobs/jobs.h"
#include "takedown/notice_store.h"
#include "takedown/takedown.h"

namespace hotline::takedown {

namespace {

using std::chrono::hours;

constexpr auto kAuthorityTimeMax = hours(24 * 366);
constexpr std::size_t kDocumentBytesMax = 16 * 1024;

Done append(db::Transaction& tx, const Notice& notice, std::string_view kind,
            std::string_view actor, json::object details, Instant now) {
  details["notice"] = notice.id.str();
  details["state"] = std::string(name(notice.state));
  details["country"] = notice.hosting.country;
  details["agency"] = notice.agency;
  return facts::FactStore(tx).append({notice.tenant.str(), std::string(kind), std::string(actor),
                                      notice.casefile.str(), notice.id.str(), std::move(details),
                                      now});
}

template <class T>
bool fits(const std::vector<T>& allowed, const T& value) {
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

std::vector<std::string> texts_at(const json::value& object, std::string_view key) {
  std::vector<std::string> texts;
  if (const json::value* list = member(object, key); list && list->is_array())
    for (const auto& one : list->get_array())
      if (one.is_string()) texts.emplace_back(one.get_string());
  return texts;
}

std::string host_of(std::string_view address) {
  if (const auto scheme = address.find("://"); scheme != address.npos)
    address.remove_prefix(scheme + 3);
  return lower_ascii(address.substr(0, address.find_first_of("/?#:")));
}

bool is_investigated(std::span<const Investigation> investigations, const GateQuestion& question) {
  return std::any_of(investigations.begin(), investigations.end(), [&](const Investigation& one) {
    const auto stands_in = [&](const std::vector<std::string>& values) {
      return std::find(values.begin(), values.end(), one.value) != values.end();
    };
    return one.kind == "host"      ? stands_in(question.hosts)
           : one.kind == "network" ? one.value == std::to_string(question.asn)
                                   : stands_in(question.digests);
  });
}

}  // namespace

GateQuestion question_of(const Notice& notice, bool known) {
  GateQuestion question;
  question.country = notice.hosting.country;
  question.asn = notice.hosting.asn;
  question.category = notice.category;
  question.known = known;
  for (const auto& location : notice.locations) question.hosts.push_back(host_of(location));
  for (const auto& item : notice.items) question.digests.push_back(item.sha256);
  return question;
}

Result<Authority> read_authority(const Agency& agency, std::string_view document,
                                 std::string_view signature) {
  const auto wrong = [](const char* what) {
    return fail(ErrorKind::invalid, std::string("This is no authority: ") + what);
  };
  if (agency.public_key.size() != 32) return wrong("the agency has no key.");
  if (document.size() > kDocumentBytesMax) return wrong("it is too long.");
  if (signature.size() != 64 || !crypto::verify(agency.public_key, document, signature))
    return wrong("the signature is not the agency's.");
  TRY(read, parse_json(document));
  if (text_at(read, "format") != "hotline-authority" || integer_at(read, "version") != 1)
    return wrong("its format is not hotline-authority, version 1.");
  if (text_at(read, "agency") != agency.id) return wrong("it names another agency.");
  Authority authority;
  authority.tenant = agency.tenant;
  authority.agency = agency.id;
  authority.id = text_at(read, "id").value_or("");
  if (authority.id.empty() || authority.id.size() > 60 ||
      authority.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != authority.id.npos)
    return wrong("its id is not of small letters, digits and '-'.");
  TRY(from, parse_rfc3339(text_at(read, "valid_from").value_or("")));
  TRY(until, parse_rfc3339(text_at(read, "valid_until").value_or("")));
  if (from >= until || until - from > kAuthorityTimeMax)
    return wrong("it must end after it begins, and within a year.");
  const json::value* known = member(read, "known_only");
  if (known == nullptr || !known->is_bool()) return wrong("it does not say known_only.");
  authority.known_only = known->get_bool();
  authority.categories = texts_at(read, "categories");
  if (authority.categories.empty()) return wrong("it names no category.");
  authority.countries = texts_at(read, "countries");
  if (const json::value* networks = member(read, "networks"); networks && networks->is_array())
    for (const auto& one : networks->get_array())
      if (one.is_int64()) authority.networks.push_back(one.get_int64());
  authority.from = from;
  authority.until = until;
  authority.document = document;
  authority.signature = signature;
  authority.public_key = agency.public_key;
  return authority;
}

const Authority* covering(std::span<const Authority> authorities,
                          std::span<const Investigation> investigations,
                          const GateQuestion& question, Instant now) {
  if (is_investigated(investigations, question)) return nullptr;
  for (const auto& one : authorities) {
    if (one.revoked_at || now < one.from || now >= one.until) continue;
    if (one.known_only && !question.known) continue;
    if (std::find(one.categories.begin(), one.categories.end(), question.category) ==
        one.categories.end())
      continue;
    if (!fits(one.countries, question.country) || !fits(one.networks, question.asn)) continue;
    if (crypto::verify(one.public_key, one.document, one.signature)) return &one;
  }
  return nullptr;
}

const Agency* agency_for(std::span<const Agency> agencies, const GateQuestion& question) {
  const Agency* best = nullptr;
  const auto narrowness = [](const Agency& one) {
    return (one.networks.empty() ? 0 : 2) + (one.countries.empty() ? 0 : 1);
  };
  for (const auto& one : agencies) {
    if (!fits(one.countries, question.country) || !fits(one.networks, question.asn)) continue;
    if (best == nullptr || narrowness(one) > narrowness(*best)) best = &one;
  }
  return best;
}

/// Whose gate the notice is at, and whether that agency has let it pass in advance.
Done Takedown::ask_gate(db::Transaction& tx, Notice& notice, bool known, Instant now) const {
  notice.agency.clear();
  notice.authority.clear();
  notice.gate_passed = !(notice.home && settings_.flag("takedown.police_gate"));
  if (notice.gate_passed) return {};
  GateStore store(tx);
  TRY(agencies, store.agencies(notice.tenant));
  const GateQuestion question = question_of(notice, known);
  const Agency* agency = agency_for(agencies, question);
  if (agency == nullptr) return {};
  notice.agency = agency->id;
  TRY(authorities, store.authorities(notice.tenant, now));
  std::erase_if(authorities, [&](const Authority& one) {
    return one.agency != agency->id || one.public_key != agency->public_key;
  });
  if (authorities.empty()) return {};
  TRY(investigations, store.investigations(notice.tenant, now));
  if (const Authority* found = covering(authorities, investigations, question, now)) {
    notice.gate_passed = true;
    notice.authority = found->id;
  }
  return {};
}

Result<Notice> Takedown::release(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                                 std::string_view reason, Instant now) const {
  return let_go(tx, id, actor, "release", reason, now);
}

Result<Notice> Takedown::convert(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                                 std::string_view reason, Instant now) const {
  TRY(notice, NoticeStore(tx).notice(id));
  if (notice.state == NoticeState::held && (!notice.hold_until || *notice.hold_until > now))
    return fail(ErrorKind::conflict, "The police still have time to decide.");
  return let_go(tx, id, actor, "convert", reason, now);
}

Result<Notice> Takedown::let_go(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                                std::string_view deed, std::string_view reason, Instant now) const {
  TRY(words, reason_of(reason));
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  const NoticeState was = notice.state;
  TRY(state, next(was, NoticeEvent::released));
  notice.state = state;
  notice.gate_passed = true;
  notice.hold_reason.clear();
  notice.hold_until.reset();
  if (notice.trouble == "hold_overdue") notice.trouble.clear();
  TRY_DONE(begin_countdown(tx, notice, now));
  TRY_DONE(store.change(notice, was));
  TRY_DONE(store.add_note({id, std::string(actor), std::string(deed), words, now}));
  const auto held = std::chrono::duration_cast<std::chrono::seconds>(now - notice.opened_at);
  TRY_DONE(append(tx, notice, "notice_released", actor,
                  {{"seconds_held", held.count()}, {"converted", deed == "convert"}}, now));
  return notice;
}

/// When the police are asked about a hold, if they name no time.
Result<Instant> Takedown::hold_end(db::Transaction& tx, const Notice& notice, Instant now) const {
  if (!notice.agency.empty()) {
    const auto agency = GateStore(tx).agency(notice.tenant, notice.agency);
    if (agency && agency->hold > microseconds(0)) return now + agency->hold;
    if (!agency && agency.error().kind != ErrorKind::not_found)
      return std::unexpected(agency.error());
  }
  return now + settings_.duration("takedown.hold");
}

Result<Notice> Takedown::hold(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                              std::string_view reason, Instant now,
                              std::optional<Instant> until) const {
  TRY(words, reason_of(reason));
  if (until && *until <= now) return fail(ErrorKind::invalid, "A hold ends in the future.");
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  TRY(letters, store.letters(id));
  for (const auto& letter : letters)
    if (letter.state == LetterState::sending)
      return fail(ErrorKind::conflict, "The notice is leaving at this moment.");
  const NoticeState was = notice.state;
  if (was != NoticeState::held) {
    TRY(state, next(was, NoticeEvent::hold_asked));
    notice.state = state;
    notice.gate_passed = false;
    notice.authority.clear();
    notice.leaves_at.reset();
    TRY_DONE(drop_letters(tx, notice));
  }
  notice.hold_reason = words;
  TRY(end, hold_end(tx, notice, now));
  notice.hold_until = until.value_or(end);
  if (notice.trouble == "hold_overdue") notice.trouble.clear();
  TRY_DONE(jobs::JobStore(tx).schedule(kHoldJob, id.str(), *notice.hold_until));
  TRY_DONE(store.change(notice, was));
  TRY_DONE(store.add_note({id, std::string(actor), "hold", words, now}));
  const auto time = std::chrono::duration_cast<std::chrono::seconds>(*notice.hold_until - now);
  if (was != NoticeState::held || until)
    TRY_DONE(append(tx, notice, "notice_held", actor,
                    {{"gate", false}, {"seconds_asked", time.count()}}, now));
  return notice;
}

Result<Notice> Takedown::hand_over(db::Transaction& tx, const NoticeId& id, std::string_view agency,
                                   std::string_view actor, std::string_view reason,
                                   Instant now) const {
  TRY(words, reason_of(reason));
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  if (notice.state != NoticeState::held)
    return fail(ErrorKind::conflict, "Only what is held can be handed to another agency.");
  TRY_DONE(GateStore(tx).agency(notice.tenant, agency));
  notice.agency = agency;
  TRY(end, hold_end(tx, notice, now));
  notice.hold_until = end;
  TRY_DONE(jobs::JobStore(tx).schedule(kHoldJob, id.str(), end));
  TRY_DONE(store.change(notice, notice.state));
  TRY_DONE(store.add_note({id, std::string(actor), "hand_over", words, now}));
  TRY_DONE(append(tx, notice, "notice_held", actor, {{"gate", true}}, now));
  return notice;
}

Result<std::optional<Instant>> Takedown::hold_ends(db::Transaction& tx, const NoticeId& id,
                                                   Instant now) const {
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  if (notice.state != NoticeState::held || !notice.hold_until) return std::nullopt;
  if (*notice.hold_until > now) return notice.hold_until;
  TRY_DONE(set_trouble(tx, id, "hold_overdue"));  // It stays held: only people let it go.
  return std::nullopt;
}

Result<Authority> Takedown::accept_authority(db::Transaction& tx, const TenantId& tenant,
                                             std::string_view agency, std::string_view document,
                                             std::string_view signature, std::string_view actor,
                                             Instant now) const {
  GateStore store(tx);
  TRY(of, store.agency(tenant, agency));
  TRY(authority, read_authority(of, document, signature));
  if (authority.until <= now) return fail(ErrorKind::invalid, "This authority has ended already.");
  authority.accepted_by = actor;
  authority.accepted_at = now;
  TRY_DONE(store.add_authority(authority));
  TRY_DONE(
      facts::FactStore(tx).append({tenant.str(), "authority_accepted", std::string(actor), "", "",
                                   json::object{{"authority", authority.id},
                                                {"agency", authority.agency},
                                                {"known_only", authority.known_only}},
                                   now}));
  return authority;
}

Result<std::int64_t> Takedown::revoke_authority(db::Transaction& tx, const TenantId& tenant,
                                                std::string_view id, std::string_view actor,
                                                std::string_view reason, Instant now) const {
  TRY(words, reason_of(reason));
  GateStore store(tx);
  TRY_DONE(store.revoke(tenant, id, actor, words, now));
  // What it let pass and has not left yet waits again; what is leaving this moment has left.
  TRY(waiting, store.waiting_under(tenant, id));
  std::int64_t held = 0;
  for (const auto& notice : waiting) {
    const auto again = hold(tx, notice, actor, words, now);
    if (again)
      ++held;
    else if (again.error().kind != ErrorKind::conflict)
      return std::unexpected(again.error());
  }
  TRY_DONE(facts::FactStore(tx).append(
      {tenant.str(), "authority_revoked", std::string(actor), "", "",
       json::object{{"authority", std::string(id)}, {"held", held}}, now}));
  return held;
}

}  // namespace hotline::takedown
