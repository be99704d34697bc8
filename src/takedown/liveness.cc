#include "takedown/liveness.h"

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <sstream>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace hotline::takedown {

namespace {

constexpr std::array kVerdicts = {Verdict::up,      Verdict::gone,  Verdict::soft_gone,
                                  Verdict::changed, Verdict::moved, Verdict::blocked,
                                  Verdict::unknown};
// A "removed" page says so at its top; further down the words may be anybody's.
constexpr std::size_t kPhraseBytesMax = 1500;
constexpr std::size_t kShingleWords = 3;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char raw : text) {
    const auto byte = static_cast<unsigned char>(raw);
    const bool letter = byte >= 0x80 || (byte >= '0' && byte <= '9') ||
                        (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    if (letter) {
      word += raw;
    } else if (!word.empty()) {
      words.push_back(lower_ascii(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(lower_ascii(word));
  return words;
}

/// FNV-1a with a final mix, so that single bits of short shingles spread over all 64.
std::uint64_t hash64(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char letter : text) {
    hash ^= static_cast<unsigned char>(letter);
    hash *= 0x100000001b3ULL;
  }
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 33);
}

std::uint64_t sketch_of(const std::vector<std::string>& words) {
  std::array<int, 64> sums{};
  const std::size_t width = std::min(kShingleWords, words.size());
  for (std::size_t i = 0; width > 0 && i + width <= words.size(); ++i) {
    std::string shingle;
    for (std::size_t k = 0; k < width; ++k) shingle += words[i + k] + " ";
    const std::uint64_t hash = hash64(shingle);
    for (std::size_t bit = 0; bit < 64; ++bit) sums[bit] += (hash >> bit & 1) != 0 ? 1 : -1;
  }
  std::uint64_t sketch = 0;
  for (std::size_t bit = 0; bit < 64; ++bit)
    if (sums[bit] > 0) sketch |= std::uint64_t{1} << bit;
  return sketch;
}

std::string digest_of(std::string_view text) {
  return text.empty() ? "" : hex(crypto::sha256(text));
}

void keep_sorted(std::vector<std::string>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

bool holds(const std::vector<std::string>& sorted, const std::string& value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

bool is_medium(const net::Capture& capture) {
  const std::string type = lower_ascii(capture.content_type);
  return type.starts_with("image/") || type.starts_with("video/");
}

bool is_there(const net::FetchedMedia& medium) {
  return medium.status >= 200 && medium.status < 300 && !medium.bytes.empty();
}

/// Each medium of then is still named by the page, and its host says that it is gone; what is there
/// unchanged beside it is the site's own, for what people confirmed was looked for before.
bool media_answer_gone(const net::Capture& capture, const Fingerprint& before) {
  std::vector<std::string> gone, furniture;
  for (const auto& medium : capture.media) {
    if (medium.status == 404 || medium.status == 410) gone.push_back(digest_of(medium.url));
    if (is_there(medium) && holds(before.media, digest_of(medium.bytes)))
      furniture.push_back(digest_of(medium.url));
  }
  keep_sorted(gone);
  keep_sorted(furniture);
  const auto& places = before.media_places;
  const auto is_gone_place = [&](const std::string& place) { return holds(gone, place); };
  return std::any_of(places.begin(), places.end(), is_gone_place) &&
         std::all_of(places.begin(), places.end(), [&](const std::string& place) {
           return is_gone_place(place) || holds(furniture, place);
         });
}

/// A page that still names a medium of then, and whose host says something else than "gone" about
/// it, has removed nothing: perhaps another picture lies there, perhaps that host is in trouble.
std::optional<Judgement> judge_named_media(const net::Capture& capture, const Fingerprint& before) {
  std::optional<Judgement> found;
  for (const auto& medium : capture.media) {
    if (!holds(before.media_places, digest_of(medium.url))) continue;
    if (is_there(medium) && holds(before.media, digest_of(medium.bytes))) continue;  // Furniture.
    if (is_there(medium)) return Judgement{Verdict::changed, "media_differ"};
    if (medium.status != 404 && medium.status != 410)
      found = Judgement{Verdict::blocked, "media_" + std::to_string(medium.status)};
  }
  return found;
}

/// The host's own picture that says "removed", learned when a person said what it is.
bool shows_learned_medium(const Look& look, const Fingerprint& now) {
  for (const auto& learned : look.learned_removed)
    for (const auto& medium : learned.media)
      if (learned.text_words == 0 && holds(now.media, medium)) return true;
  return false;
}

Judgement judge_page(const Look& look, const Fingerprint& now,
                     const std::optional<Fingerprint>& before, const RemovalPhrases& phrases) {
  const net::Capture& capture = *look.capture;
  const auto count = std::count_if(capture.media.begin(), capture.media.end(), is_there);
  const bool says_removed = !is_medium(capture) && phrases.found_in(capture.title, capture.text);
  if (!before) {
    if (count == 0 && says_removed) return {Verdict::soft_gone, "says_removed"};
    return {Verdict::up, "answers"};
  }
  if (!now.page_digest.empty() && now.page_digest == before->page_digest && before->media.empty())
    return {Verdict::up, "same_page"};
  if (shows_learned_medium(look, now)) return {Verdict::soft_gone, "learned"};
  if (same_text(now, *before)) {
    if (before->media.empty()) return {Verdict::up, "same_text"};
    if (media_answer_gone(capture, *before)) return {Verdict::soft_gone, "media_gone"};
    // Perhaps re-encoded, perhaps a placeholder, perhaps shown to somebody else only.
    return judge_named_media(capture, *before)
        .value_or(Judgement{Verdict::changed, "media_differ"});
  }
  for (const auto& learned : look.learned_removed)
    if (same_text(now, learned)) return {Verdict::soft_gone, "learned"};
  if (const auto named = judge_named_media(capture, *before)) return *named;
  if (look.absent_page && same_text(now, *look.absent_page) &&
      !same_text(*before, *look.absent_page))
    return {Verdict::soft_gone, "like_absent"};
  const bool fewer_media =
      before->media.empty() ? count == 0 : count < static_cast<long>(before->media.size());
  if (fewer_media && says_removed) return {Verdict::soft_gone, "says_removed"};
  return {Verdict::changed, "text_differs"};
}

/// Whether something of what people confirmed is among these media. Where nothing was confirmed by
/// itself, every medium of then counts; else a site's banner would keep a removed page "up".
bool still_shown(const Look& look, const std::optional<Fingerprint>& before,
                 const std::vector<std::string>& media) {
  const auto& confirmed = look.confirmed;
  const bool was_here =
      !before || std::any_of(confirmed.begin(), confirmed.end(),
                             [&](const auto& item) { return holds(before->media, item); });
  if (!before && confirmed.empty()) return false;
  const auto& wanted = was_here && !confirmed.empty() ? confirmed : before->media;
  return std::any_of(media.begin(), media.end(),
                     [&](const auto& medium) { return holds(wanted, medium); });
}

/// The page is gone: are its pictures, asked for by themselves?
std::optional<Judgement> judge_places(const Look& look, const std::optional<Fingerprint>& before) {
  std::optional<Judgement> found;
  for (const auto& place : look.places) {
    const bool answered = place.verdict == net::FetchVerdict::answered ||
                          place.verdict == net::FetchVerdict::too_large;
    const Fingerprint shown = fingerprint(place);
    if (answered && still_shown(look, before, shown.media))
      return Judgement{Verdict::up, "place_there"};
    if (!answered && place.verdict != net::FetchVerdict::no_name)
      found = Judgement{Verdict::unknown, "place_unreachable", true};
    else if (answered && place.status >= 500)
      found = Judgement{Verdict::unknown, "place_unreachable", true};
    else if (answered && place.status >= 400 && place.status != 404 && place.status != 410 &&
             !found)
      found = Judgement{Verdict::blocked, "place_" + std::to_string(place.status)};
    else if (answered && place.status < 300 && !shown.media.empty() && !found &&
             !shows_learned_medium(look, shown))
      found = Judgement{Verdict::changed, "place_differs"};
  }
  return found;
}

Judgement judge_answer(const Look& look, const std::optional<Fingerprint>& before,
                       const RemovalPhrases& phrases) {
  const net::Capture& capture = *look.capture;
  const Fingerprint now = fingerprint(capture);
  // The item itself decides before any status: some hosts serve it with a 404.
  if (still_shown(look, before, now.media)) return {Verdict::up, "media_there"};
  const std::string why = "status_" + std::to_string(capture.status);
  // A shield in front answers 403, 503 or 200: whoever passes its test may see the item.
  if (phrases.challenge_in(capture.title, capture.text) && !(before && same_text(now, *before)))
    return {Verdict::blocked, "challenge"};
  if (capture.status == 404 || capture.status == 410) return {Verdict::gone, why};
  if (capture.status >= 500) return {Verdict::unknown, why, true};
  if (capture.status >= 400) return {Verdict::blocked, why};
  if (capture.status >= 300) return {Verdict::changed, why};
  if (capture.status >= 200) return judge_page(look, now, before, phrases);
  return {Verdict::unknown, "no_status", true};
}

Judgement judge_capture(const Look& look, const std::optional<Fingerprint>& before,
                        const RemovalPhrases& phrases) {
  switch (look.capture->verdict) {
    case net::FetchVerdict::no_name: return {Verdict::gone, "no_name"};
    case net::FetchVerdict::no_answer: return {Verdict::unknown, "no_answer", true};
    case net::FetchVerdict::refused: return {Verdict::unknown, "refused"};
    case net::FetchVerdict::answered:
    case net::FetchVerdict::too_large: return judge_answer(look, before, phrases);
  }
  return {Verdict::unknown, "no_answer", true};
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::up: return "up";
    case Verdict::gone: return "gone";
    case Verdict::soft_gone: return "soft_gone";
    case Verdict::changed: return "changed";
    case Verdict::moved: return "moved";
    case Verdict::blocked: return "blocked";
    case Verdict::unknown: return "unknown";
  }
  return "unknown";
}

Result<Verdict> parse_verdict(std::string_view text) {
  for (const auto verdict : kVerdicts)
    if (name(verdict) == text) return verdict;
  return fail(ErrorKind::invalid, "This is no verdict.");
}

Fingerprint fingerprint(const net::Capture& capture) {
  Fingerprint page;
  const auto words = words_of(capture.text);
  page.text_words = static_cast<int>(words.size());
  page.text_sketch = sketch_of(words);
  page.title_digest = digest_of(capture.title);
  page.page_digest = digest_of(capture.page);
  if (is_medium(capture) && !page.page_digest.empty()) page.media.push_back(page.page_digest);
  for (const auto& medium : capture.media) {
    if (!is_there(medium)) continue;
    page.media.push_back(digest_of(medium.bytes));
    page.media_places.push_back(digest_of(medium.url));
  }
  keep_sorted(page.media);
  keep_sorted(page.media_places);
  return page;
}

int text_distance(const Fingerprint& a, const Fingerprint& b) {
  return std::popcount(a.text_sketch ^ b.text_sketch);
}

bool same_text(const Fingerprint& a, const Fingerprint& b) {
  if (!a.page_digest.empty() && a.page_digest == b.page_digest) return true;
  if (a.text_words == 0 || b.text_words == 0) return false;
  const auto [few, many] = std::minmax(a.text_words, b.text_words);
  return many <= 2 * few && text_distance(a, b) <= kSameText;
}

namespace {

Done read_phrases(const json::value& document, std::string_view key,
                  std::vector<std::string>& into) {
  const json::value* list = member(document, key);
  if (list == nullptr || !list->is_array())
    return fail(ErrorKind::invalid, "soft_gone.json has no list named " + std::string(key) + ".");
  for (const auto& phrase : list->get_array()) {
    if (!phrase.is_string() || phrase.get_string().size() < 4)
      return fail(ErrorKind::invalid,
                  "A phrase of soft_gone.json is no text of four bytes or more.");
    into.push_back(lower_ascii(phrase.get_string()));
  }
  return {};
}

bool any_at_top(const std::vector<std::string>& phrases, std::string_view title,
                std::string_view text) {
  const std::string top = lower_ascii(title) + "\n" + lower_ascii(clip_utf8(text, kPhraseBytesMax));
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](const std::string& phrase) { return top.find(phrase) != top.npos; });
}

}  // namespace

Result<RemovalPhrases> RemovalPhrases::parse(std::string_view text) {
  TRY(document, parse_json(text));
  RemovalPhrases phrases;
  TRY_DONE(read_phrases(document, "phrases", phrases.phrases_));
  if (member(document, "challenges") != nullptr)
    TRY_DONE(read_phrases(document, "challenges", phrases.challenges_));
  return phrases;
}

Result<RemovalPhrases> RemovalPhrases::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::not_found, "The file with the removal phrases cannot be read.");
  std::ostringstream text;
  text << file.rdbuf();
  return parse(text.str());
}

