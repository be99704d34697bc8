// Notes: what a person writes about a case or an item of it.
//
// Clues, a place with how sure, a way of working, where something was looked up. Words
// for colleagues and the police package; never a description of a child. They stand
// beside the case, in no fact, and only people who may see the case read them; while a
// second look runs, its reader sees only their own.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "accounts/people.h"
#include "assessment/grade.h"

namespace hotline::assessment {

struct NoteKind {
  std::string_view id, label;
};
inline constexpr std::array kNoteKinds = {
    NoteKind{"note", "Note"}, NoteKind{"clue", "Clue"}, NoteKind{"method", "Way of working"},
    NoteKind{"place", "Country or place"}, NoteKind{"research", "Looked up"}};

struct Note {
  std::string item;  ///< Item id, or empty for the whole case.
  PersonId person;
  std::string kind, words;
  Instant at{};
};
[[nodiscard]] Done add_note(db::Transaction& tx, const accounts::Person& person,
                            const CaseId& casefile, Note note, Instant now);
/// Newest first.
[[nodiscard]] Result<std::vector<Note>> notes_of(db::Transaction& tx,
                                                 const accounts::Person& person,
                                                 const CaseId& casefile);

}  // namespace hotline::assessment
