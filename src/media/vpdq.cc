#include "media/vpdq.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "base/json.h"
#include "base/text.h"

namespace hotline::media {

namespace {
constexpr double kSecondsMax = 1e9;

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The three fields that both forms have. "1.23e+02" is taken too: a known tool writes it.
std::optional<VpdqFrame> frame_of(int frame, std::string_view quality, std::string_view hash,
                                  std::string_view seconds) {
  const auto bits = parse_pdq(hash);
  const auto worth = number<int>(quality);
  const auto when = number<double>(seconds);
  if (!bits || !worth || *worth < 0 || *worth > 100 || !when || !std::isfinite(*when) ||
      *when < 0 || *when > kSecondsMax || frame < 0)
    return std::nullopt;
  return VpdqFrame{frame, *worth, *bits, *when};
}

std::unexpected<Error> broken(std::size_t place) {
  return fail(ErrorKind::invalid, fmt::format("Frame {} of the vPDQ list is broken.", place));
}

Result<std::vector<VpdqFrame>> parse_json_form(std::string_view text) {
  TRY(value, parse_json(text));
  if (!value.is_array()) return fail(ErrorKind::invalid, "The vPDQ list is no JSON array.");
  std::vector<VpdqFrame> frames;
  for (const json::value& entry : value.get_array()) {
    const int place = static_cast<int>(frames.size());
    if (!entry.is_string()) return broken(frames.size() + 1);
    const std::string_view words = entry.get_string();
    const auto fields = split(words, ',');
    if (fields.size() != 3) return broken(frames.size() + 1);
    const auto frame = frame_of(place, fields[1], fields[0], fields[2]);
    if (!frame) return broken(frames.size() + 1);
    frames.push_back(*frame);
  }
  return frames;
}

Result<std::vector<VpdqFrame>> parse_line_form(std::string_view text) {
  std::vector<VpdqFrame> frames;
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto fields = split(line, ',');
    if (fields.size() != 4) return broken(frames.size() + 1);
    const auto place = number<int>(fields[0]);
    const auto frame = frame_of(place.value_or(-1), fields[1], fields[2], fields[3]);
    if (!frame) return broken(frames.size() + 1);
    frames.push_back(*frame);
  }
  return frames;
}

std::vector<PdqBits> good_ones(std::span<const VpdqFrame> frames, int quality_min) {
  std::vector<PdqBits> good;
  for (const auto& frame : frames) {
    if (frame.quality >= quality_min) good.push_back(frame.bits);
  }
  return good;
}

int matched(const std::vector<PdqBits>& these, const std::vector<PdqBits>& those, int distance) {
  int count = 0;
  std::size_t near = 0;  // Films run on: the partner of the next frame is often close to the last.
  for (const auto& one : these) {
    for (std::size_t i = 0; i < those.size(); ++i) {
      const std::size_t at = (near + i) % those.size();
      if (hamming(one, those[at]) > distance) continue;
      near = at;
      ++count;
      break;
    }
  }
  return count;
}

double percent(int part, int whole) {
  return whole == 0 ? 0 : 100.0 * part / whole;
}
}  // namespace

std::string vpdq_lines(std::span<const VpdqFrame> frames) {
  std::string out;
  for (const auto& frame : frames)
    out += fmt::format("{},{},{},{:.3f}\n", frame.frame, frame.quality, text(frame.bits),
                       frame.seconds);
  return out;
}

std::vector<std::string> vpdq_entries(std::span<const VpdqFrame> frames) {
  std::vector<std::string> all;
  for (const auto& frame : frames)
    all.push_back(fmt::format("{},{},{:.3f}", text(frame.bits), frame.quality, frame.seconds));
  return all;
}

std::string vpdq_json(std::span<const VpdqFrame> frames) {
  return json::serialize(json::value_from(vpdq_entries(frames)));
}

Result<std::vector<VpdqFrame>> parse_vpdq(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return std::vector<VpdqFrame>{};
  return text[first] == '[' ? parse_json_form(text) : parse_line_form(text);
}

double VpdqMatch::query_percent() const {
  return percent(query_matched, query_frames);
}
double VpdqMatch::compared_percent() const {
  return percent(compared_matched, compared_frames);
}

VpdqMatch vpdq_compare(std::span<const VpdqFrame> query, std::span<const VpdqFrame> compared,
                       const VpdqLimits& limits) {
  const auto these = good_ones(query, limits.quality_min);
  const auto those = good_ones(compared, limits.quality_min);
  return {static_cast<int>(these.size()), static_cast<int>(those.size()),
          matched(these, those, limits.distance_max), matched(those, these, limits.distance_max)};
}

}  // namespace hotline::media
