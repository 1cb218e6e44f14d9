// How long a writer waits for another process that is writing, and how it waits: sleeping, a little longer each time.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace avouch::store {

inline constexpr std::chrono::seconds kWriterWait{3};             // Some thousand fsyncs of a slow disk.
inline constexpr std::chrono::microseconds kShortestPause{100};   // About one fsync of a fast disk.
inline constexpr std::chrono::microseconds kLongestPause{2'000};  // Short, or a busy neighbour would starve us.
inline constexpr int kPauses = static_cast<int>(kWriterWait / kLongestPause);

// Sleeps before try number `attempt`, counted from 0. False: waited long enough, give up.
inline bool pause_before_retry(int attempt) {
  if (attempt >= kPauses) return false;
  std::this_thread::sleep_for(std::min(kShortestPause * (attempt + 1), kLongestPause));
  return true;
}

}  // namespace avouch::store
