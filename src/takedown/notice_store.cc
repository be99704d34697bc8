#include "takedown/notice_store.h"

#include "base/json.h"

namespace hotline::takedown {

namespace {

constexpr std::string_view kColumns = R"sql(
  SELECT id, tenant, casefile, address, state, hosting, locations, items, category, baseline, home,
         gate_passed, hold_reason, contact, trouble, opened_at, leaves_at, sent_at, deadline, extended,
         first_removed_at, closed_at, ending, returns, link_expires, step, asks, urgent, agency,
         hold_until, authority
    FROM notice )sql";
constexpr std::string_view kAdd = R"sql(
  INSERT INTO notice (id, tenant, casefile, address, state, episode, hosting, locations, items, category,
    baseline, home, gate_passed, hold_reason, contact, trouble, opened_at, leaves_at, sent_at, deadline,
    extended, first_removed_at, closed_at, ending, returns, link_expires, token,
    step, asks, urgent, agency, hold_until, authority)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
    $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33))sql";
// The old state stands in the condition: whoever read the notice before another job changed it
// changes nothing and reads again.
constexpr std::string_view kChange = R"sql(
  UPDATE notice SET state = $3, hosting = $4, gate_passed = $5, hold_reason = $6, contact = $7,
         trouble = $8, leaves_at = $9, sent_at = $10, deadline = $11, extended = $12,
         first_removed_at = $13, closed_at = $14, ending = $15, returns = $16, link_expires = $17,
         category = $18, baseline = $19, locations = $20, items = $21, step = $22, asks = $23,
         urgent = $24, agency = $25, hold_until = $26, authority = $27
   WHERE id = $1 AND state = $2)sql";
constexpr std::string_view kLetterColumns = R"sql(
  SELECT id, notice, kind, round, state, due, recipient, message_id, subject, body, twin, twin_name,
         language, begun_at, sent_at, server_line, mail
    FROM notice_letter )sql";
// The casts are for PostgreSQL, which takes a bare parameter of a SELECT for text.
constexpr std::string_view kAddLetter = R"sql(
  INSERT INTO notice_letter (id, tenant, notice, kind, round, state, due, recipient, message_id, subject,
    body, twin, twin_name, language, begun_at, sent_at, server_line, mail)
  SELECT $1, tenant, id, $3, CAST($4 AS BIGINT), $5, CAST($6 AS BIGINT), $7, $8, $9, $10, $11, $12, $13,
         CAST($14 AS BIGINT), CAST($15 AS BIGINT), $16, $17
    FROM notice WHERE id = $2)sql";
constexpr std::string_view kChangeLetter = R"sql(
  UPDATE notice_letter SET state = $3, due = $4, recipient = $5, subject = $6, body = $7, twin = $8,
         twin_name = $9, language = $10, begun_at = $11, sent_at = $12, server_line = $13,
         mail = $14
   WHERE id = $1 AND state = $2)sql";
constexpr std::string_view kBegun = R"sql(
  SELECT COUNT(DISTINCT mail) FROM notice_letter
   WHERE tenant = $1 AND recipient = $2 AND begun_at > $3)sql";
constexpr std::string_view kAddAnswer = R"sql(
  INSERT INTO notice_answer (notice, number, answer, words, forward, at)
  SELECT $1, COUNT(*) + 1, $2, $3, $4, CAST($5 AS BIGINT) FROM notice_answer WHERE notice = $1)sql";
constexpr std::string_view kAddNote = R"sql(
  INSERT INTO notice_note (notice, number, actor, deed, words, at)
  SELECT $1, COUNT(*) + 1, $2, $3, $4, CAST($5 AS BIGINT) FROM notice_note WHERE notice = $1)sql";
constexpr std::string_view kNotes = R"sql(
  SELECT actor, deed, words, at FROM notice_note WHERE notice = $1 ORDER BY number)sql";
constexpr std::string_view kAnswersOfNotice = R"sql(
  SELECT answer, words, forward, at FROM notice_answer WHERE notice = $1 ORDER BY number)sql";

db::Value when(const std::optional<Instant>& at) {
  return at ? db::Value(us(*at)) : db::Value(nullptr);
}

std::optional<Instant> when(const db::Row& row, std::size_t column) {
  const auto value = row.maybe_integer(column);
  return value ? std::optional(instant(*value)) : std::nullopt;
}

