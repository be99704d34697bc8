#include "workflow/reporters.h"

#include "assessment/assessment.h"
#include "jobs/jobs.h"
#include "workflow/jobs_table.h"

namespace hotline::workflow {

namespace {

constexpr int kAtOnce = 100;

Done tell(const Parts& parts, db::Transaction& tx, const facts::Fact& fact, intake::Stage stage) {
  TRY(id, casework::CaseId::parse(fact.casefile));
  TRY(told, intake::tell_reporters(tx, id, stage, parts.clock.now()));
  return told > 0 ? ask_to_tell(parts, tx) : Done();
}

}  // namespace

Done ask_to_tell(const Parts& parts, db::Transaction& tx) {
  return jobs::JobStore(tx).hasten("tell_reporters", "all", parts.clock.now());
}

Done tell_checking(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  return tell(parts, tx, fact, intake::Stage::checking);
}

Done tell_decided(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  TRY(id, casework::CaseId::parse(fact.casefile));
  TRY(standing, assessment::verdict(tx, id));
  if (!standing) return {};
  switch (standing->outcome.verdict) {
    case assessment::Verdict::actionable: return tell(parts, tx, fact, intake::Stage::acted);
    case assessment::Verdict::not_actionable:
      return tell(parts, tx, fact, intake::Stage::outside_remit);
    case assessment::Verdict::gone: return tell(parts, tx, fact, intake::Stage::not_found);
    case assessment::Verdict::unsure: return {};
  }
  return {};
}

// Reports that came in after the decision hear of the removal too; the others know already.
Done tell_removed(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  return tell(parts, tx, fact, intake::Stage::acted);
}

Result<Again> tell_reporters_now(const Parts& parts, const std::string&) {
  const Settings& settings = parts.settings;
  TRY(parcels, intake::publish_due(parts.database, places(settings).status, kAtOnce));
  const intake::MailRoom room{parts.vault,
                              parts.mail_texts,
                              parts.mailer,
                              settings.text("hotline.mail_from"),
                              settings.text("hotline.name"),
                              settings.text("hotline.web"),
                              settings.text("portal.public_url")};
  const Instant now = parts.clock.now();
  TRY(mails, intake::send_due(parts.database, room, now, kAtOnce));
  int others = 0;
  if (parts.portals) {
    TRY(most, parts.portals->tell(parts.database, parts.mail_texts, parts.mailer, now, kAtOnce));
    others = most;
  }
  // Mails that a mail server did not take wait for their own time: looked at every five minutes.
  return Again(parcels == kAtOnce || mails == kAtOnce || others == kAtOnce
                   ? now
                   : now + std::chrono::minutes(5));
}

}  // namespace hotline::workflow
