#include <algorithm>

#include "assessment/assessment_store.h"
#include "assessment/notes.h"
#include "base/text.h"
#include "casework/casework_store.h"

namespace hotline::assessment {

namespace {

constexpr std::size_t kWordsMax = 500;

Done check_case(db::Transaction& tx, const accounts::Person& person, const CaseId& casefile) {
  TRY_DONE(accounts::check_allowed(person.role, accounts::Action::see_cases));
  TRY(found, casework::CaseworkStore(tx).casefile(casefile));
  if (found.tenant != person.tenant) return fail(ErrorKind::not_found, "There is no such case.");
  return {};
}

}  // namespace

Done add_note(db::Transaction& tx, const accounts::Person& person, const CaseId& casefile,
              Note note, Instant now) {
  TRY_DONE(check_case(tx, person, casefile));
  if (std::none_of(kNoteKinds.begin(), kNoteKinds.end(),
                   [&](const NoteKind& kind) { return kind.id == note.kind; }))
    return fail(ErrorKind::invalid, "There is no such kind of note.");
  const std::string words = clip_utf8(clean_utf8(trim(note.words)), kWordsMax);
  if (words.empty()) return fail(ErrorKind::invalid, "A note needs words.");
  TRY_DONE(
      tx.run("INSERT INTO case_note (id, casefile, item, person, kind, words, at) "
             "VALUES ($1, $2, $3, $4, $5, $6, $7)",
             {"nte_" + make_id_body(now), casefile.str(), note.item, person.id.str(), note.kind,
              words, us(now)}));
  return {};
}

Result<std::vector<Note>> notes_of(db::Transaction& tx, const accounts::Person& person,
                                   const CaseId& casefile) {
  TRY_DONE(check_case(tx, person, casefile));
  TRY(entry, AssessmentStore(tx).entry(casefile));
  const bool blind = entry && entry->state != QueueState::decided && entry->look == 2;
  TRY(rows, tx.run("SELECT item, person, kind, words, at FROM case_note WHERE casefile = $1 "
                   "ORDER BY at DESC, id DESC",
                   {casefile.str()}));
  std::vector<Note> found;
  for (const auto& row : rows) {
    TRY(by, PersonId::parse(row.text(1)));
    if (blind && by != person.id) continue;
    found.push_back({row.text(0), by, row.text(2), row.text(3), instant(row.integer(4))});
  }
  return found;
}

}  // namespace hotline::assessment