std::string hosting_text(const Hosting& hosting) {
  json::object above;
  for (const auto& [rung, mailbox] : hosting.above) above[rung] = mailbox;
  return json::serialize(json::object{{"episode", hosting.episode},
                                      {"ip", hosting.ip},
                                      {"asn", hosting.asn},
                                      {"network", hosting.network},
                                      {"country", hosting.country},
                                      {"cdn", hosting.cdn},
                                      {"contact", hosting.contact},
                                      {"upstream", hosting.upstream},
                                      {"above", above}});
}

Result<Hosting> hosting_of(std::string_view text) {
  TRY(parsed, parse_json(text));
  const auto at = [&](std::string_view key) { return text_at(parsed, key).value_or(""); };
  Hosting hosting{at("episode"), at("ip"),      integer_at(parsed, "asn").value_or(0),
                  at("network"), at("country"), at("cdn"),
                  at("contact"), at("upstream")};
  if (const json::value* above = member(parsed, "above"); above && above->is_object())
    for (const auto& [rung, mailbox] : above->get_object())
      if (mailbox.is_string())
        hosting.above.emplace(std::string(rung), std::string(mailbox.get_string()));
  return hosting;
}

std::string locations_text(const std::vector<std::string>& locations) {
  json::array list;
  for (const auto& location : locations) list.emplace_back(location);
  return json::serialize(list);
}

std::string items_text(const std::vector<ItemDigests>& items) {
  json::array list;
  for (const auto& item : items)
    list.emplace_back(
        json::object{{"md5", item.md5}, {"sha1", item.sha1}, {"sha256", item.sha256}});
  return json::serialize(list);
}

Done read_lists(Notice& notice, std::string_view locations, std::string_view items) {
  TRY(places, parse_json(locations));
  TRY(digests, parse_json(items));
  if (!places.is_array() || !digests.is_array())
    return fail(ErrorKind::corrupt, "A notice's lists cannot be read.");
  for (const auto& place : places.get_array())
    if (place.is_string()) notice.locations.emplace_back(place.get_string());
  for (const auto& item : digests.get_array())
    notice.items.push_back({text_at(item, "md5").value_or(""), text_at(item, "sha1").value_or(""),
                            text_at(item, "sha256").value_or("")});
  return {};
}

Result<Notice> notice_of(const db::Row& row) {
  Notice notice;
  TRY(id, NoticeId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  TRY(casefile, CaseId::parse(row.text(2)));
  TRY(address, AddressId::parse(row.text(3)));
  TRY(state, parse_notice_state(row.text(4)));
  TRY(hosting, hosting_of(row.text(5)));
  TRY_DONE(read_lists(notice, row.text(6), row.text(7)));
  notice.id = id;
  notice.tenant = tenant;
  notice.casefile = casefile;
  notice.address = address;
  notice.state = state;
  notice.hosting = std::move(hosting);
  notice.category = row.text(8);
  notice.baseline = row.integer(9) != 0;
  notice.home = row.integer(10) != 0;
  notice.gate_passed = row.integer(11) != 0;
  notice.hold_reason = row.text(12);
  notice.contact = row.text(13);
  notice.trouble = row.text(14);
  notice.opened_at = instant(row.integer(15));
  notice.leaves_at = when(row, 16);
  notice.sent_at = when(row, 17);
  notice.deadline = when(row, 18);
  notice.extended = row.integer(19) != 0;
  notice.first_removed_at = when(row, 20);
  notice.closed_at = when(row, 21);
  if (!row.is_null(22)) {
    TRY(ending, parse_ending(row.text(22)));
    notice.ending = ending;
  }
  notice.returns = static_cast<int>(row.integer(23));
  notice.link_expires = instant(row.integer(24));
  TRY(step, parse_rung(row.text(25)));
  notice.step = step;
  notice.asks = static_cast<int>(row.integer(26));
  notice.urgent = row.integer(27) != 0;
  notice.agency = row.text(28);
  notice.hold_until = when(row, 29);
  notice.authority = row.text(30);
  return notice;
}

Result<Letter> letter_of(const db::Row& row) {
  Letter letter;
  letter.id = row.text(0);
  TRY(notice, NoticeId::parse(row.text(1)));
  TRY(kind, parse_letter_kind(row.text(2)));
  TRY(state, parse_letter_state(row.text(4)));
  letter.notice = notice;
  letter.kind = kind;
  letter.round = static_cast<int>(row.integer(3));
  letter.state = state;
  letter.due = instant(row.integer(5));
  letter.recipient = row.text(6);
  letter.message_id = row.text(7);
  letter.subject = row.text(8);
  letter.text = row.text(9);
  letter.twin = row.text(10);
  letter.twin_name = row.text(11);
  letter.language = row.text(12);
  letter.begun_at = when(row, 13);
  letter.sent_at = when(row, 14);
  letter.server_line = row.text(15);
  letter.mail = row.text(16);
  return letter;
}

db::Value ending_text(const Notice& notice) {
  return notice.ending ? db::Value(std::string(name(*notice.ending))) : db::Value(nullptr);
}

std::int64_t flag(bool value) {
  return value ? 1 : 0;
}

}  // namespace

