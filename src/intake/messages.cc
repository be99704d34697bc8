#include "intake/messages.h"

#include "base/text.h"
#include "facts/facts.h"
#include "intake/intake_store.h"
#include "intake/message_store.h"
#include "intake/tell.h"

namespace hotline::intake {

namespace {

struct QuestionTag {
  static constexpr std::string_view prefix = "msg_";
};
using QuestionId = Id<QuestionTag>;

Done append(db::Transaction& tx, const MessageStore::Where& where, std::string_view kind,
            std::string_view actor, std::string_view subject, Instant now) {
  return facts::FactStore(tx).append({where.tenant,
                                      std::string(kind),
                                      std::string(actor),
                                      where.casefile,
                                      std::string(subject),
                                      {},
                                      now});
}

}  // namespace

Done ask_reporter(db::Transaction& tx, const casework::CaseId& casefile,
                  const casework::ReportId& report, std::string_view text,
                  const casework::PersonId& person, Instant now) {
  const std::string words(trim(clip_utf8(clean_utf8(text), kQuestionBytesMax)));
  if (words.empty()) return fail(ErrorKind::invalid, "Write a question first.");
  MessageStore store(tx);
  TRY(parcel, store.parcel_of(casefile, report));
  if (!parcel) return fail(ErrorKind::not_found, "This reporter holds no receipt.");
  TRY(count, store.count(*parcel));
  if (count >= kMessagesMax) return fail(ErrorKind::invalid, "This conversation is full.");
  TRY(where, store.where(*parcel));
  const auto id = QuestionId::make(now);
  TRY(added, store.add({id.str(), *parcel, casefile.str(), person.str(), words, now}));
  CHECK(added && where);
  TRY_DONE(IntakeStore(tx).touch(*parcel));
  TRY_DONE(tell_question(tx, *parcel, id.str(), now));
  return append(tx, {where->tenant, casefile.str()}, "reporter_asked", person.str(), report.str(),
                now);
}

Done take_message(db::Transaction& tx, std::string_view drop_id, const Submission& submission,
                  Instant now) {
  if (submission.parcel.empty() || submission.remarks.empty()) return {};
  MessageStore store(tx);
  TRY(where, store.where(submission.parcel));
  if (!where) return {};
  TRY(count, store.count(submission.parcel));
  if (count >= kMessagesMax) return {};
  TRY(added, store.add({std::string(drop_id), submission.parcel, where->casefile, "reporter",
                        submission.remarks, submission.received_at}));
  if (!added) return {};
  TRY_DONE(IntakeStore(tx).touch(submission.parcel));
  return append(tx, *where, "reporter_answered", "public", "", now);
}

Result<std::vector<Conversation>> conversations(db::Transaction& tx,
                                                const casework::CaseId& casefile) {
  MessageStore store(tx);
  TRY(reporters, store.reporters(casefile));
  std::vector<Conversation> all;
  for (auto& reporter : reporters) {
    TRY(report, casework::ReportId::parse(reporter.report));
    TRY(rows, store.of_parcel(reporter.parcel));
    Conversation one{
        report, reporter.door, reporter.language, reporter.received_at, reporter.has_contact, {}};
    for (auto& row : rows)
      one.lines.push_back({std::move(row.author), std::move(row.body), row.at});
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace hotline::intake
