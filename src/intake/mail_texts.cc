#include "intake/mail_texts.h"

#include <array>
#include <filesystem>

#include "base/text.h"
#include "intake/disk.h"

namespace hotline::intake {

namespace {

/// `checking` sends no mail: the next one says how it ended.
constexpr std::array kMailed = {Stage::received, Stage::acted, Stage::outside_remit,
                                Stage::not_found};
constexpr std::string_view kSubject = "Subject: ";

Result<std::map<Stage, MailText>> parse(const std::string& language, std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::invalid, "Mails of " + language + ": " + std::string(why) + ".");
  };
  std::map<Stage, MailText> found;
  MailText* open = nullptr;
  for (const auto line : split(text, '\n')) {
    if (line.starts_with('#') && !open) continue;
    if (line.starts_with('[') && line.ends_with(']')) {
      const auto stage = parse_stage(line.substr(1, line.size() - 2));
      if (!stage) return refuse("a stage that there is not");
      open = &found[*stage];
    } else if (open && open->subject.empty() && line.starts_with(kSubject)) {
      open->subject = trim(line.substr(kSubject.size()));
    } else if (open) {
      open->text += std::string(line) + "\n";
    } else if (!trim(line).empty()) {
      return refuse("text before the first stage");
    }
  }
  for (const auto stage : kMailed) {
    auto& mail = found[stage];
    mail.text = std::string(trim(mail.text)) + "\n";
    if (mail.subject.empty() || mail.text.size() < 2)
      return refuse("no subject or text for " + std::string(name(stage)));
  }
  return found;
}

}  // namespace

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

MailText MailTexts::of(std::string_view language, Stage stage) const {
  auto found = texts_.find(language);
  if (found == texts_.end()) found = texts_.find("en");
  const auto mail = found->second.find(stage);
  return mail == found->second.end() ? MailText{} : mail->second;
}

std::vector<std::string> MailTexts::languages() const {
  std::vector<std::string> all;
  for (const auto& [language, mails] : texts_) all.push_back(language);
  return all;
}

}  // namespace hotline::intake
