// Calling colleagues over: one item, at most two others, answers opened together.
//
// It replaces walking to a desk and keeps the record. Who is called may accept or
// decline without a reason; who accepts sees the one item within their own exposure
// budget and grades it privately. Answers open when all who accepted have given
// theirs, or when the asker opens what is there. They advise: the asker decides.
//
// Facts: consult_asked, consult_opened.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/people.h"
#include "assessment/assessment_store.h"

namespace hotline::assessment {

struct ConsultTag {
  static constexpr std::string_view prefix = "con_";
};
using ConsultId = Id<ConsultTag>;

/// Spelled as it is stored.
enum class AnswerState : std::uint8_t { asked, accepted, declined, given };
[[nodiscard]] std::string_view name(AnswerState state);

struct ConsultAnswer {
  PersonId person;
  AnswerState state = AnswerState::asked;
  Grade grade;        ///< Empty before the answers are opened, but for one's own.
  std::string words;  ///< The same.
};
struct Consult {
  ConsultId id;
  TenantId tenant;
  CaseId casefile;
  ItemId item;
  PersonId asked_by;
  Instant asked_at{};
  std::optional<Instant> opened_at;
  std::vector<ConsultAnswer> answers;
};

/// Error `conflict` if the case is not open at the asker's desk, `invalid` for nobody, more than
/// two, oneself, or somebody who may not grade.
[[nodiscard]] Result<ConsultId> call_over(db::Transaction& tx, const accounts::Person& asker,
                                          const CaseId& casefile, const ItemId& item,
                                          const std::vector<PersonId>& people, Instant now);
/// Accept or decline. Error `conflict` if it is answered or opened already.
[[nodiscard]] Done respond(db::Transaction& tx, const accounts::Person& person, const ConsultId& id,
                           bool accepts, Instant now);
/// One's own private grade; opens all answers if it is the last that is awaited.
[[nodiscard]] Done give_opinion(db::Transaction& tx, const accounts::Person& person,
                                const ConsultId& id, const Scheme& scheme, const Grade& grade,
                                std::string_view words, Instant now);
/// By the asker: whoever has not answered stays out.
[[nodiscard]] Done open_answers(db::Transaction& tx, const accounts::Person& asker,
                                const ConsultId& id, Instant now);

/// As this person may see it. Error `not_found` for anybody who neither asked nor was asked.
[[nodiscard]] Result<Consult> consult(db::Transaction& tx, const accounts::Person& person,
                                      const ConsultId& id);
/// What waits for this person, and their own that are not opened yet; newest first.
[[nodiscard]] Result<std::vector<Consult>> consults_for(db::Transaction& tx,
                                                        const accounts::Person& person);
[[nodiscard]] Result<std::vector<Consult>> consults_of_case(db::Transaction& tx,
                                                            const accounts::Person& person,
                                                            const CaseId& casefile);
/// Whether this person has accepted to look at this item and not answered yet.
[[nodiscard]] Result<bool> holds_consult(db::Transaction& tx, const PersonId& person,
                                         const ItemId& item);
/// Colleagues who may grade and used the console in the last five minutes.
[[nodiscard]] Result<std::vector<accounts::Person>> present(db::Transaction& tx,
                                                            const accounts::Person& asker,
                                                            Instant now);

}  // namespace hotline::assessment
