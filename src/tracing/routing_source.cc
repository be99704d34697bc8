#include "tracing/routing_source.h"

#include <sys/stat.h>

namespace hotline::tracing {

std::shared_ptr<const RoutingTable> RoutingSource::current() const {
  const std::lock_guard lock(mutex_);
  struct stat found{};
  if (path_.empty() || ::stat(path_.c_str(), &found) != 0) return table_ = nullptr;
  const auto changed = static_cast<std::uint64_t>(found.st_mtim.tv_sec) * 1'000'000'000u +
                       static_cast<std::uint64_t>(found.st_mtim.tv_nsec);
  if (found.st_ino == file_ && changed == changed_) return table_;
  file_ = found.st_ino;
  changed_ = changed;
  auto opened = RoutingTable::open(path_);
  table_ = opened ? std::shared_ptr<const RoutingTable>(*std::move(opened)) : nullptr;
  return table_;
}

}  // namespace hotline::tracing
