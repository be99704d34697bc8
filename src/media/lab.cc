#include "media/lab.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "media/film_lab.h"
#include "media/kind.h"
#include "media/pdq.h"
#include "sandbox/spawn.h"
#include "sandbox/window.h"

namespace hotline::media {

namespace {
constexpr std::size_t kBytesMax = 64u << 20;  ///< hotline-media takes no more.
constexpr int kSideMax = 100'000;
constexpr std::size_t kAnimationFramesMax = 64;
constexpr unsigned kHelpersMax = 4;
constexpr std::size_t kWindow = 4u << 20;  ///< Of each helper; hardly a picture is larger.
/// About twenty seconds of one processor; longer films are screened by their key frames.
constexpr std::uint64_t kFilmPixelsMax = 4'000'000'000;
constexpr sandbox::FrameLimits kAnswer{8192, 2u << 20, 4, 5u << 20};

void add_digests(std::string_view bytes, Findings& findings) {
  findings.md5 = hex(crypto::md5(bytes));
  findings.sha1 = hex(crypto::sha1(bytes));
  findings.sha256 = hex(crypto::sha256(bytes));
}

bool is_picture(const Findings& findings) {
  return findings.kind != "other" && findings.kind != "video" && findings.kind != "svg";
}

std::optional<PdqHash> pdq_at(const json::value& header, std::string_view key) {
  const json::value* pdq = member(header, key);
  if (pdq == nullptr) return std::nullopt;
  const auto bits = parse_pdq(text_at(*pdq, "hash").value_or(""));
  const auto quality = integer_at(*pdq, "quality");
  if (!bits || !quality || *quality < 0 || *quality > 100) return std::nullopt;
  return PdqHash{text(*bits), static_cast<int>(*quality)};
}

/// What else there is of a turned picture or an animation.
bool take_frames(const json::value& header, Findings& findings) {
  const auto orientation = integer_at(header, "orientation").value_or(1);
  findings.orientation = static_cast<int>(std::clamp<std::int64_t>(orientation, 1, 8));
  findings.full_shown = pdq_at(header, "full_shown");
  if (const auto* turns = member(header, "turns"); turns != nullptr && turns->is_array()) {
    for (const auto& turn : turns->get_array()) {
      const auto bits = turn.is_string() ? parse_pdq(turn.get_string()) : std::nullopt;
      if (!bits || findings.turns.size() == kTurnNames.size()) return false;
      findings.turns.push_back(text(*bits));
    }
  }
  const auto lines = text_at(header, "frames");
  if (!lines) return true;
  auto frames = parse_vpdq(*lines);
  if (!frames || frames->size() > kAnimationFramesMax) return false;
  findings.frames = *std::move(frames);
  const auto* seconds = member(header, "seconds");
  const auto* whole = member(header, "whole");
  if (seconds != nullptr && seconds->is_double() && seconds->get_double() >= 0 &&
      seconds->get_double() < 1e9)
    findings.seconds = seconds->get_double();
  findings.whole = whole != nullptr && whole->is_bool() && whole->get_bool();
  return true;
}

/// The jail may be in a stranger's hands: each value is taken only if it can be one. False if the
/// answer is none.
bool take(sandbox::Message&& answer, Findings& findings) {
  const json::value header(answer.header);
  const auto trouble = text_at(header, "trouble");
  const auto width = integer_at(header, "width"), height = integer_at(header, "height");
  if (!trouble) return false;
  if (!trouble->empty()) {
    findings.trouble =
        *trouble == "not a picture" || *trouble == "over the limits" ? *trouble : "broken";
    return true;
  }
  findings.full = pdq_at(header, "full");
  findings.nn512 = pdq_at(header, "nn512");
  if (!width || !height || *width < 1 || *height < 1 || *width > kSideMax || *height > kSideMax ||
      !findings.full || !findings.nn512)
    return false;
  findings.width = static_cast<int>(*width);
  findings.height = static_cast<int>(*height);
  if (!take_frames(header, findings)) return false;
  for (auto& jpeg : answer.blobs) {
    if (kind_of(jpeg) != "jpeg") return false;
    findings.previews.push_back({static_cast<int>(findings.previews.size()) + 1, std::move(jpeg)});
  }
  return true;
}

Findings findings_of(Findings digests, FilmFindings&& film) {
  digests.trouble = film.trouble;
  digests.width = film.width;
  digests.height = film.height;
  digests.frames = std::move(film.frames);
  digests.seconds = film.seconds;
  digests.whole = film.whole;
  digests.key_frames = film.key_frames;
  digests.previews = std::move(film.previews);
  if (film.tmk && film.whole && !film.key_frames) digests.tmk = tmk_bytes(*film.tmk);
  return digests;
}

/// One hotline-media, and whoever talks to it.
class Helper {
 public:
  /// Error `unavailable` if it cannot be started.
  Done start(sandbox::Program program, microseconds deadline) {
    if (child_ && child_->running()) return {};
    child_.reset();
    if (!window_) {
      TRY(window, sandbox::Window::make(kWindow));
      window_.emplace(std::move(window));
    }
    program.third = window_->descriptor();
    TRY(child, sandbox::spawn(program));
    const auto hello = child.receive(kAnswer, sandbox::in(deadline));
    if (!hello || hello->header.if_contains("ready") == nullptr)
      return fail(ErrorKind::unavailable, "hotline-media did not get its walls up.");
    child_.emplace(std::move(child));
    return {};
  }

