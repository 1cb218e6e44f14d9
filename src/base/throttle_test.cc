#include "base/throttle.h"

#include <gtest/gtest.h>

namespace avouch {
namespace {

TEST(Throttle, AdmitsSoManyInEachSecondAndNoMore) {
  Throttle throttle(3);
  const Instant start = from_unix_seconds(1'700'000'000);
  for (int second = 0; second < 3; ++second) {
    for (int i = 0; i < 10; ++i) {
      const Instant now = start + std::chrono::seconds(second) + std::chrono::milliseconds(50 * i);
      EXPECT_EQ(throttle.admits(now), i < 3) << second << " " << i;
    }
  }
}

TEST(Throttle, AdmitsAgainAfterTheClockWasSetBack) {
  Throttle throttle(1);
  EXPECT_TRUE(throttle.admits(from_unix_seconds(1'700'000'000)));
  EXPECT_FALSE(throttle.admits(from_unix_seconds(1'700'000'000)));
  EXPECT_TRUE(throttle.admits(from_unix_seconds(1'600'000'000)));
}

}  // namespace
}  // namespace avouch
