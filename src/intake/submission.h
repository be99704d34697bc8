// A submission: what one press of "Send report" carries, from the portal to the worker.
//
// It travels as JSON, sealed (drop.h). All texts are the reporter's own, cleaned
// to UTF-8 and clipped, never interpreted: an address may be nonsense. Who was
// reporting, from where and exactly when is not in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/sensitive.h"

namespace hotline::intake {

enum class SubmissionKind : std::uint8_t {
  report,
  erase,    ///< "Delete my messages and contact": only `parcel` counts.
  message,  ///< The reporter writes to us: `parcel` and `remarks` count.
};

struct Submission {
  SubmissionKind kind = SubmissionKind::report;
  std::string door = "portal";  ///< portal, phone, mailbox, csv or api
  std::string portal = "main";
  std::string language = "en";         ///< Of the page it was made on.
  std::string topic;                   ///< online, child, behaviour, other
  std::string danger;                  ///< Is a child in danger: yes, no, unsure or empty.
  std::string place;                   ///< website, app, chat, sharing, game, mail, onion, other
  std::vector<std::string> addresses;  ///< As given, at most 20.
  std::string elsewhere;               ///< No web address: app, group, user name.
  std::string access;                  ///< What was needed to get there, in their words.
  std::string needed;                  ///< Of login, pay, password, link; blanks between.
  Sensitive<std::string> password;     ///< To get there; kept locked (access_store.h).
  std::string seen_when;               ///< today, yesterday, earlier, unsure, a day or empty.
  std::string remarks;
  Sensitive<std::string> email;  ///< Empty: no mails wanted.
  std::string parcel;            ///< Of the receipt; empty: no answer wanted.
  std::string parcel_key;        ///< The receipt's public key, 32 bytes.
  Instant received_at{};         ///< Whole hour.
};

inline constexpr std::size_t kAddressesMax = 20;
/// The portal of the installation itself; the others have packs.
inline constexpr std::string_view kMainPortal = "main";
inline constexpr std::size_t kAddressBytesMax = 8192;
inline constexpr std::size_t kTextBytesMax = 8192;

/// Everything clipped and cleaned to what to_json() would keep; a file that was pasted as text
/// loses its bytes: we take no files, however they are wrapped (payload.h).
[[nodiscard]] Submission cleaned(Submission submission);

[[nodiscard]] std::string to_json(const Submission& submission);
/// Error `corrupt` if it is not what to_json() gives.
[[nodiscard]] Result<Submission> submission_from_json(std::string_view text);

}  // namespace hotline::intake
