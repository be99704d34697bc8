// What our own people's gradings make known.
#include <algorithm>

#include "matching/known_store.h"
#include "matching/matcher.h"

namespace hotline::matching {

namespace {

constexpr std::string_view kOwn = "own";

// The latest grading is the one that counts; those that agree are its graders; one of the same
// scheme with another category is a conflict, which a person has to settle.
void sum_up(const std::vector<Grading>& gradings, Known& known) {
  const Grading& latest = gradings.back();
  known.scheme = latest.scheme;
  known.category = latest.category;
  known.age = latest.age;
  known.sex = latest.sex;
  known.graders = 0;
  known.conflict = false;
  for (const auto& grading : gradings) {
    if (grading.scheme != latest.scheme) continue;
    if (grading.category == latest.category)
      ++known.graders;
    else
      known.conflict = true;
  }
}

Done sum_up_again(KnownStore& store, Known known, Instant now) {
  TRY(gradings, store.gradings(known.id));
  if (gradings.empty()) {
    TRY_DONE(store.withdraw(known.tenant, known.source, known.ref, now));
    return {};
  }
  sum_up(gradings, known);
  known.withdrawn_at.reset();
  TRY_DONE(store.put(known, now));
  return {};
}

}  // namespace

Result<KnownId> learn(db::Transaction& tx, const Lesson& lesson, Instant now) {
  TRY_DONE(check(lesson.hashes));
  if (lesson.category.empty())
    return fail(ErrorKind::invalid, "An item without a category cannot be learned.");
  KnownStore store(tx);
  TRY(old, store.find(lesson.tenant, kOwn, lesson.item.str()));
  Known known = old.value_or(Known{});
  known.tenant = lesson.tenant;
  known.source = kOwn;
  known.ref = lesson.item.str();
  known.hashes = lesson.hashes;
  // Who grades may have only the item's digests at hand: its frames do not go away by that.
  if (known.hashes.frames.empty() && old) known.hashes.frames = old->hashes.frames;
  known.withdrawn_at.reset();
  const Grading grading{lesson.person, lesson.scheme, lesson.category, lesson.age, lesson.sex, now};
  // The row must be there before a grading can point to it.
  if (!old) {
    sum_up({grading}, known);
    TRY(id, store.put(known, now));
    known.id = id;
  }
  TRY_DONE(store.put_grading(known.id, grading));
  TRY_DONE(sum_up_again(store, known, now));
  return known.id;
}

Done unlearn(db::Transaction& tx, const TenantId& tenant, const ItemId& item,
             const PersonId& person, Instant now) {
  KnownStore store(tx);
  TRY(known, store.find(tenant, kOwn, item.str()));
  if (!known || known->withdrawn_at) return {};
  TRY_DONE(store.remove_grading(known->id, person));
  return sum_up_again(store, *known, now);
}

Done unlearn_all(db::Transaction& tx, const TenantId& tenant, const ItemId& item, Instant now) {
  KnownStore store(tx);
  TRY(known, store.find(tenant, kOwn, item.str()));
  if (!known) return {};
  TRY_DONE(store.remove_gradings(known->id));
  TRY_DONE(store.withdraw(tenant, kOwn, item.str(), now));
  return {};
}

Done remember_match(db::Transaction& tx, const ItemId& item, const Match& match, Instant now) {
  if (match.kind == MatchKind::none) return {};
  return KnownStore(tx).add_item_match(item, match, now);
}

}  // namespace hotline::matching
