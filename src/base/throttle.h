// Throttle: what strangers cause, often enough to be seen and not often enough to fill a disk.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>

#include "base/clock.h"

namespace avouch {

// Thread safe.
class Throttle {
 public:
  explicit Throttle(std::size_t per_second) : per_second_(per_second) {}

  // Whether one more event may be shown in the second of `now`.
  bool admits(Instant now) {
    const std::scoped_lock lock(mutex_);
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second != second_) count_ = 0;
    second_ = second;
    return count_++ < per_second_;
  }

 private:
  const std::size_t per_second_;
  std::mutex mutex_;
  std::chrono::sys_seconds second_{};
  std::size_t count_ = 0;
};

}  // namespace avouch
