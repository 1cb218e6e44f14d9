#include "edge/http/work_pool.h"

#include <utility>

#include "base/thread_name.h"

namespace avouch::edge {

WorkPool::WorkPool(std::size_t worker_count, std::size_t queue_count) : queue_count_(queue_count) {
  workers_.reserve(worker_count);
  for (std::size_t i = 0; i < worker_count; ++i) workers_.emplace_back([this] { work(); });
}

bool WorkPool::submit(Job&& job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || waiting_.size() >= queue_count_) return false;
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void WorkPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) {
    if (worker.joinable()) worker.join();
  }
}

void WorkPool::clear() {
  const std::lock_guard lock(mutex_);
  waiting_.clear();
}

void WorkPool::work() {
  name_this_thread("worker");
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
      if (stopped_) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
    }
    job();
  }
}

}  // namespace avouch::edge
