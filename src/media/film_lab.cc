#include "media/film_lab.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <utility>

#include "base/json.h"
#include "media/kind.h"
#include "sandbox/spawn.h"

namespace hotline::media {

namespace {
constexpr sandbox::FrameLimits kAnswer{4096, 2u << 20, 5, 5u << 20};
constexpr int kSideMax = 100'000;
constexpr std::size_t kFramesMax = 5'000'000;

double real_at(const json::value& object, std::string_view key) {
  const json::value* value = member(object, key);
  if (value == nullptr || !value->is_number()) return 0;
  const double number = value->to_number<double>();
  return std::isfinite(number) && number >= 0 && number < 1e9 ? number : 0;
}

bool flag_at(const json::value& object, std::string_view key) {
  const json::value* value = member(object, key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

/// Names of codecs are printed: nothing but small letters, digits and , _ -.
std::string word_at(const json::value& object, std::string_view key) {
  std::string word = text_at(object, key).value_or("");
  const bool plain =
      word.size() <= 64 &&
      word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789,_-") == std::string::npos;
  return plain ? word : "";
}

bool take_frames(const sandbox::Message& message, FilmFindings& findings) {
  if (message.blobs.size() != 1) return false;
  const auto frames = parse_vpdq(message.blobs[0]);
  if (!frames || findings.frames.size() + frames->size() > kFramesMax) return false;
  findings.frames.insert(findings.frames.end(), frames->begin(), frames->end());
  return true;
}

bool take_end(sandbox::Message&& message, const FilmRequest& request, FilmFindings& findings) {
  const json::value header(message.header);
  const json::value* end = member(header, "end");
  const auto trouble = end ? text_at(*end, "trouble") : std::nullopt;
  if (!trouble) return false;
  if (!trouble->empty()) {
    findings.trouble = *trouble == "over the limits" ? *trouble : "broken";
    return true;
  }
  const auto width = integer_at(*end, "width"), height = integer_at(*end, "height"),
             frames = integer_at(*end, "frames");
  if (!width || !height || !frames || *width < 1 || *height < 1 || *width > kSideMax ||
      *height > kSideMax || *frames < 1 || *frames > static_cast<std::int64_t>(kFramesMax))
    return false;
  findings.width = static_cast<int>(*width);
  findings.height = static_cast<int>(*height);
  findings.frame_count = static_cast<int>(*frames);
  findings.container = word_at(*end, "container");
  findings.codec = word_at(*end, "codec");
  findings.frames_per_second = real_at(*end, "frames_per_second");
  findings.seconds = real_at(*end, "seconds");
  findings.key_frames = flag_at(*end, "key_frames");
  findings.whole = flag_at(*end, "whole");
  if (request.tmk) {
    if (message.blobs.empty()) return false;
    auto tmk = parse_tmk(message.blobs.back());
    if (!tmk) return false;
    findings.tmk = *std::move(tmk);
    message.blobs.pop_back();
  }
  for (auto& jpeg : message.blobs) {
    if (!request.previews || kind_of(jpeg) != "jpeg") return false;
    findings.previews.push_back({static_cast<int>(findings.previews.size()) + 1, std::move(jpeg)});
  }
  return true;
}

json::object as_json(const FilmRequest& request) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(request.time).count();
  return {{"hashes", request.hashes},
          {"every_seconds", request.every_seconds},
          {"key_frames", request.key_frames},
          {"previews", request.previews},
          {"tmk", request.tmk},
          {"strict", request.strict},
          {"pixels_max", request.pixels_max},
          {"seconds_max", seconds}};
}
}  // namespace

Result<FilmFindings> watch_film(const std::string& program, int film, const FilmRequest& request,
                                const std::function<void(double)>& progress) {
  const auto until = sandbox::in(request.time);
  sandbox::Program helper;
  helper.path = program;
  helper.limits.open_files_max = 64;
  helper.third = film;
  TRY(child, sandbox::spawn(helper));
  const auto hello = child.receive(kAnswer, until);
  if (!hello || hello->header.if_contains("ready") == nullptr)
    return fail(ErrorKind::unavailable, "hotline-film did not get its walls up.");
  TRY_DONE(child.send({as_json(request), {}}, until));
  FilmFindings findings;
  for (;;) {
    auto message = child.receive(kAnswer, until);
    if (!message) break;
    if (message->header.contains("end")) {
      FilmFindings ended = findings;
      if (take_end(*std::move(message), request, ended)) return ended;
      break;
    }
    if (!take_frames(*message, findings)) break;
    if (progress) progress(std::min(real_at(json::value(message->header), "part"), 1.0));
  }
  FilmFindings broken;
  broken.trouble = "broken";
  return broken;
}

Result<FilmFindings> watch_film_bytes(const std::string& program, std::string_view bytes,
                                      const FilmRequest& request) {
  const int memory = memfd_create("film", MFD_CLOEXEC);
  if (memory < 0) return fail(ErrorKind::unavailable, "No memory for a film.");
  while (!bytes.empty()) {
    const ssize_t put = write(memory, bytes.data(), bytes.size());
    if (put <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  auto findings = bytes.empty() ? watch_film(program, memory, request)
                                : fail(ErrorKind::unavailable, "No memory for a film.");
  close(memory);
  return findings;
}

}  // namespace hotline::media
