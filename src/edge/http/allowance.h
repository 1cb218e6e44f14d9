// How often something may happen: at first in a burst, then at a rate.
#pragma once

#include <algorithm>
#include <chrono>

namespace avouch::edge {

class Allowance {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Allowance(double burst, double per_second) : burst_(burst), per_second_(per_second), left_(burst) {}

  // Uses one up; false when none is left.
  bool take(Time now) {
    if (last_ != Time()) {
      const double seconds = std::chrono::duration<double>(now - last_).count();
      left_ = std::min(burst_, left_ + std::max(seconds, 0.0) * per_second_);
    }
    last_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }
  void give(double count) { left_ = std::min(burst_, left_ + count); }

 private:
  double burst_;
  double per_second_;
  double left_;
  Time last_;
};

}  // namespace avouch::edge
