// From a submission to reports, cases and the first step of the reporter's answer.
#include <algorithm>

#include "base/log.h"
#include "casework/casework_store.h"
#include "facts/facts.h"
#include "intake/access_store.h"
#include "intake/intake.h"
#include "intake/intake_store.h"
#include "intake/messages.h"
#include "intake/tell.h"
#include "url/url.h"

namespace hotline::intake {

namespace {

using casework::Address;
using casework::CaseworkStore;
using casework::Report;
using casework::ReportId;

struct ReportedAddress {
  std::string verbatim;
  std::string canonical;  ///< Empty: text, never fetched.
  std::string host;
};

/// One line may be an address, hold several in a sentence, or be nonsense: then it is kept as it
/// stands, because an analyst may read more from it than we do.
std::vector<ReportedAddress> addresses_in_line(const std::string& line) {
  if (const auto whole = url::parse_reported(line))
    return {{line, whole->canonical(), whole->host}};
  std::vector<ReportedAddress> found;
  for (const auto& part : url::addresses_in(line))
    if (const auto one = url::parse_reported(part))
      found.push_back({part, one->canonical(), one->host});
  if (found.empty()) found.push_back({line, "", ""});
  return found;
}

std::vector<ReportedAddress> addresses_of(const Submission& submission) {
  std::vector<ReportedAddress> all;
  const auto is_new = [&all](const ReportedAddress& one) {
    return std::none_of(all.begin(), all.end(), [&](const auto& other) {
      return one.canonical.empty() ? one.verbatim == other.verbatim
                                   : one.canonical == other.canonical;
    });
  };
  for (const auto& line : submission.addresses)
    for (auto& one : addresses_in_line(line))
      if (is_new(one) && all.size() < kAddressesMax) all.push_back(std::move(one));
  return all;
}

/// Without an address the report stands for itself: it must not be folded into another one whose
/// reporter had no address either.
ReportedAddress no_address(const Submission& submission, const ReportId& report) {
  const std::string words = submission.elsewhere.empty() ? "(no address)" : submission.elsewhere;
  return {words + " [" + report.str() + "]", "", ""};
}

std::string remarks_of(const Submission& submission) {
  if (submission.addresses.empty() || submission.elsewhere.empty()) return submission.remarks;
  return submission.elsewhere + (submission.remarks.empty() ? "" : "\n\n" + submission.remarks);
}

Result<FiledReport> file_one(db::Transaction& tx, const Submission& submission, Report report,
                             const ReportedAddress& reported, Instant now) {
  CaseworkStore casework(tx);
  TRY(address, casework.find_or_add_address(report.tenant, reported.verbatim, reported.canonical,
                                            reported.host, now));
  TRY(known, casework.case_of_address(address.id));
  report.address = address.id;
  report.duplicate = known.has_value();
  report.casefile = known ? known->id : CaseId::make(now);
  if (!known) TRY_DONE(casework.add_case({report.casefile, report.tenant, address.id, now}));
  TRY_DONE(casework.add_report(report));
  facts::Fact fact{report.tenant.str(),
                   "report_received",
                   "public",
                   report.casefile.str(),
                   report.id.str(),
                   {},
                   now};
  fact.details = {{"address", address.id.str()},
                  {"duplicate", report.duplicate},
                  {"fetchable", !address.canonical.empty()},
                  {"door", report.door},
                  {"portal", report.portal},
                  {"language", report.language},
                  {"topic", submission.topic},
                  {"danger", submission.danger},
                  {"place", submission.place},
                  {"answer_wanted", !submission.parcel.empty()}};
  TRY_DONE(facts::FactStore(tx).append(fact));
  return FiledReport{std::move(report), std::move(address)};
}

Done keep_access(db::Transaction& tx, const Vault& vault, const Submission& submission,
                 const Report& report) {
  const auto password = vault.access().seal(report.id.str(), submission.password);
  if (submission.needed.empty() && password.empty()) return {};
  return AccessStore(tx).add(report.casefile, report.id, {submission.needed, password});
}

Done add_reporter(db::Transaction& tx, const Vault& vault, const TenantId& tenant,
                  const Submission& submission, const std::vector<FiledReport>& filed,
                  Instant now) {
  if (submission.parcel.empty()) return {};
  IntakeStore store(tx);
  TRY_DONE(store.add_reporter(submission.parcel, tenant, submission.parcel_key, submission.portal));
  TRY(before, store.report_count(submission.parcel));
  for (const auto& one : filed) {
    TRY_DONE(store.add_report(submission.parcel, one.report.id, one.report.casefile, before++));
  }
  if (!submission.email.reveal().empty()) {
    const Contact contact{submission.email, submission.language};
    TRY_DONE(store.add_contact(submission.parcel, vault.seal(submission.parcel, contact)));
  }
  for (const auto& one : filed) {
    const IntakeStore::Told told{one.report.id.str(), submission.parcel, tenant.str(), {}, 0};
    TRY_DONE(tell_one(tx, told, one.report.casefile, Stage::received, now));
  }
  return {};
}

/// Files it and says whether it was filed before.
Result<bool> file_waiting(db::Database& database, const Vault& vault, const TenantId& tenant,
                          const std::string& id, const Submission& submission, Instant now) {
  return database.transact([&](db::Transaction& tx) -> Result<bool> {
    TRY(filed, file_submission(tx, vault, tenant, id, submission, now));
    return filed.empty() && submission.kind == SubmissionKind::report;
  });
}

/// Files all of a batch that can be read; false if something in it cannot.
Result<bool> file_batch(db::Database& database, const Vault& vault, const TenantId& tenant,
                        std::vector<Dropped>& batch, std::string_view portal, Instant now,
                        Drained& drained) {
  bool whole = true;
  for (auto& [id, submission] : batch) {
    if (!submission) {
      log::trouble("submission_broken", submission.error());
      ++drained.broken;
      whole = false;
      continue;
    }
    // Whose drop it is decides, not what a submission says of itself.
    submission->portal = portal;
    const auto repeated = file_waiting(database, vault, tenant, id, *submission, now);
    if (!repeated && repeated.error().kind == ErrorKind::forbidden) {
      log::trouble("submission_forbidden", repeated.error());
      ++drained.broken;
      whole = false;
      continue;
    }
    if (!repeated) return std::unexpected(repeated.error());
    ++(*repeated ? drained.repeated : drained.submissions);
  }
  return whole;
}

}  // namespace

Result<std::vector<FiledReport>> file_submission(db::Transaction& tx, const Vault& vault,
                                                 const TenantId& tenant, std::string_view drop_id,
                                                 const Submission& given, Instant now) {
  const Submission submission = cleaned(given);
  if (submission.kind == SubmissionKind::erase) {
    TRY_DONE(erase_contact(tx, submission.parcel, now));
    return std::vector<FiledReport>();
  }
  if (submission.kind == SubmissionKind::message) {
    TRY_DONE(take_message(tx, drop_id, submission, now));
    return std::vector<FiledReport>();
  }
  const auto drop_of = [&](std::size_t number) {
    return std::string(drop_id) + "/" + std::to_string(number);
  };
  TRY(filed_already, CaseworkStore(tx).is_filed(drop_of(0)));
  if (filed_already) return std::vector<FiledReport>();
  auto addresses = addresses_of(submission);
  std::vector<FiledReport> filed;
  for (std::size_t i = 0; i < std::max<std::size_t>(1, addresses.size()); ++i) {
    Report report;
    report.id = ReportId::make(now);
    report.tenant = tenant;
    report.drop = drop_of(i);
    report.door = submission.door;
    report.portal = submission.portal;
    report.language = submission.language;
    report.seen_when = submission.seen_when;
    report.access = submission.access;
    report.remarks = remarks_of(submission);
    report.received_at = submission.received_at;
    const auto address = addresses.empty() ? no_address(submission, report.id) : addresses[i];
    TRY(one, file_one(tx, submission, std::move(report), address, now));
    TRY_DONE(keep_access(tx, vault, submission, one.report));
    filed.push_back(std::move(one));
  }
  TRY_DONE(add_reporter(tx, vault, tenant, submission, filed, now));
  return filed;
}

Result<Drained> drain(db::Database& database, const DropReader& drop, const Vault& vault,
                      const TenantId& tenant, Instant now, int limit, std::string_view portal) {
  TRY(waiting, drop.waiting(static_cast<std::size_t>(limit)));
  Drained drained;
  Done trouble;
  for (const auto& batch : waiting) {
    if (drained.submissions + drained.repeated >= limit) break;
    auto submissions = drop.read(batch);
    if (!submissions && submissions.error().kind == ErrorKind::not_found) continue;
    if (!submissions && submissions.error().kind == ErrorKind::corrupt) {
      log::trouble("submission_broken", submissions.error());
      TRY_DONE(drop.set_aside(batch));
      ++drained.broken;
      continue;
    }
    const auto done = submissions
                          ? file_batch(database, vault, tenant, *submissions, portal, now, drained)
                          : Result<bool>(std::unexpected(submissions.error()));
    if (!done) {
      if (trouble) trouble = std::unexpected(done.error());
      continue;
    }
    // Only now: killed before this line, the same ids are found again and filed no second time.
    TRY_DONE(*done ? drop.remove(batch) : drop.set_aside(batch));
  }
  if (!trouble) return std::unexpected(trouble.error());
  return drained;
}

}  // namespace hotline::intake
