// What hosts say on the answer page, and what follows from it.
#include "base/text.h"
#include "facts/facts.h"
#include "jobs/jobs.h"
#include "takedown/notice_store.h"
#include "takedown/takedown.h"

namespace hotline::takedown {

namespace {

constexpr std::size_t kWordsBytesMax = 4096;
constexpr std::size_t kAnswersMax =
    50;  // Of one notice: a link that was passed around fills no disk.
constexpr std::size_t kTokenLength = 27;

}  // namespace

Result<AnswerView> Takedown::answer_view(db::Transaction& tx, std::string_view token,
                                         Instant now) const {
  const auto unknown = [] {
    return fail(ErrorKind::not_found, "This link is not valid (any more).");
  };
  if (token.size() != kTokenLength) return unknown();
  NoticeStore store(tx);
  auto notice = store.by_token_digest(hex(crypto::sha256(token)));
  if (!notice) {
    if (notice.error().kind == ErrorKind::not_found) return unknown();
    return std::unexpected(notice.error());
  }
  if (notice->link_expires <= now) return unknown();
  TRY(answers, store.answers(notice->id));
  AnswerView view{std::move(*notice), std::nullopt, std::nullopt};
  if (!answers.empty()) {
    view.last = answers.back().answer;
    view.last_at = answers.back().at;
  }
  return view;
}

Result<AnswerView> Takedown::answered(db::Transaction& tx, std::string_view token, Answer answer,
                                      std::string_view words, std::string_view forward,
                                      Instant now) const {
  TRY(view, answer_view(tx, token, now));
  NoticeStore store(tx);
  HostAnswer said{view.notice.id, answer, clip_utf8(clean_utf8(trim(words)), kWordsBytesMax),
                  clip_utf8(clean_utf8(trim(forward)), kWordsBytesMax), now};
  TRY(before, store.answers(view.notice.id));
  if (!before.empty() && before.back().answer == answer && before.back().words == said.words &&
      before.back().forward == said.forward)
    return view;  // A second click, a reload: said once.
  if (before.size() >= kAnswersMax)
    return fail(ErrorKind::conflict, "There are too many answers already; please write to us.");
  TRY_DONE(store.add_answer(said));
  Notice& notice = view.notice;
  jobs::JobStore jobs(tx);
  bool extended_now = false;
  if (answer == Answer::removed && is_open(notice.state))
    TRY_DONE(jobs.hasten(kLivenessJob, notice.id.str(), now));
  if (answer == Answer::need_time && notice.deadline && !notice.extended) {
    notice.deadline = std::max(*notice.deadline, now) + settings_.duration("takedown.need_time");
    notice.extended = extended_now = true;
    TRY_DONE(jobs.schedule(kDeadlineJob, notice.id.str(), *notice.deadline));
  }
  if (answer == Answer::not_ours || answer == Answer::dispute) notice.trouble = name(answer);
  TRY_DONE(store.change(notice, notice.state));
  TRY_DONE(facts::FactStore(tx).append({notice.tenant.str(), "notice_answered", "host",
                                        notice.casefile.str(), notice.id.str(),
                                        json::object{{"notice", notice.id.str()},
                                                     {"answer", std::string(name(answer))},
                                                     {"country", notice.hosting.country},
                                                     {"extended", extended_now}},
                                        now}));
  view.last = answer;
  view.last_at = now;
  return view;
}

}  // namespace hotline::takedown
