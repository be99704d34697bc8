// Every kind of fact. A kind that is not here cannot be appended; the meaning and the details of
// each stand in docs/formats/facts.md, in the same order.
#include <algorithm>

#include "facts/facts.h"

namespace hotline::facts {

const std::vector<std::string_view>& all_kinds() {
  static const std::vector<std::string_view> kinds = {
      // intake
      "report_received",
      "reporter_told",
      "contact_erased",
      "reporter_asked",
      "reporter_answered",
      "messages_erased",
      "access_opened",
      "portal_published",
      "portal_withdrawn",
      // capture and matching
      "sighting_captured",
      "disguise_tried",
      // assessment
      "case_queued",
      "case_reopened",
      "case_claimed",
      "case_put_back",
      "second_look_asked",
      "item_assessed",
      "item_assessment_undone",
      "case_assessed",
      "assessment_withdrawn",
      "second_look_compared",
      "consult_asked",
      "consult_opened",
      "quality_checked",
      "finding_noted",
      "finding_removed",
      "series_changed",
      "labels_answered",
      "rota_changed",
      "exposure_paused",
      "exposure_lifted",
      // tracing
      "url_traced",
      "contact_changed",
      "contact_decided",
      "site_linked",
      // takedown
      "notice_opened",
      "notice_held",
      "notice_authorised",
      "notice_released",
      "notice_cancelled",
      "notice_sent",
      "notice_failed",
      "notice_reminded",
      "notice_escalated",
      "notice_answered",
      "notice_receipt",
      "notice_replied",
      "notice_withdrawn",
      "authority_accepted",
      "authority_revoked",
      "liveness_checked",
      "item_removed",
      "item_returned",
      "item_moved",
      // lists
      "entry_listed",
      "entry_delisted",
      "entry_disputed",
      "list_delivered",
      "hash_listed",
      "hash_delisted",
      // evidence and people
      "evidence_opened",
      "evidence_erased",
      "evidence_rekeyed",
      "evidence_keys_destroyed",
      "person_added",
      "person_changed",
      "person_signed_in",
      "person_signed_out",
      "sign_in_failed",
      "approval_asked",
      "approval_decided",
      "glass_broken",
      "glass_reviewed",
      "member_added",
      "member_key_added",
      "member_key_revoked",
      "member_disabled",
  };
  return kinds;
}

bool is_kind(std::string_view kind) {
  return std::find(all_kinds().begin(), all_kinds().end(), kind) != all_kinds().end();
}

}  // namespace hotline::facts
