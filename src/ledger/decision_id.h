// Ids of decisions: each sorts after all that were made before it, so that "the last" and "the oldest" mean what they
// say even after somebody has set the clock back.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace avouch::ledger {

// What ten digits of base 32 can count to.
inline constexpr std::int64_t kLastDecisionMillisecond = (std::int64_t{1} << 50) - 1;

// The least id of a moment: what it stands before was made then, or later.
std::string first_decision_id(Instant at);

class DecisionIds {
 public:
  // 18 digits of Crockford's base 32: 10 of milliseconds since 1970, 8 random ones. While the clock stands still or
  // behind, each follows the one before by a random step: replicas that go on after the same id do not meet.
  std::string next(Instant now);
  // Lets those to come sort after `id`, which another process has made. No effect if it is none.
  void continue_after(std::string_view id);

 private:
  std::mutex mutex_;
  std::string last_;
};

}  // namespace avouch::ledger
