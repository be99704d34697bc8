#include "web/portal_journey.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hotline::web {

namespace {

constexpr auto kLife = std::chrono::hours(24);
constexpr std::string_view kContext = "portal journey 4";
constexpr std::size_t kAddressesBytesMax = 16 * 1024;
constexpr std::size_t kWordsBytesMax = 8 * 1024;
constexpr std::size_t kElsewhereBytesMax = 4 * 1024;
constexpr std::size_t kNameBytesMax = 1024;
constexpr std::size_t kEmailBytesMax = 254;
constexpr std::size_t kPasswordBytesMax = 512;

constexpr std::array<std::pair<Ask, std::string_view>, 11> kAsks = {{
    {Ask::topic, "topic"},
    {Ask::danger, "danger"},
    {Ask::help, "help"},
    {Ask::address, "address"},
    {Ask::place, "place"},
    {Ask::elsewhere, "elsewhere"},
    {Ask::answer, "answer"},
    {Ask::check, "check"},
    {Ask::when, "when"},
    {Ask::access, "access"},
    {Ask::remarks, "remarks"},
}};

/// The texts of a journey, in the order in which they are packed.
std::vector<std::string*> texts_of(Journey& journey) {
  return {&journey.topic,     &journey.danger,    &journey.addresses, &journey.place,
          &journey.elsewhere, &journey.seen_when, &journey.access,    &journey.remarks,
          &journey.answer,    &journey.email,     &journey.nonce,     &journey.app,
          &journey.group,     &journey.user,      &journey.seen_on,   &journey.needed,
          &journey.password};
}

/// "5:hello": unlike JSON it never grows what was typed, and the page must fit into one form.
void pack(std::string& packed, std::string_view text) {
  packed += std::to_string(text.size()) + ":" + std::string(text);
}

std::optional<std::string> unpack(std::string_view& packed) {
  const auto colon = packed.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto length = parse_integer(packed.substr(0, colon));
  packed.remove_prefix(colon + 1);
  if (!length || *length < 0 || static_cast<std::size_t>(*length) > packed.size())
    return std::nullopt;
  const auto text = packed.substr(0, static_cast<std::size_t>(*length));
  packed.remove_prefix(text.size());
  return std::string(text);
}

/// Lines may come as CRLF from a form; a page shows and stores them as LF.
std::string typed(const http::Fields& form, std::string_view field, std::size_t bytes_max) {
  auto text = replace_all(form.get(field).substr(0, bytes_max * 2), "\r\n", "\n");
  return std::string(trim(clip_utf8(clean_utf8(text), bytes_max)));
}

/// What was chosen, if it is one of those that we offer.
std::string chosen(const http::Fields& form, std::string_view field, Ask ask) {
  const auto value = form.get(field);
  const auto& offered = choices(ask);
  return std::find(offered.begin(), offered.end(), value) == offered.end() ? "" : value;
}

bool is_mail_address(const std::string& text) {
  intake::Submission probe;
  probe.email = Sensitive<std::string>(text);
  return text.find('.') != std::string::npos && !intake::cleaned(probe).email.reveal().empty();
}

void take_reply(Journey& journey, const http::Fields& form, std::vector<Mistake>& mistakes) {
  journey.answer = chosen(form, "answer", Ask::answer);
  journey.email = typed(form, "email", kEmailBytesMax);
  if (journey.answer.empty()) mistakes.push_back({"answer-none", "error_answer"});
  if (journey.answer == "mail" && !is_mail_address(journey.email))
    mistakes.push_back({"email", "error_email"});
}

void need(std::vector<Mistake>& mistakes, const std::string& value, std::string field,
          std::string message) {
  if (value.empty()) mistakes.push_back({std::move(field), std::move(message)});
}

/// A day that is over, or begins now somewhere in the world.
bool is_past_day(const std::string& text, Instant now) {
  const auto midnight = parse_rfc3339(text + "T00:00:00Z");
  return midnight && *midnight <= now + std::chrono::hours(14);
}

void take_when(Journey& journey, const http::Fields& form, std::vector<Mistake>& mistakes) {
  journey.seen_when = chosen(form, "when", Ask::when);
  journey.seen_on = typed(form, "date", kNameBytesMax);
  if (journey.seen_when != "earlier") journey.seen_on.clear();
  if (!journey.seen_on.empty() && !is_past_day(journey.seen_on, journey.begun_at))
    mistakes.push_back({"date", "error_date"});
}

void take_access(Journey& journey, const http::Fields& form) {
  journey.access = typed(form, "text", kWordsBytesMax);
  journey.password = typed(form, "password", kPasswordBytesMax);
  journey.needed.clear();
  for (const auto need : access_needs()) {
    if (form.get("need_" + std::string(need)).empty()) continue;
    journey.needed += (journey.needed.empty() ? "" : " ") + std::string(need);
  }
}

bool has_where(const Journey& journey) {
  return journey.no_address ? !whereabouts(journey).empty() : !journey.addresses.empty();
}

}  // namespace

