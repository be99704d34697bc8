#include "matching/known.h"

#include "matching/hash256.h"

namespace hotline::matching {

namespace {
Done check_hex(std::string_view what, std::string_view text, std::size_t length) {
  if (text.empty()) return {};
  if (text.size() != length || text.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return fail(ErrorKind::invalid, std::string(what) + " must be " + std::to_string(length) +
                                        " lower-case hex digits.");
  return {};
}
}  // namespace

std::vector<media::VpdqFrame> thinned(std::vector<media::VpdqFrame> frames) {
  const std::size_t step = (frames.size() + kFramesMax - 1) / kFramesMax;
  if (step <= 1) return frames;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < frames.size(); i += step) frames[kept++] = frames[i];
  frames.resize(kept);
  return frames;
}

Hashes hashes_of(const media::Findings& findings) {
  Hashes hashes{findings.md5, findings.sha1, findings.sha256, "", 0, thinned(findings.frames)};
  if (findings.full) {
    hashes.pdq = findings.full->hex;
    hashes.pdq_quality = findings.full->quality;
  }
  return hashes;
}

Hashes hashes_of(const casework::Item& item) {
  return {item.md5, item.sha1, item.sha256, item.pdq_full, item.pdq_full_quality, {}};
}

Done check(const Hashes& hashes) {
  TRY_DONE(check_hex("md5", hashes.md5, 32));
  TRY_DONE(check_hex("sha1", hashes.sha1, 40));
  TRY_DONE(check_hex("sha256", hashes.sha256, 64));
  TRY_DONE(check_hex("pdq", hashes.pdq, 64));
  if (hashes.pdq_quality < 0 || hashes.pdq_quality > 100)
    return fail(ErrorKind::invalid, "pdq_quality must be 0 to 100.");
  if (hashes.frames.size() > kFramesMax) return fail(ErrorKind::invalid, "Too many frames.");
  for (const auto& frame : hashes.frames)
    if (frame.quality < 0 || frame.quality > 100)
      return fail(ErrorKind::invalid, "The quality of a frame must be 0 to 100.");
  if (hashes.md5.empty() && hashes.sha1.empty() && hashes.sha256.empty() && hashes.pdq.empty() &&
      hashes.frames.empty())
    return fail(ErrorKind::invalid, "There is no hash.");
  return {};
}

std::string_view name(MatchKind kind) {
  switch (kind) {
    case MatchKind::none: return "none";
    case MatchKind::near: return "near";
    case MatchKind::exact: return "exact";
  }
  return "none";
}

Result<MatchKind> parse_match_kind(std::string_view text) {
  for (const auto kind : {MatchKind::none, MatchKind::near, MatchKind::exact})
    if (name(kind) == text) return kind;
  return fail(ErrorKind::invalid, "This is no kind of match.");
}

}  // namespace hotline::matching
