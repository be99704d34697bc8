#include "http/fair_queue.h"

#include <algorithm>

namespace hotline::http {

FairQueue::FairQueue(int threads) {
  for (int i = 0; i < std::max(1, threads); ++i) threads_.emplace_back([this] { run(); });
}

FairQueue::~FairQueue() {
  join();
}

void FairQueue::post(std::uint64_t source, Work work) {
  {
    const std::lock_guard guard(lock_);
    auto& line = lines_[source];
    if (line.empty()) turns_.push_back(source);
    line.push_back(std::move(work));
  }
  changed_.notify_one();
}

void FairQueue::join() {
  {
    const std::lock_guard guard(lock_);
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

void FairQueue::run() {
  std::unique_lock guard(lock_);
  while (true) {
    changed_.wait(guard, [this] { return ending_ || !turns_.empty(); });
    if (turns_.empty()) return;
    const auto source = turns_.front();
    turns_.pop_front();
    const auto line = lines_.find(source);
    Work work = std::move(line->second.front());
    line->second.pop_front();
    if (line->second.empty())
      lines_.erase(line);
    else
      turns_.push_back(source);
    guard.unlock();
    work();
    work = nullptr;
    guard.lock();
  }
}

}  // namespace hotline::http
