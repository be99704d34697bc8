// The fair queue: whoever asks for much waits for themselves, not others for them.
//
// Work waits in one line for each source and is taken from the lines in turn, so
// that a source with a thousand requests delays another one's first by one piece
// of work. A source is a number that means nothing (source.h); 0 is a line like
// any other.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace hotline::http {

class FairQueue {
 public:
  using Work = std::move_only_function<void()>;

  explicit FairQueue(int threads);
  /// Does what waits, then ends.
  ~FairQueue();
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  void post(std::uint64_t source, Work work);
  /// Takes nothing new; gives when everything that waits is done.
  void join();

 private:
  void run();

  std::mutex lock_;
  std::condition_variable changed_;
  std::unordered_map<std::uint64_t, std::deque<Work>> lines_;
  std::deque<std::uint64_t> turns_;  ///< Every source that has a line, once.
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace hotline::http
