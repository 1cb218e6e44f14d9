#include "base/clock.h"

#include <gtest/gtest.h>

#include <limits>

namespace avouch {
namespace {

using std::chrono::milliseconds;

TEST(Clock, WritesDatesAsTheRfcsDo) {
  const Instant instant = from_unix_seconds(784'111'777);  // the example of RFC 9110 section 5.6.7
  EXPECT_EQ(to_http_date(instant), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(to_rfc3339(instant), "1994-11-06T08:49:37Z");
  EXPECT_EQ(to_rfc3339(from_unix_seconds(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(from_unix_seconds(1'709'164'800)), "2024-02-29T00:00:00Z");
}

TEST(Clock, RoundsToTheSecondBefore) {
  EXPECT_EQ(to_unix_seconds(from_unix_seconds(10) + milliseconds(999)), 10);
  EXPECT_EQ(to_unix_seconds(from_unix_seconds(-10) - milliseconds(1)), -11);
  EXPECT_EQ(to_rfc3339(from_unix_seconds(-1)), "1969-12-31T23:59:59Z");
}

// A token's `exp` is any number that its maker likes; it must not turn from the far future into the past.
TEST(Clock, KeepsAbsurdTimesInOrder) {
  const Instant latest = from_unix_seconds(std::numeric_limits<std::int64_t>::max());
  const Instant earliest = from_unix_seconds(std::numeric_limits<std::int64_t>::min());
  EXPECT_GT(latest, from_unix_seconds(4'000'000'000));
  EXPECT_LT(earliest, from_unix_seconds(-4'000'000'000));
  EXPECT_GE(latest, from_unix_seconds(std::numeric_limits<std::int64_t>::max() / 1000));
}

TEST(SystemClock, MovesOn) {
  const SystemClock clock;
  EXPECT_GT(clock.now(), from_unix_seconds(1'700'000'000));
  EXPECT_LE(clock.now(), clock.now());
}

}  // namespace
}  // namespace avouch
