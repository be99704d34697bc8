#include "web/portal_sources.h"

namespace hotline::web {

namespace {

/// More networks than this at once are no people; all of them begin anew.
constexpr std::size_t kSourcesMax = 1'000'000;

}  // namespace

intake::Lane PortalSources::lane(std::uint64_t source, Instant now) {
  const std::lock_guard guard(lock_);
  if (const auto hour = whole_hour(now); hour != hour_ || counts_.size() > kSourcesMax) {
    counts_.clear();
    hour_ = hour;
  }
  int& count = counts_[source];
  if (count >= kShare) return intake::Lane::late;
  ++count;
  return intake::Lane::first;
}

}  // namespace hotline::web
