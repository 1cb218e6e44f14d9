// A clock that stands still until a test turns it.
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace avouch::testing {

class ManualClock final : public Clock {
 public:
  ManualClock() = default;
  explicit ManualClock(Instant start) : milliseconds_(start.time_since_epoch().count()) {}
  Instant now() const override { return Instant(std::chrono::milliseconds(milliseconds_.load())); }
  void advance(std::chrono::milliseconds time) { milliseconds_ += time.count(); }
  void set(Instant instant) { milliseconds_ = instant.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> milliseconds_{1'800'000'000'000};  // 2027-01-15T08:00:00Z
};

}  // namespace avouch::testing