  /// Most files lie in the window; a large one goes through the pipe.
  Done ask(std::string_view bytes, bool previews, sandbox::Deadline until) {
    if (bytes.size() > window_->size())
      return child_->send({{{"previews", previews}}, {std::string(bytes)}}, until);
    window_->show(bytes);
    return child_->send({{{"previews", previews}, {"shown", bytes.size()}}, {}}, until);
  }

  Result<sandbox::Message> answer(sandbox::Deadline until) {
    auto answer = child_->receive(kAnswer, until);
    window_->wipe();
    return answer;
  }

  void end() { child_.reset(); }

 private:
  std::optional<sandbox::Window> window_;
  std::optional<sandbox::Child> child_;
};

class JailedLab final : public Lab {
 public:
  JailedLab(const std::string& program, microseconds deadline)
      : film_program_(program.substr(0, program.rfind('/') + 1) + "hotline-film"),
        deadline_(deadline),
        helpers_(std::clamp(std::thread::hardware_concurrency(), 1U, kHelpersMax)),
        busy_(helpers_.size()) {
    program_.path = program;
    program_.limits.open_files_max = 64;
    // Many threads use it, and whoever made it may end first; it ends when its fd 0 closes.
    program_.dies_with_thread = false;
  }

  Result<Findings> examine(std::string_view bytes, bool previews) override {
    Findings findings{.kind = std::string(kind_of(bytes))};
    if (!is_picture(findings) || bytes.size() > kBytesMax) {
      add_digests(bytes, findings);
      if (findings.kind == "video") return examine_film(std::move(findings), bytes, previews);
      findings.trouble = is_picture(findings) ? "over the limits" : "not a picture";
      return findings;
    }
    const std::size_t mine = take_place();
    auto examined = examine_with(helpers_[mine], bytes, previews, std::move(findings));
    give_back(mine);
    return examined;
  }

  Result<std::vector<Findings>> examine_all(std::span<const std::string_view> all,
                                            bool previews) override {
    std::vector<std::optional<Result<Findings>>> found(all.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < all.size(); i = next++)
        found[i].emplace(examine(all[i], previews));
    };
    std::vector<std::jthread> others(
        std::min(helpers_.size(), std::max<std::size_t>(all.size(), 1)) - 1);
    for (auto& other : others) other = std::jthread(work);
    work();
    others.clear();
    std::vector<Findings> findings;
    for (auto& one : found) {
      if (!*one) return std::unexpected((*one).error());
      findings.push_back(**std::move(one));
    }
    return findings;
  }

 private:
  Result<Findings> examine_with(Helper& helper, std::string_view bytes, bool previews,
                                Findings findings) {
    // Twice, since an earlier file or the kernel may have ended the helper behind our back.
    for (int attempt = 0; attempt < 2; ++attempt) {
      TRY_DONE(helper.start(program_, deadline_));
      const auto until = sandbox::in(deadline_);
      const Done asked = helper.ask(bytes, previews, until);
      // While the jail looks at its pixels.
      if (findings.md5.empty()) add_digests(bytes, findings);
      Findings answered = findings;
      auto answer = asked ? helper.answer(until) : std::unexpected(asked.error());
      if (answer && take(*std::move(answer), answered)) return answered;
      helper.end();
    }
    findings.trouble = "broken";
    return findings;
  }

  Result<Findings> examine_film(Findings findings, std::string_view bytes, bool previews) {
    TRY(film, watch_film_bytes(film_program_, bytes,
                               {.previews = previews,
                                .tmk = previews,
                                .pixels_max = kFilmPixelsMax,
                                .time = 3 * deadline_}));
    return findings_of(std::move(findings), std::move(film));
  }

  /// The first place that is free, so that a lab with one caller has one helper.
  std::size_t take_place() {
    std::unique_lock lock(mutex_);
    std::size_t place = 0;
    freed_.wait(lock, [&] {
      place = static_cast<std::size_t>(std::find(busy_.begin(), busy_.end(), 0) - busy_.begin());
      return place < busy_.size();
    });
    busy_[place] = 1;
    return place;
  }

  void give_back(std::size_t place) {
    {
      const std::lock_guard lock(mutex_);
      busy_[place] = 0;
    }
    freed_.notify_one();
  }

  sandbox::Program program_;
  std::string film_program_;
  microseconds deadline_;
  std::vector<Helper> helpers_;  ///< Each only touched by whoever holds its place.
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<char> busy_;  // Only under mutex_.
};
}  // namespace

Result<std::vector<Findings>> Lab::examine_all(std::span<const std::string_view> all,
                                               bool previews) {
  std::vector<Findings> findings;
  for (const auto bytes : all) {
    TRY(one, examine(bytes, previews));
    findings.push_back(std::move(one));
  }
  return findings;
}

std::unique_ptr<Lab> open_jailed_lab(const std::string& program, microseconds deadline) {
  return std::make_unique<JailedLab>(program, deadline);
}

}  // namespace hotline::media
