// Storing notices, their letters, answers and timelines. No rules here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/db.h"
#include "takedown/notice.h"

namespace hotline::takedown {

/// One thing a host said on the answer page.
struct HostAnswer {
  NoticeId notice;
  Answer answer = Answer::received;
  std::string words;    ///< In the host's words.
  std::string forward;  ///< For not_ours: whom it belongs to, in the host's words.
  Instant at{};
};

/// Why a person did something to a notice.
struct Note {
  NoticeId notice;
  std::string actor;  ///< Person's id.
  std::string deed;   ///< hold, release, cancel, resume, contact, confirm_gone
  std::string words;
  Instant at{};
};

class NoticeStore {
 public:
  explicit NoticeStore(db::Transaction& tx) : tx_(tx) {}

  /// Error `conflict` if this case has a notice for this episode already.
  Done add(const Notice& notice, std::string_view token_digest);
  /// Writes everything that may change. Error `conflict` unless the stored state is still `was`.
  Done change(const Notice& notice, NoticeState was);
  Result<Notice> notice(const NoticeId& id);
  Result<std::optional<Notice>> of_episode(const CaseId& casefile, std::string_view episode);
  /// All of an address in one hosting episode, of whichever case.
  Result<std::vector<Notice>> at_place(const AddressId& address, std::string_view episode);
  Result<Notice> by_token_digest(std::string_view digest);  ///< Hex SHA-256; `not_found`.
  /// Oldest first.
  Result<std::vector<Notice>> of_case(const CaseId& casefile);
  /// Oldest first: the police gate's list, the staff's list.
  Result<std::vector<Notice>> in_state(const TenantId& tenant, NoticeState state, int limit);
  /// What waits for a person (`trouble` is not empty), oldest first.
  Result<std::vector<Notice>> troubled(const TenantId& tenant, int limit);
  /// Newest first.
  Result<std::vector<Notice>> recent(const TenantId& tenant, int limit);

  /// Error `conflict` if there is a letter with this id.
  Done add_letter(const Letter& letter);
  Done change_letter(const Letter& letter, LetterState was);
  Result<Letter> letter(std::string_view id);
  /// In the order in which they are due.
  Result<std::vector<Letter>> letters(const NoticeId& id);
  /// All that left, or are to leave, in the mail of this Message-ID, in the order of their ids.
  Result<std::vector<Letter>> letters_in(std::string_view mail);
  /// Planned and due, of all notices, the longest due first.
  Result<std::vector<Letter>> letters_due(const TenantId& tenant, Instant now, int limit);
  /// Mails to this mailbox whose sending began since then: its share of the hour.
  Result<std::int64_t> letters_begun(const TenantId& tenant, std::string_view recipient,
                                     Instant since);

  Done add_note(const Note& note);
  /// Oldest first.
  Result<std::vector<Note>> notes(const NoticeId& id);

  Done add_answer(const HostAnswer& answer);
  /// Oldest first.
  Result<std::vector<HostAnswer>> answers(const NoticeId& id);

 private:
  Result<std::vector<Notice>> select(std::string_view where, const db::Values& values);
  Result<std::vector<Letter>> select_letters(std::string_view where, const db::Values& values);
  db::Transaction& tx_;
};

}  // namespace hotline::takedown