Done NoticeStore::add(const Notice& notice, std::string_view token_digest) {
  TRY_DONE(tx_.run(kAdd, {notice.id.str(),
                          notice.tenant.str(),
                          notice.casefile.str(),
                          notice.address.str(),
                          std::string(name(notice.state)),
                          notice.hosting.episode,
                          hosting_text(notice.hosting),
                          locations_text(notice.locations),
                          items_text(notice.items),
                          notice.category,
                          flag(notice.baseline),
                          flag(notice.home),
                          flag(notice.gate_passed),
                          notice.hold_reason,
                          notice.contact,
                          notice.trouble,
                          us(notice.opened_at),
                          when(notice.leaves_at),
                          when(notice.sent_at),
                          when(notice.deadline),
                          flag(notice.extended),
                          when(notice.first_removed_at),
                          when(notice.closed_at),
                          ending_text(notice),
                          std::int64_t{notice.returns},
                          us(notice.link_expires),
                          std::string(token_digest),
                          std::string(name(notice.step)),
                          std::int64_t{notice.asks},
                          flag(notice.urgent),
                          notice.agency,
                          when(notice.hold_until),
                          notice.authority}));
  return {};
}

Done NoticeStore::change(const Notice& notice, NoticeState was) {
  TRY(count, tx_.change(kChange, {notice.id.str(),
                                  std::string(name(was)),
                                  std::string(name(notice.state)),
                                  hosting_text(notice.hosting),
                                  flag(notice.gate_passed),
                                  notice.hold_reason,
                                  notice.contact,
                                  notice.trouble,
                                  when(notice.leaves_at),
                                  when(notice.sent_at),
                                  when(notice.deadline),
                                  flag(notice.extended),
                                  when(notice.first_removed_at),
                                  when(notice.closed_at),
                                  ending_text(notice),
                                  std::int64_t{notice.returns},
                                  us(notice.link_expires),
                                  notice.category,
                                  flag(notice.baseline),
                                  locations_text(notice.locations),
                                  items_text(notice.items),
                                  std::string(name(notice.step)),
                                  std::int64_t{notice.asks},
                                  flag(notice.urgent),
                                  notice.agency,
                                  when(notice.hold_until),
                                  notice.authority}));
  if (count == 0) return fail(ErrorKind::conflict, "The notice has changed meanwhile.");
  return {};
}

Result<std::vector<Notice>> NoticeStore::select(std::string_view where, const db::Values& values) {
  TRY(rows, tx_.run(std::string(kColumns) + std::string(where), values));
  std::vector<Notice> notices;
  for (const auto& row : rows) {
    TRY(notice, notice_of(row));
    notices.push_back(std::move(notice));
  }
  return notices;
}

Result<Notice> NoticeStore::notice(const NoticeId& id) {
  TRY(found, select("WHERE id = $1", {id.str()}));
  if (found.empty()) return fail(ErrorKind::not_found, "There is no such notice.");
  return std::move(found.front());
}