bool RemovalPhrases::found_in(std::string_view title, std::string_view text) const {
  return any_at_top(phrases_, title, text);
}

bool RemovalPhrases::challenge_in(std::string_view title, std::string_view text) const {
  return any_at_top(challenges_, title, text);
}

bool needs_canaries(const Judgement& judgement) {
  return is_gone(judgement.verdict) || judgement.verdict == Verdict::changed ||
         (judgement.verdict == Verdict::unknown && !judgement.ours);
}

Judgement judge(const Look& look, const std::optional<Fingerprint>& before,
                const RemovalPhrases& phrases) {
  if (!look.capture) return {Verdict::unknown, "jail_failed", false, true};
  Judgement judgement = judge_capture(look, before, phrases);
  if (is_gone(judgement.verdict))
    if (const auto place = judge_places(look, before)) judgement = *place;
  const bool at_home = judgement.verdict == Verdict::up || judgement.verdict == Verdict::blocked;
  if ((needs_canaries(judgement) || (look.hosting_moved && at_home)) &&
      look.canaries_answer == false)
    return {Verdict::unknown, "canaries_fail", false, true};
  // Seen from elsewhere it is there: they hide it from us, or our own network does.
  if (look.second == Verdict::up && judgement.verdict != Verdict::up)
    return {Verdict::blocked, "up_elsewhere"};
  // Silence says something about them only when something else has answered us.
  judgement.unreachable = judgement.unreachable && look.canaries_answer == true;
  if (look.hosting_moved && at_home) return {Verdict::moved, "hosting_changed"};
  return judgement;
}

}  // namespace hotline::takedown
