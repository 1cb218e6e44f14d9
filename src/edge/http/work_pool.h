// A fixed number of threads and a bounded queue of what they have to do.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace avouch::edge {

class WorkPool {
 public:
  using Job = std::function<void()>;  // must not throw

  WorkPool(std::size_t worker_count, std::size_t queue_count);
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;
  ~WorkPool() { stop(); }

  // Hands a job to the workers; false, and the job is untouched, if the queue is full or the pool stopped.
  bool submit(Job&& job);

  void stop();   // waits for the running jobs; those in the queue are not begun
  void clear();  // destroys those, and with them whatever they hold; after stop()

 private:
  void work();

  const std::size_t queue_count_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  bool stopped_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace avouch::edge
