#include "intake/parcel.h"

#include <array>

#include "base/json.h"
#include "base/text.h"
#include "intake/disk.h"

namespace hotline::intake {

namespace {

constexpr std::array<std::pair<Stage, std::string_view>, 5> kStages = {{
    {Stage::received, "received"},
    {Stage::checking, "checking"},
    {Stage::acted, "acted"},
    {Stage::outside_remit, "outside_remit"},
    {Stage::not_found, "not_found"},
}};

/// Twenty addresses with a handful of steps each fit into one.
constexpr std::size_t kPadding = 4096;

Result<Parcel> parcel_of(std::string_view text) {
  const auto broken = [] {
    return fail(ErrorKind::corrupt, "A status parcel is not one of ours.");
  };
  const auto value = parse_json(trim(text));
  if (!value) return broken();
  const auto* reports = member(*value, "reports");
  const auto* contact = member(*value, "contact");
  const auto* erased = member(*value, "erased");
  if (!reports || !reports->is_array() || !contact || !contact->is_bool() || !erased ||
      !erased->is_bool())
    return broken();
  Parcel parcel;
  parcel.has_contact = contact->get_bool();
  parcel.erased = erased->get_bool();
  for (const auto& report : reports->get_array()) {
    if (!report.is_array()) return broken();
    auto& steps = parcel.reports.emplace_back();
    for (const auto& step : report.get_array()) {
      const auto stage = parse_stage(text_at(step, "stage").value_or(""));
      const auto day = integer_at(step, "day");
      if (!stage || !day) return broken();
      steps.push_back({*stage, instant(*day)});
    }
  }
  // A parcel that was written before there were messages has none.
  const auto* messages = member(*value, "messages");
  if (messages == nullptr) return parcel;
  if (!messages->is_array()) return broken();
  for (const auto& message : messages->get_array()) {
    const auto from = text_at(message, "from");
    auto words = text_at(message, "text");
    const auto day = integer_at(message, "day");
    if (!from || !words || !day) return broken();
    parcel.messages.push_back({*from == "reporter", *std::move(words), instant(*day)});
  }
  return parcel;
}

}  // namespace

std::string_view name(Stage stage) {
  for (const auto& [one, text] : kStages)
    if (one == stage) return text;
  return "";
}

Result<Stage> parse_stage(std::string_view text) {
  for (const auto& [stage, spelled] : kStages)
    if (spelled == text) return stage;
  return fail(ErrorKind::invalid, "There is no such stage.");
}

Done write_parcel(const std::string& folder, std::string_view parcel_id,
                  std::string_view public_key, const Parcel& parcel) {
  CHECK(is_parcel(parcel_id) && public_key.size() == 32);
  json::array reports;
  for (const auto& steps : parcel.reports) {
    json::array report;
    for (const auto& step : steps)
      report.push_back(json::object{{"stage", name(step.stage)},
                                    {"day", us(std::chrono::floor<std::chrono::days>(step.day))}});
    reports.push_back(std::move(report));
  }
  json::array messages;
  for (const auto& message : parcel.messages)
    messages.push_back(
        json::object{{"from", message.from_reporter ? "reporter" : "hotline"},
                     {"text", message.text},
                     {"day", us(std::chrono::floor<std::chrono::days>(message.day))}});
  std::string text = json::serialize(json::object{{"reports", std::move(reports)},
                                                  {"contact", parcel.has_contact},
                                                  {"erased", parcel.erased},
                                                  {"messages", std::move(messages)}});
  text.resize((text.size() / kPadding + 1) * kPadding, ' ');
  TRY_DONE(make_folder(folder));
  TRY_DONE(write_whole_file(folder, parcel_id, crypto::seal_to(public_key, text)));
  return sync_folder(folder);
}

Result<Parcel> read_parcel(const std::string& folder, const Receipt& receipt) {
  auto sealed = read_file(folder + "/" + receipt.parcel());
  // What is not there costs the work of opening all the same: time tells nothing.
  static const std::string nothing(kPadding + 48, '\x5a');
  const auto text = crypto::open_sealed(receipt.keys(), sealed ? *sealed : nothing);
  if (!sealed) return std::unexpected(sealed.error());
  if (!text) return fail(ErrorKind::corrupt, "A status parcel does not open.");
  return parcel_of(*text);
}

}  // namespace hotline::intake
