#include "media/lab.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "media/kind.h"
#include "media/pdq.h"
#include "sandbox/spawn.h"

namespace hotline::media {

namespace {
constexpr std::size_t kBytesMax = 64u << 20;  ///< hotline-media takes no more.
constexpr int kSideMax = 100'000;
constexpr sandbox::FrameLimits kAnswer{4096, 2u << 20, 4, 5u << 20};

Findings digests(std::string_view bytes) {
  return {.md5 = hex(crypto::md5(bytes)),
          .sha1 = hex(crypto::sha1(bytes)),
          .sha256 = hex(crypto::sha256(bytes)),
          .kind = std::string(kind_of(bytes))};
}

bool decodable(const Findings& findings) {
  return findings.kind != "other" && findings.kind != "video";
}

std::optional<PdqHash> pdq_at(const json::value& header, std::string_view key) {
  const json::value* pdq = member(header, key);
  if (pdq == nullptr) return std::nullopt;
  const auto bits = parse_pdq(text_at(*pdq, "hash").value_or(""));
  const auto quality = integer_at(*pdq, "quality");
  if (!bits || !quality || *quality < 0 || *quality > 100) return std::nullopt;
  return PdqHash{text(*bits), static_cast<int>(*quality)};
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
  for (auto& jpeg : answer.blobs) {
    if (kind_of(jpeg) != "jpeg") return false;
    findings.previews.push_back({static_cast<int>(findings.previews.size()) + 1, std::move(jpeg)});
  }
  return true;
}

class JailedLab final : public Lab {
 public:
  JailedLab(std::string program, microseconds deadline) : deadline_(deadline) {
    program_.path = std::move(program);
    program_.limits.open_files_max = 64;
    // Many threads use it, and whoever made it may end first; it ends when its fd 0 closes.
    program_.dies_with_thread = false;
  }

  Result<Findings> examine(std::string_view bytes, bool previews) override {
    Findings findings = digests(bytes);
    if (!decodable(findings)) {
      findings.trouble = "not a picture";
      return findings;
    }
    if (bytes.size() > kBytesMax) {
      findings.trouble = "over the limits";
      return findings;
    }
    const sandbox::Message request{{{"previews", previews}}, {std::string(bytes)}};
    const std::lock_guard lock(mutex_);
    // Twice, since an earlier file or the kernel may have ended the helper behind our back.
    for (int attempt = 0; attempt < 2; ++attempt) {
      TRY_DONE(have_helper());
      Findings answered = findings;
      auto answer = ask(request);
      if (answer && take(*std::move(answer), answered)) return answered;
      helper_.reset();
    }
    findings.trouble = "broken";
    return findings;
  }

 private:
  Done have_helper() {
    if (helper_ && helper_->running()) return {};
    helper_.reset();
    TRY(child, sandbox::spawn(program_));
    const auto hello = child.receive(kAnswer, sandbox::in(deadline_));
    if (!hello || hello->header.if_contains("ready") == nullptr)
      return fail(ErrorKind::unavailable, "hotline-media did not get its walls up.");
    helper_.emplace(std::move(child));
    return {};
  }

  Result<sandbox::Message> ask(const sandbox::Message& request) {
    const auto until = sandbox::in(deadline_);
    TRY_DONE(helper_->send(request, until));
    return helper_->receive(kAnswer, until);
  }

  sandbox::Program program_;
  microseconds deadline_;
  std::mutex mutex_;
  std::optional<sandbox::Child> helper_;  // Only under mutex_.
};
}  // namespace

std::unique_ptr<Lab> open_jailed_lab(const std::string& program, microseconds deadline) {
  return std::make_unique<JailedLab>(program, deadline);
}

}  // namespace hotline::media