std::string_view name(Ask ask) {
  for (const auto& [one, text] : kAsks)
    if (one == ask) return text;
  return "";
}

std::optional<Ask> parse_ask(std::string_view text) {
  for (const auto& [ask, spelled] : kAsks)
    if (spelled == text) return ask;
  return std::nullopt;
}

Journey begin_journey(Instant now) {
  Journey journey;
  journey.nonce = crypto::random_bytes(16);
  journey.begun_at = now;
  return journey;
}

std::string seal_journey(const crypto::Key& key, const Journey& journey) {
  Journey copy = journey;
  std::string packed;
  for (const auto* text : texts_of(copy)) pack(packed, *text);
  pack(packed, std::string(journey.no_address ? "a" : "") + (journey.reviewing ? "r" : "") +
                   (journey.sent ? "s" : ""));
  pack(packed, std::to_string(us(journey.begun_at)));
  return base64url(crypto::seal(key, packed, kContext));
}

Result<Journey> open_journey(const crypto::Key& key, std::string_view sealed, Instant now) {
  const auto refuse = [] { return fail(ErrorKind::invalid, "This page is no longer valid."); };
  const auto bytes = unbase64url(sealed);
  if (!bytes) return refuse();
  const auto plain = crypto::open(key, *bytes, kContext);
  if (!plain) return refuse();
  std::string_view packed = *plain;
  Journey journey;
  for (auto* text : texts_of(journey)) {
    auto part = unpack(packed);
    if (!part) return refuse();
    *text = *std::move(part);
  }
  const auto flags = unpack(packed);
  const auto begun_at = parse_integer(unpack(packed).value_or(""));
  if (!flags || !begun_at || journey.nonce.size() != 16) return refuse();
  journey.no_address = flags->find('a') != std::string::npos;
  journey.reviewing = flags->find('r') != std::string::npos;
  journey.sent = flags->find('s') != std::string::npos;
  journey.begun_at = instant(*begun_at);
  if (now - journey.begun_at > kLife) return refuse();
  return journey;
}

const std::vector<std::string_view>& choices(Ask ask) {
  static const std::vector<std::string_view> none;
  static const std::vector<std::string_view> topic = {"online", "child", "behaviour", "other"};
  static const std::vector<std::string_view> danger = {"yes", "no", "unsure"};
  static const std::vector<std::string_view> place = {"website", "app",  "chat",  "sharing",
                                                      "game",    "mail", "onion", "other"};
  static const std::vector<std::string_view> answer = {"none", "code", "mail"};
  static const std::vector<std::string_view> when = {"today", "yesterday", "earlier", "unsure"};
  switch (ask) {
    case Ask::topic: return topic;
    case Ask::danger: return danger;
    case Ask::place: return place;
    case Ask::answer: return answer;
    case Ask::when: return when;
    default: return none;
  }
}

const std::vector<std::string_view>& access_needs() {
  static const std::vector<std::string_view> needs = {"login", "pay", "password", "link"};
  return needs;
}

std::vector<Mistake> take_answer(Journey& journey, Ask ask, const http::Fields& form) {
  std::vector<Mistake> mistakes;
  switch (ask) {
    case Ask::topic:
      journey.topic = chosen(form, "topic", ask);
      need(mistakes, journey.topic, "topic-online", "error_topic");
      break;
    case Ask::danger:
      journey.danger = chosen(form, "danger", ask);
      need(mistakes, journey.danger, "danger-yes", "error_danger");
      break;
    case Ask::address:
      journey.addresses = typed(form, "text", kAddressesBytesMax);
      if (form.get("go") != "back") journey.no_address = form.get("go") == "place";
      if (!journey.no_address) need(mistakes, journey.addresses, "text", "error_address");
      break;
    case Ask::place:
      journey.place = chosen(form, "place", ask);
      need(mistakes, journey.place, "place-website", "error_place");
      break;
    case Ask::elsewhere:
      journey.elsewhere = typed(form, "text", kElsewhereBytesMax);
      journey.app = typed(form, "app", kNameBytesMax);
      journey.group = typed(form, "group", kNameBytesMax);
      journey.user = typed(form, "user", kNameBytesMax);
      need(mistakes, whereabouts(journey), "app", "error_elsewhere");
      break;
    case Ask::answer: take_reply(journey, form, mistakes); break;
    case Ask::when: take_when(journey, form, mistakes); break;
    case Ask::access: take_access(journey, form); break;
    case Ask::remarks: journey.remarks = typed(form, "text", kWordsBytesMax); break;
    case Ask::check:
      if (form.get("go") == "send" && !form.get("website").empty())
        mistakes.push_back({"website", "error_trap"});
      break;
    case Ask::help: break;
  }
  return mistakes;
}

