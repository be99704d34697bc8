#include "intake/submission.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "intake/payload.h"
#include "intake/receipt.h"

namespace hotline::intake {

namespace {

constexpr std::array<std::pair<SubmissionKind, std::string_view>, 3> kKinds = {{
    {SubmissionKind::report, "report"},
    {SubmissionKind::erase, "erase"},
    {SubmissionKind::message, "message"},
}};

std::string_view kind_word(SubmissionKind kind) {
  for (const auto& [one, word] : kKinds)
    if (one == kind) return word;
  return "";
}

constexpr std::array<std::string_view, 5> kDoors = {"portal", "phone", "mailbox", "csv", "api"};
constexpr std::size_t kWordBytesMax = 64;
constexpr std::size_t kEmailBytesMax = 254;
constexpr std::size_t kPasswordBytesMax = 512;

std::string short_text(std::string_view text, std::size_t bytes_max) {
  return std::string(trim(clip_utf8(clean_utf8(text), bytes_max)));
}

/// Each line is an address, but a file may have been pasted over several of them.
std::vector<std::string> without_files(const std::vector<std::string>& lines) {
  std::string all;
  for (const auto& line : lines) {
    if (!all.empty()) all += '\n';
    all += replace_all(short_text(line, kAddressBytesMax), "\n", " ");
  }
  const auto kept = without_payload(all);
  std::vector<std::string> addresses;
  for (const auto line : split(kept, '\n')) addresses.emplace_back(trim(line));
  return addresses;
}

/// A code that we offer on the page ("website"); what else is there is nothing.
std::string code(std::string_view text) {
  if (text.size() > kWordBytesMax ||
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string_view::npos)
    return "";
  return std::string(text);
}

/// "login password": those that we know, each once.
std::string needs(std::string_view text) {
  std::string kept;
  for (const std::string_view need : {"login", "pay", "password", "link"}) {
    const auto words = split(text, ' ');
    if (std::find(words.begin(), words.end(), need) == words.end()) continue;
    kept += (kept.empty() ? "" : " ") + std::string(need);
  }
  return kept;
}

/// One of the words for it, or a day.
std::string seen_when(std::string_view text) {
  constexpr std::size_t kDaySize = 10;  // 2026-11-20
  const bool day = text.size() == kDaySize && parse_rfc3339(std::string(text) + "T00:00:00Z");
  return day ? std::string(text) : code(text);
}

std::string language_tag(std::string_view text) {
  if (text.empty() || text.size() > 16 ||
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") !=
          std::string_view::npos)
    return "en";
  return std::string(text);
}

/// One sender can be written to: a plain addr-spec without anything that a header could stumble on.
std::string email(std::string_view given) {
  const auto text = short_text(given, kEmailBytesMax + 1);
  const auto at = text.find('@');
  if (text.size() > kEmailBytesMax || at == std::string::npos || at == 0 || at + 1 == text.size() ||
      text.find('@', at + 1) != std::string::npos ||
      text.find_first_of(" \t\r\n<>()[],;:\\\"") != std::string::npos)
    return "";
  return text;
}

}  // namespace

Submission cleaned(Submission submission) {
  if (std::find(kDoors.begin(), kDoors.end(), submission.door) == kDoors.end())
    submission.door = kDoors.front();
  submission.portal = code(submission.portal).empty() ? "main" : code(submission.portal);
  submission.language = language_tag(submission.language);
  submission.topic = code(submission.topic);
  submission.danger = code(submission.danger);
  submission.place = code(submission.place);
  std::vector<std::string> kept;
  for (auto& text : without_files(submission.addresses)) {
    if (text.empty() || std::find(kept.begin(), kept.end(), text) != kept.end()) continue;
    kept.push_back(std::move(text));
    if (kept.size() == kAddressesMax) break;
  }
  submission.addresses = std::move(kept);
  submission.elsewhere = without_payload(short_text(submission.elsewhere, kTextBytesMax));
  submission.access = without_payload(short_text(submission.access, kTextBytesMax));
  submission.needed = needs(submission.needed);
  submission.password = Sensitive<std::string>(
      without_payload(short_text(submission.password.reveal(), kPasswordBytesMax)));
  submission.seen_when = seen_when(submission.seen_when);
  submission.remarks = without_payload(short_text(submission.remarks, kTextBytesMax));
  submission.email = Sensitive<std::string>(email(submission.email.reveal()));
  if (!is_parcel(submission.parcel) || submission.parcel_key.size() != 32) {
    submission.parcel.clear();
    submission.parcel_key.clear();
  }
  submission.received_at = whole_hour(submission.received_at);
  return submission;
}

std::string to_json(const Submission& given) {
  const Submission submission = cleaned(given);
  json::array addresses(submission.addresses.begin(), submission.addresses.end());
  return json::serialize(json::object{
      {"kind", kind_word(submission.kind)},
      {"door", submission.door},
      {"portal", submission.portal},
      {"language", submission.language},
      {"topic", submission.topic},
      {"danger", submission.danger},
      {"place", submission.place},
      {"addresses", std::move(addresses)},
      {"elsewhere", submission.elsewhere},
      {"access", submission.access},
      {"needed", submission.needed},
      {"password", submission.password.reveal()},
      {"seen_when", submission.seen_when},
      {"remarks", submission.remarks},
      {"email", submission.email.reveal()},
      {"parcel", submission.parcel},
      {"parcel_key", base64url(submission.parcel_key)},
      {"received_at", us(submission.received_at)},
  });
}

Result<Submission> submission_from_json(std::string_view text) {
  const auto broken = [] {
    return fail(ErrorKind::corrupt, "A submission in the drop is not one of ours.");
  };
  const auto value = parse_json(text);
  if (!value || !value->is_object()) return broken();
  Submission submission;
  const auto word = text_at(*value, "kind");
  const auto* kind = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const auto& one) { return one.second == word; });
  if (kind == kKinds.end()) return broken();
  submission.kind = kind->first;
  const std::pair<std::string_view, std::string*> texts[] = {
      {"door", &submission.door},           {"portal", &submission.portal},
      {"language", &submission.language},   {"topic", &submission.topic},
      {"place", &submission.place},         {"danger", &submission.danger},
      {"elsewhere", &submission.elsewhere}, {"access", &submission.access},
      {"seen_when", &submission.seen_when}, {"remarks", &submission.remarks},
      {"parcel", &submission.parcel}};
  for (const auto& [key, place] : texts) {
    auto found = text_at(*value, key);
    if (!found) return broken();
    *place = *std::move(found);
  }
  // What was dropped before these two were asked for has neither.
  submission.needed = text_at(*value, "needed").value_or("");
  submission.password = Sensitive<std::string>(text_at(*value, "password").value_or(""));
  const auto* addresses = member(*value, "addresses");
  if (!addresses || !addresses->is_array()) return broken();
  for (const auto& address : addresses->get_array()) {
    if (!address.is_string()) return broken();
    submission.addresses.emplace_back(address.get_string());
  }
  const auto email = text_at(*value, "email");
  const auto key = unbase64url(text_at(*value, "parcel_key").value_or(""));
  const auto received = integer_at(*value, "received_at");
  if (!email || !key || !received) return broken();
  submission.email = Sensitive<std::string>(*email);
  submission.parcel_key = *key;
  submission.received_at = instant(*received);
  return cleaned(std::move(submission));
}

}  // namespace hotline::intake
