// The desk: where one analyst decides one case.
//
// A case is claimed by one person; each key is saved as it is pressed. Undo and
// redo append their inverses, without limit. Finishing computes the verdict of
// the address. A second look is blind: it starts from what was known before
// anybody looked, and sees neither the first grades nor who gave them. After
// finishing, the assessment can be withdrawn, and the case is open again. A second
// reader who disagrees is shown both answers and keeps or changes: what was said
// blind stays as it was said, and only keeping asks a senior.
//
// Every call takes the person who asks: another tenant's case is `not_found`, a
// role that may not is `forbidden`.
//
// Facts: case_claimed, case_put_back, item_assessed (a complete grade),
// item_assessment_undone, second_look_asked, second_look_compared, case_assessed,
// assessment_withdrawn.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/people.h"
#include "assessment/assessment_store.h"
#include "assessment/budget.h"

namespace hotline::assessment {

using accounts::Person;

/// Where an item stands on the page of its case.
enum class Part : std::uint8_t {
  to_do,      ///< Nobody has decided it.
  decided,    ///< By a person, in this look.
  known,      ///< Filled in: not shown, counts as decided.
  furniture,  ///< Too small to be anything: not shown, need not be decided.
};

struct CaseItem {
  ItemId item;
  int number = 0;  ///< From 1, in the order of the page.
  std::string kind;
  int width = 0, height = 0;
  Part part = Part::to_do;
  Grade grade;  ///< What stands, by a person or filled in.
  bool complete = false;
  std::string source;                 ///< For known: in words.
  std::optional<Prefill> suggestion;  ///< A near match, while nobody has decided.
  int stack = 0;  ///< The number of the item that stands for it (stacks.h); its own if alone.
};

struct CaseView {
  Entry entry;
  std::vector<CaseItem> items;
  std::vector<Step> strip;  ///< This person's last five steps, newest first.
  std::vector<Look> looks;  ///< Only those that this person may see.
  bool can_undo = false, can_redo = false;
  bool mine = false;         ///< Claimed by this person.
  Result<Outcome> computed;  ///< What finishing now would give, or what is missing.
  [[nodiscard]] int count(Part part) const;
};

struct Finish {
  GradeMode mode = GradeMode::act_on_page;
  /// Said by the person instead of computed: not_actionable, gone or unsure of the whole page.
  std::optional<Verdict> said;
};

struct Finished {
  bool decides = false;  ///< False: it waits for another person's look.
  Outcome outcome;
};

struct DeskRules {
  std::vector<std::string> second_look_categories;  ///< "assessment.second_opinion_categories"
  std::vector<std::string> second_look_ages;        ///< At the border of what the law covers.
  std::vector<std::string> second_look_flags;       ///< Doubt whether it is a photograph.
  std::int64_t quality_percent = 0;                 ///< Decisions drawn for a blind second grade.
  BudgetRules budget;
};
[[nodiscard]] DeskRules desk_rules(const Settings& settings);

/// What a second reader compares after answering.
struct Difference {
  ItemId item;
  int number = 0;
  Grade mine, theirs;
};
struct Comparison {
  Look mine, theirs;
  std::vector<Difference> items;  ///< Those that differ.
};
enum class Stand : std::uint8_t { keep, change };

class Desk {
 public:
  Desk(db::Transaction& tx, const Schemes& schemes, const DeskRules& rules, Instant now)
      : tx_(tx), store_(tx), schemes_(schemes), rules_(rules), now_(now) {}

  /// The person's open case, or else the best one waiting; nothing if there is none.
  Result<std::optional<CaseId>> start(const Person& person);
  /// Error `conflict` if somebody else has it, `forbidden` if this person had an earlier look.
  Done claim(const Person& person, const CaseId& casefile);
  Done put_back(const Person& person, const CaseId& casefile);

  Result<CaseView> view(const Person& person, const CaseId& casefile);

  /// Sets the whole grade of one item; may be incomplete, as keys come one by one. Gives the step.
  Result<std::string> decide(const Person& person, const CaseId& casefile, const ItemId& item,
                             const Grade& grade);
  /// The same grade for several items in one step: a stack, a selection, "the rest". What stands
  /// already is left as it is.
  Result<std::string> decide_all(const Person& person, const CaseId& casefile,
                                 const std::vector<ItemId>& items, const Grade& grade);
  /// Decides as the near match suggests. Error `not_found` if nothing is suggested.
  Result<std::string> accept(const Person& person, const CaseId& casefile, const ItemId& item);
  /// Takes back the person's last step, or the named one. Gives the item it is about.
  Result<ItemId> undo(const Person& person, const CaseId& casefile,
                      const std::optional<std::string>& step);
  Result<ItemId> redo(const Person& person, const CaseId& casefile);

  Result<Finished> finish(const Person& person, const CaseId& casefile, const Finish& finish);
  /// Both answers, for the second reader who disagreed and has not chosen yet; else nothing.
  Result<std::optional<Comparison>> comparison(const Person& person, const CaseId& casefile);
  /// `keep`: a senior decides. `change`: the first answer decides. Error `conflict` if it is not
  /// this person's to choose any more. `reason` is kept with the case, never in a fact.
  Done stand(const Person& person, const CaseId& casefile, Stand choice, std::string_view reason);
  /// The finished case is open again, claimed by this person if the role grades. Own assessments
  /// need no more than the right to grade, others' need withdraw_assessment.
  Done withdraw(const Person& person, const CaseId& casefile);

 private:
  Result<Entry> entry_of(const Person& person, const CaseId& casefile);
  Result<Entry> held_entry(const Person& person, const CaseId& casefile);
  Result<std::vector<CaseItem>> bare_items(const CaseId& casefile);
  Done fill_in(const Entry& entry, const Scheme& scheme, const std::vector<Event>& events,
               std::vector<CaseItem>& items);
  Result<bool> had_earlier_look(const Person& person, const Entry& entry);
  Done check_items(const CaseId& casefile, const std::vector<ItemId>& items);
  Result<std::string> append_steps(const Person& person, const Entry& entry, const Scheme& scheme,
                                   const std::vector<ItemId>& items, const Grade& grade);
  Result<bool> is_offered(const Person& person, const CaseId& casefile,
                          const std::vector<std::string>& spared);
  [[nodiscard]] bool asks_again(const Entry& entry, const Outcome& outcome,
                                const std::vector<CaseItem>& items);
  Result<bool> decides(const Entry& entry, const Outcome& outcome,
                       const std::vector<CaseItem>& items);
  Done count_what_was_avoided(const Person& person, const CaseView& view);
  Done append_verdict(const Person& person, const Entry& entry, const CaseView& seen,
                      const Outcome& outcome);

  db::Transaction& tx_;
  AssessmentStore store_;
  const Schemes& schemes_;
  const DeskRules& rules_;
  Instant now_;
};

}  // namespace hotline::assessment
