// Intake: from the drop to filed reports, and back to the reporter.
//
// What workflow calls, in the order of a report's life: drain() files what waits
// in the drop (each submission in one transaction: reports, addresses, cases,
// receipt, contact, facts `report_received`); tell_reporters() notes a new stage
// for every reporter of a case, in the caller's transaction; publish_due() and
// send_due() then carry it out of the building: parcels and mails. Both may be
// killed anywhere and called again: a parcel is replaced by the same, a mail
// keeps its Message-ID.
//
// Not here: fetching, assessing, and what a stage follows from (workflow/).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "casework/casework.h"
#include "db/db.h"
#include "intake/drop.h"
#include "intake/mail_texts.h"
#include "intake/parcel.h"
#include "intake/submission.h"
#include "intake/vault.h"
#include "net/mailer.h"

namespace hotline::intake {

using casework::CaseId;
using casework::TenantId;

struct FiledReport {
  casework::Report report;    ///< report.duplicate: the case was there already.
  casework::Address address;  ///< canonical is empty for what cannot be fetched: kept as text.
};

/// Files one submission: one report for each address (a submission without one is one report
/// whose address is the reporter's own words), all under the same receipt. Nothing, without an
/// error, if this drop id is filed already. An `erase` or `message` submission does what it says
/// and files no report.
[[nodiscard]] Result<std::vector<FiledReport>> file_submission(
    db::Transaction& tx, const Vault& vault, const TenantId& tenant, std::string_view drop_id,
    const Submission& submission, Instant now);

/// Every report of the case is now at `stage`; a report that is there already stays untouched.
/// Notes parcels and mails to be sent; appends `reporter_told` for each. Gives how many changed.
Result<int> tell_reporters(db::Transaction& tx, const CaseId& casefile, Stage stage, Instant now);

/// The reporter's wish: contact, waiting mails and messages are gone; facts `contact_erased` and
/// `messages_erased`. Nothing happens if there is none of them.
Done erase_contact(db::Transaction& tx, std::string_view parcel_id, Instant now);

struct Drained {
  int submissions = 0;  ///< Filed now.
  int repeated = 0;     ///< Filed before a crash; only removed.
  int broken = 0;       ///< Set aside.
};
/// About `limit` submissions: the last batch is filed to its end. One that cannot be filed now
/// stays for the next time with what came with it; the first such error is handed on after the
/// others are done.
/// `portal`: whose drop it is; what a submission says of itself does not count.
Result<Drained> drain(db::Database& database, const DropReader& drop, const Vault& vault,
                      const TenantId& tenant, Instant now, int limit,
                      std::string_view portal = kMainPortal);

/// Writes the parcels whose reports have changed. Gives how many.
Result<int> publish_due(db::Database& database, const std::string& status_folder, int limit,
                        std::string_view portal = kMainPortal);

struct MailRoom {
  const Vault& vault;
  const MailTexts& texts;
  net::Mailer& mailer;
  std::string from;                               ///< Settings hotline.mail_from
  std::string organisation;                       ///< hotline.name
  std::string web;                                ///< hotline.web
  std::string portal_url;                         ///< portal.public_url
  std::string portal = std::string(kMainPortal);  ///< Whose reporters are written to.
};
/// Sends the mails that are due. A refusal by the server ends that mail; trouble with it moves
/// the mail to later. Gives how many were sent.
Result<int> send_due(db::Database& database, const MailRoom& room, Instant now, int limit);

}  // namespace hotline::intake
