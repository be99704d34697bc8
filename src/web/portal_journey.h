// A reporter's journey through the questions: which comes next, what has been said so far.
//
// The portal keeps nothing between two pages and sets no cookie: what was said
// travels in the page itself, sealed with the portal's own key so that it can
// neither be read nor changed, and is forgotten after a day. From the random
// number in it come the receipt and the drop id, so that a page that is sent
// twice is one report with one receipt.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/result.h"
#include "http/http.h"
#include "intake/receipt.h"
#include "intake/submission.h"

namespace hotline::web {

/// The pages with a question, spelled as in their forms.
enum class Ask : std::uint8_t {
  topic,
  danger,
  help,
  address,
  place,
  elsewhere,
  answer,
  check,
  when,
  access,
  remarks
};
[[nodiscard]] std::string_view name(Ask ask);
[[nodiscard]] std::optional<Ask> parse_ask(std::string_view text);

struct Journey {
  std::string topic, danger, addresses, place, elsewhere, seen_when, access, remarks, answer, email;
  std::string seen_on;  ///< A day, where it was seen earlier: "2026-11-20" or empty.
  std::string needed;   ///< Which of access_needs() it took, with blanks between them.
  std::string password;
  std::string app, group, user;  ///< Where there is no address: what an app calls it.
  bool no_address = false;       ///< "I do not have a web address."
  bool sent = false;             ///< It is in the drop; from `begun_at` on it may be read sooner.
  bool reviewing = false;        ///< The check page has been seen: every answer leads back to it.
  std::string nonce;             ///< 16 random bytes.
  Instant begun_at{};
};

[[nodiscard]] Journey begin_journey(Instant now);
[[nodiscard]] std::string seal_journey(const crypto::Key& key, const Journey& journey);
/// Error `invalid` if it is not ours, was changed, or is older than a day.
[[nodiscard]] Result<Journey> open_journey(const crypto::Key& key, std::string_view sealed,
                                           Instant now);

/// The values that a question with choices takes, in order; empty for one without.
[[nodiscard]] const std::vector<std::string_view>& choices(Ask ask);

/// What may be needed to get to a page: "login", "pay", "password", "link".
[[nodiscard]] const std::vector<std::string_view>& access_needs();

struct Mistake {
  std::string field;    ///< The id of the field on the page.
  std::string message;  ///< The key of the sentence.
};
/// Takes what the page's form says into the journey. Everything that was typed is kept, also
/// where there is a mistake.
[[nodiscard]] std::vector<Mistake> take_answer(Journey& journey, Ask ask, const http::Fields& form);
/// The single page's form: the same answers at once.
[[nodiscard]] std::vector<Mistake> take_all_answers(Journey& journey, const http::Fields& form);

[[nodiscard]] Ask after(const Journey& journey, Ask ask);
/// Nothing before the first question.
[[nodiscard]] std::optional<Ask> before(const Journey& journey, Ask ask);
/// The first question that must be answered before the report can be sent, if there is one.
[[nodiscard]] std::optional<Ask> still_open(const Journey& journey);

/// All that leads there without an address, a line each, for the people who look for it.
[[nodiscard]] std::string whereabouts(const Journey& journey);
[[nodiscard]] bool wants_answer(const Journey& journey);
[[nodiscard]] intake::Receipt receipt_of(const crypto::Key& key, const Journey& journey);
struct Outgoing {
  std::string drop_id;  ///< The same for the same journey with the same answers.
  intake::Submission submission;
};
[[nodiscard]] Outgoing outgoing(const crypto::Key& key, const Journey& journey,
                                std::string_view language, Instant now);

}  // namespace hotline::web
