// What people decide about mailboxes, and which notices follow.
#include "base/text.h"
#include "facts/facts.h"
#include "jobs/jobs.h"
#include "takedown/contact_store.h"
#include "takedown/notice_store.h"
#include "takedown/takedown.h"

namespace hotline::takedown {

namespace {

constexpr std::size_t kReasonBytesMax = 2000;
constexpr int kTroubledMax = 10'000;

bool waits_for_contact(const Notice& notice) {
  return notice.trouble == "contact_not_confirmed" || notice.trouble == "contact_refused" ||
         notice.trouble == "bounces";
}

/// The words and the fact of a decision. Facts hold ids only: no mailbox.
Done record_decision(db::Transaction& tx, const TenantId& tenant, std::string_view email,
                     const ContactEvent& event, std::int64_t waiting) {
  TRY_DONE(ContactStore(tx).add_event(tenant, email, event));
  return facts::FactStore(tx).append({tenant.str(), "contact_decided", event.actor, "", "",
                                      json::object{{"deed", event.deed}, {"waiting", waiting}},
                                      event.at});
}

Result<ContactEvent> event_of(std::string_view actor, std::string_view deed,
                              std::string_view reason, Instant now) {
  ContactEvent event{std::string(actor), std::string(deed),
                     clip_utf8(clean_utf8(trim(reason)), kReasonBytesMax), now};
  if (event.words.empty()) return fail(ErrorKind::invalid, "Say why: a reason is needed.");
  return event;
}

}  // namespace

Done Takedown::approve_contact(db::Transaction& tx, const TenantId& tenant, std::string_view email,
                               std::string_view actor, std::string_view reason, Instant now) const {
  TRY(event, event_of(actor, "approved", reason, now));
  TRY_DONE(ContactStore(tx).approve(tenant, email, actor));
  TRY(troubled, NoticeStore(tx).troubled(tenant, kTroubledMax));
  std::int64_t waiting = 0;
  for (const auto& notice : troubled) {
    if (!waits_for_contact(notice) || !is_open(notice.state)) continue;
    if (notice.contact != email && ladder_.mailbox(notice, notice.step) != email) continue;
    ++waiting;
    const Instant due = std::max(now, notice.leaves_at.value_or(now));
    TRY_DONE(jobs::JobStore(tx).hasten(kSendJob, notice.id.str(), due));
  }
  return record_decision(tx, tenant, email, event, waiting);
}

Done Takedown::refuse_contact(db::Transaction& tx, const TenantId& tenant, std::string_view email,
                              std::string_view actor, std::string_view reason, Instant now) const {
  TRY(event, event_of(actor, "refused", reason, now));
  TRY_DONE(ContactStore(tx).refuse(tenant, email, actor));
  TRY(troubled, NoticeStore(tx).troubled(tenant, kTroubledMax));
  std::int64_t waiting = 0;
  for (const auto& notice : troubled) {
    if (!waits_for_contact(notice) || notice.contact != email) continue;
    ++waiting;
    TRY_DONE(set_trouble(tx, notice.id, "contact_refused"));
  }
  return record_decision(tx, tenant, email, event, waiting);
}

}  // namespace hotline::takedown
