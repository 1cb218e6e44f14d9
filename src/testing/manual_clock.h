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
  Uptime uptime() const override { return Uptime(milliseconds_.load() - jumped_.load()); }
  void advance(std::chrono::milliseconds time) { milliseconds_ += time.count(); }
  void set(Instant instant) { milliseconds_ = instant.time_since_epoch().count(); }
  // Somebody sets the time of day, forward or back, and no time has passed.
  void jump(std::chrono::milliseconds time) {
    milliseconds_ += time.count();
    jumped_ += time.count();
  }

 private:
  std::atomic<std::int64_t> jumped_{0};
  std::atomic<std::int64_t> milliseconds_{1'800'000'000'000};  // 2027-01-15T08:00:00Z
};

}  // namespace avouch::testing