std::vector<Mistake> take_all_answers(Journey& journey, const http::Fields& form) {
  std::vector<Mistake> mistakes;
  journey.topic = "online";
  journey.addresses = typed(form, "text", kAddressesBytesMax);
  journey.elsewhere = typed(form, "elsewhere", kElsewhereBytesMax);
  journey.remarks = typed(form, "remarks", kWordsBytesMax);
  journey.no_address = journey.addresses.empty();
  if (!has_where(journey)) mistakes.push_back({"text", "error_where"});
  take_reply(journey, form, mistakes);
  if (!form.get("website").empty()) mistakes.push_back({"website", "error_trap"});
  return mistakes;
}

Ask after(const Journey& journey, Ask ask) {
  switch (ask) {
    case Ask::topic:
      if (journey.reviewing && journey.topic == "online") return Ask::check;
      if (journey.topic == "child" || journey.topic == "behaviour") return Ask::danger;
      return journey.topic == "other" ? Ask::help : Ask::address;
    case Ask::danger: return Ask::help;
    case Ask::help: return has_where(journey) && journey.reviewing ? Ask::check : Ask::address;
    case Ask::address:
      if (journey.no_address) return Ask::place;
      return journey.reviewing ? Ask::check : Ask::answer;
    case Ask::place: return Ask::elsewhere;
    case Ask::elsewhere: return journey.reviewing ? Ask::check : Ask::answer;
    default: return Ask::check;
  }
}

std::optional<Ask> before(const Journey& journey, Ask ask) {
  switch (ask) {
    case Ask::topic: return std::nullopt;
    case Ask::danger: return Ask::topic;
    case Ask::help: return journey.topic == "other" ? Ask::topic : Ask::danger;
    case Ask::address:
      if (journey.reviewing) return Ask::check;
      return journey.topic == "online" ? Ask::topic : Ask::help;
    case Ask::place: return Ask::address;
    case Ask::elsewhere: return Ask::place;
    case Ask::answer:
      if (journey.reviewing) return Ask::check;
      return journey.no_address ? Ask::elsewhere : Ask::address;
    case Ask::check: return Ask::answer;
    default: return Ask::check;
  }
}

std::optional<Ask> still_open(const Journey& journey) {
  if (journey.topic.empty()) return Ask::topic;
  if (!has_where(journey)) return journey.no_address ? Ask::elsewhere : Ask::address;
  if (journey.answer.empty()) return Ask::answer;
  return std::nullopt;
}

std::string whereabouts(const Journey& journey) {
  std::string lines;
  for (const auto& [label, value] :
       {std::pair<std::string_view, const std::string&>{"app: ", journey.app},
        {"group: ", journey.group},
        {"user: ", journey.user},
        {"", journey.elsewhere}}) {
    if (value.empty()) continue;
    if (!lines.empty()) lines += '\n';
    lines += std::string(label) + value;
  }
  return lines;
}

bool wants_answer(const Journey& journey) {
  return !journey.answer.empty() && journey.answer != "none";
}

intake::Receipt receipt_of(const crypto::Key& key, const Journey& journey) {
  return intake::Receipt::from_secret(
      crypto::hkdf(key.reveal() + journey.nonce, "hotline portal: receipt", 15));
}

Outgoing outgoing(const crypto::Key& key, const Journey& journey, std::string_view language,
                  Instant now) {
  Outgoing out;
  auto& submission = out.submission;
  submission.language = language;
  submission.topic = journey.topic;
  submission.danger = journey.danger;
  if (journey.no_address) {
    submission.place = journey.place;
    submission.elsewhere = whereabouts(journey);
  } else {
    for (const auto line : split(journey.addresses, '\n')) submission.addresses.emplace_back(line);
    submission.elsewhere = journey.elsewhere;
  }
  submission.access = journey.access;
  submission.needed = journey.needed;
  submission.password = Sensitive<std::string>(journey.password);
  submission.seen_when = journey.seen_on.empty() ? journey.seen_when : journey.seen_on;
  submission.remarks = journey.remarks;
  if (journey.answer == "mail") submission.email = Sensitive<std::string>(journey.email);
  if (wants_answer(journey)) {
    const auto receipt = receipt_of(key, journey);
    submission.parcel = receipt.parcel();
    submission.parcel_key = receipt.keys().public_key;
  }
  // Without the time: the same page sent again an hour later is still the same report.
  const auto digest =
      crypto::hmac_sha256(key.reveal(), journey.nonce + intake::to_json(submission));
  out.drop_id = hex(digest.substr(0, 16));
  submission.received_at = whole_hour(now);
  submission = intake::cleaned(std::move(submission));
  return out;
}

}  // namespace hotline::web
