// RoutingSource: the routing table as it is now; an import replaces it under a running worker.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "tracing/routing_table.h"

namespace hotline::tracing {

/// Safe to use from several threads.
class RoutingSource {
 public:
  explicit RoutingSource(std::string path) : path_(std::move(path)) {}
  /// Opened again when another file lies there; null while there is none or it is damaged.
  [[nodiscard]] std::shared_ptr<const RoutingTable> current() const;

 private:
  std::string path_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const RoutingTable> table_;
  mutable std::uint64_t file_ = 0, changed_ = 0;
};

}  // namespace hotline::tracing
