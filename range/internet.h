// Internet: the range's namespace and the servers that run in it.
//
// One child process becomes the first process of its own network and process
// namespace (and user namespace, where we are not root). It puts the documentation
// networks on its loopback and starts nginx, Knot DNS, the mail server and the
// registry. When it dies, for whatever reason, the kernel ends everything in there
// with it: nothing is left over. Nothing outside can reach in or be reached.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "range/world.h"

namespace hotline::range {

class Internet {
 public:
  /// Starts everything and waits until every server answers. The folder holds the content and
  /// the zones already. Must be called before this process has threads.
  /// Error `unavailable` names the server that did not come up.
  [[nodiscard]] static Result<Internet> start(const World& world, const std::string& dir,
                                              double speed);

  Internet(Internet&& other) noexcept : first_(other.first_) { other.first_ = -1; }
  Internet& operator=(Internet&&) = delete;
  /// Ends all servers, and waits.
  ~Internet();

  [[nodiscard]] pid_t pid() const { return first_; }
  /// False once a server or the namespace's first process has ended.
  [[nodiscard]] bool alive() const;
  /// The name server reads its zones again.
  void reload_names() const;

 private:
  explicit Internet(pid_t first) : first_(first) {}
  mutable pid_t first_;
};

/// Replaces this process by `program`, inside the namespaces of the process `pid`.
/// Returns only on trouble.
[[nodiscard]] Error run_inside(pid_t pid, const std::vector<std::string>& program);

}  // namespace hotline::range