Result<std::optional<Notice>> NoticeStore::of_episode(const CaseId& casefile,
                                                      std::string_view episode) {
  TRY(found,
      select("WHERE casefile = $1 AND episode = $2", {casefile.str(), std::string(episode)}));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

Result<std::vector<Notice>> NoticeStore::at_place(const AddressId& address,
                                                  std::string_view episode) {
  return select("WHERE address = $1 AND episode = $2 ORDER BY opened_at, id",
                {address.str(), std::string(episode)});
}

Result<Notice> NoticeStore::by_token_digest(std::string_view digest) {
  TRY(found, select("WHERE token = $1", {std::string(digest)}));
  if (found.empty()) return fail(ErrorKind::not_found, "There is no such link.");
  return std::move(found.front());
}

Result<std::vector<Notice>> NoticeStore::of_case(const CaseId& casefile) {
  return select("WHERE casefile = $1 ORDER BY opened_at, id", {casefile.str()});
}

Result<std::vector<Notice>> NoticeStore::in_state(const TenantId& tenant, NoticeState state,
                                                  int limit) {
  return select("WHERE tenant = $1 AND state = $2 ORDER BY opened_at, id LIMIT $3",
                {tenant.str(), std::string(name(state)), std::int64_t{limit}});
}

Result<std::vector<Notice>> NoticeStore::troubled(const TenantId& tenant, int limit) {
  return select("WHERE tenant = $1 AND trouble <> '' ORDER BY opened_at, id LIMIT $2",
                {tenant.str(), std::int64_t{limit}});
}

Result<std::vector<Notice>> NoticeStore::recent(const TenantId& tenant, int limit) {
  return select("WHERE tenant = $1 ORDER BY opened_at DESC, id DESC LIMIT $2",
                {tenant.str(), std::int64_t{limit}});
}

Done NoticeStore::add_letter(const Letter& letter) {
  TRY_DONE(tx_.run(
      kAddLetter,
      {letter.id, letter.notice.str(), std::string(name(letter.kind)), std::int64_t{letter.round},
       std::string(name(letter.state)), us(letter.due), letter.recipient, letter.message_id,
       letter.subject, letter.text, letter.twin, letter.twin_name, letter.language,
       when(letter.begun_at), when(letter.sent_at), letter.server_line, letter.mail}));
  return {};
}

Done NoticeStore::change_letter(const Letter& letter, LetterState was) {
  TRY(count, tx_.change(kChangeLetter,
                        {letter.id, std::string(name(was)), std::string(name(letter.state)),
                         us(letter.due), letter.recipient, letter.subject, letter.text, letter.twin,
                         letter.twin_name, letter.language, when(letter.begun_at),
                         when(letter.sent_at), letter.server_line, letter.mail}));
  if (count == 0) return fail(ErrorKind::conflict, "The letter has changed meanwhile.");
  return {};
}

Result<std::vector<Letter>> NoticeStore::select_letters(std::string_view where,
                                                        const db::Values& values) {
  TRY(rows, tx_.run(std::string(kLetterColumns) + std::string(where), values));
  std::vector<Letter> letters;
  for (const auto& row : rows) {
    TRY(letter, letter_of(row));
    letters.push_back(std::move(letter));
  }
  return letters;
}

Result<Letter> NoticeStore::letter(std::string_view id) {
  TRY(found, select_letters("WHERE id = $1", {std::string(id)}));
  if (found.empty()) return fail(ErrorKind::not_found, "There is no such letter.");
  return std::move(found.front());
}

Result<std::vector<Letter>> NoticeStore::letters(const NoticeId& id) {
  return select_letters("WHERE notice = $1 ORDER BY due, round, id", {id.str()});
}

Result<std::vector<Letter>> NoticeStore::letters_in(std::string_view mail) {
  if (mail.empty()) return std::vector<Letter>();
  return select_letters("WHERE mail = $1 OR message_id = $1 ORDER BY id", {std::string(mail)});
}

Result<std::vector<Letter>> NoticeStore::letters_due(const TenantId& tenant, Instant now,
                                                     int limit) {
  return select_letters(
      "WHERE tenant = $1 AND state = 'planned' AND due <= $2 ORDER BY due, id LIMIT $3",
      {tenant.str(), us(now), std::int64_t{limit}});
}

Result<std::int64_t> NoticeStore::letters_begun(const TenantId& tenant, std::string_view recipient,
                                                Instant since) {
  TRY(rows, tx_.run(kBegun, {tenant.str(), std::string(recipient), us(since)}));
  return rows.front().integer(0);
}

Done NoticeStore::add_note(const Note& note) {
  TRY_DONE(tx_.run(kAddNote, {note.notice.str(), note.actor, note.deed, note.words, us(note.at)}));
  return {};
}

Result<std::vector<Note>> NoticeStore::notes(const NoticeId& id) {
  TRY(rows, tx_.run(kNotes, {id.str()}));
  std::vector<Note> notes;
  for (const auto& row : rows)
    notes.push_back({id, row.text(0), row.text(1), row.text(2), instant(row.integer(3))});
  return notes;
}

Done NoticeStore::add_answer(const HostAnswer& answer) {
  TRY_DONE(tx_.run(kAddAnswer, {answer.notice.str(), std::string(name(answer.answer)), answer.words,
                                answer.forward, us(answer.at)}));
  return {};
}

Result<std::vector<HostAnswer>> NoticeStore::answers(const NoticeId& id) {
  TRY(rows, tx_.run(kAnswersOfNotice, {id.str()}));
  std::vector<HostAnswer> answers;
  for (const auto& row : rows) {
    TRY(answer, parse_answer(row.text(0)));
    answers.push_back(HostAnswer{id, answer, row.text(1), row.text(2), instant(row.integer(3))});
  }
  return answers;
}

}  // namespace hotline::takedown
