#include "intake/mail_texts.h"

#include <filesystem>

#include "base/text.h"
#include "intake/disk.h"

namespace hotline::intake {

namespace {

constexpr std::string_view kSubject = "Subject: ";

Result<std::map<Occasion, MailText>> parse(const std::string& language, std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::invalid, "Mails of " + language + ": " + std::string(why) + ".");
  };
  std::map<Occasion, MailText> found;
  MailText* open = nullptr;
  for (const auto line : split(text, '\n')) {
    if (line.starts_with('#') && !open) continue;
    if (line.starts_with('[') && line.ends_with(']')) {
      const auto occasion = parse_occasion(line.substr(1, line.size() - 2));
      if (!occasion) return refuse("an occasion that there is not");
      open = &found[*occasion];
    } else if (open && open->subject.empty() && line.starts_with(kSubject)) {
      open->subject = trim(line.substr(kSubject.size()));
    } else if (open) {
      open->text += std::string(line) + "\n";
    } else if (!trim(line).empty()) {
      return refuse("text before the first occasion");
    }
  }
  for (const auto occasion : kOccasions) {
    auto& mail = found[occasion];
    mail.text = std::string(trim(mail.text)) + "\n";
    if (mail.subject.empty() || mail.text.size() < 2)
      return refuse("no subject or text for " + std::string(name(occasion)));
  }
  return found;
}

constexpr std::array<std::string_view, kOccasions.size()> kNames = {
    "received", "acted", "outside_remit", "not_found", "question"};

}  // namespace

std::string_view name(Occasion occasion) {
  return kNames[static_cast<std::size_t>(occasion)];
}

Result<Occasion> parse_occasion(std::string_view text) {
  for (const auto occasion : kOccasions)
    if (name(occasion) == text) return occasion;
  return fail(ErrorKind::invalid, "There is no such mail to a reporter.");
}

std::optional<Occasion> occasion_of(Stage stage) {
  switch (stage) {
    case Stage::received: return Occasion::received;
    case Stage::checking: return std::nullopt;
    case Stage::acted: return Occasion::acted;
    case Stage::outside_remit: return Occasion::outside_remit;
    case Stage::not_found: return Occasion::not_found;
  }
  return std::nullopt;
}

Result<MailTexts> MailTexts::load(const std::string& folder) {
  namespace files = std::filesystem;
  MailTexts texts;
  std::error_code error;
  for (const auto& entry : files::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".txt") continue;
    const auto language = entry.path().stem().string();
    TRY(text, read_file(entry.path().string()));
    TRY(mails, parse(language, text));
    texts.texts_.emplace(language, std::move(mails));
  }
  if (!texts.texts_.contains("en"))
    return fail(ErrorKind::not_found, "There are no English mails to reporters.");
  return texts;
}

MailText MailTexts::of(std::string_view language, Occasion occasion) const {
  auto found = texts_.find(language);
  if (found == texts_.end()) found = texts_.find("en");
  const auto mail = found->second.find(occasion);
  return mail == found->second.end() ? MailText{} : mail->second;
}

std::vector<std::string> MailTexts::languages() const {
  std::vector<std::string> all;
  for (const auto& [language, mails] : texts_) all.push_back(language);
  return all;
}

}  // namespace hotline::intake
