#include <gtest/gtest.h>

#include "appraise/session.h"
#include "crypto/random.h"
#include "testing/code_of.h"
#include "testing/manual_clock.h"

namespace avouch::appraise {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::code_of;

constexpr seconds kLifetime{300};

// A nonce of its own for each number, different in its first 8 octets as random ones are.
Buffer nonce(std::uint64_t number) {
  Buffer out(32, 0xaa);
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return out;
}

class SpentNoncesTest : public ::testing::Test {
 protected:
  Session session(Buffer nonce, seconds lifetime) const {
    return {std::move(nonce), "cca", clock_.now() + lifetime, clock_.uptime() + lifetime};
  }
  bool spend(std::uint64_t number) { return spent_->spend(session(nonce(number), kLifetime)).value(); }

  testing::ManualClock clock_;
  std::unique_ptr<SpentNonces> spent_ = make_spent_nonces_in_memory(clock_);
};

TEST_F(SpentNoncesTest, KnowsEachNonceForAsLongAsItsTicketCounts) {
  // One more every second for four lifetimes: at each moment all tickets of the last lifetime still count.
  constexpr std::uint64_t kEnd = 4 * kLifetime.count();
  for (std::uint64_t now = 0; now < kEnd; ++now) {
    ASSERT_TRUE(spend(now)) << now;
    const std::uint64_t oldest = now < kLifetime.count() ? 0 : now - kLifetime.count() + 1;
    for (const std::uint64_t older : {oldest, (oldest + now) / 2, now}) ASSERT_FALSE(spend(older)) << older << now;
    clock_.advance(seconds(1));
  }
}

TEST_F(SpentNoncesTest, KnowsANonceToTheLastMillisecond) {
  ASSERT_TRUE(spend(1));
  const Uptime end = clock_.uptime() + kLifetime;
  for (std::uint64_t other = 2; clock_.uptime() + seconds(50) < end; ++other) {
    clock_.advance(seconds(50));
    ASSERT_TRUE(spend(other));
  }
  clock_.advance(end - milliseconds(1) - clock_.uptime());
  EXPECT_FALSE(spend(1));
}

TEST_F(SpentNoncesTest, KnowsALongLivedNonceBesideShortLivedOnes) {
  ASSERT_TRUE(spent_->spend(session(nonce(1), seconds(1))).value());
  ASSERT_TRUE(spent_->spend(session(nonce(2), seconds(1'000))).value());
  for (std::uint64_t other = 3; other < 900; ++other) {
    ASSERT_TRUE(spent_->spend(session(nonce(other), seconds(1))).value());
    clock_.advance(seconds(1));
    ASSERT_FALSE(spent_->spend(session(nonce(2), seconds(1))).value()) << other;
  }
}

TEST_F(SpentNoncesTest, NeverForgetsBecauseTheTimeOfDayWasSet) {
  constexpr std::chrono::hours kYear{365 * 24};
  ASSERT_TRUE(spend(1));
  for (std::uint64_t other = 2; other < 20; ++other) {  // forward over the session's life and back, again and again
    clock_.jump(other % 2 == 0 ? kYear : -kYear);
    ASSERT_TRUE(spend(other));
    ASSERT_FALSE(spend(1)) << other;
  }
}

TEST_F(SpentNoncesTest, TellsRandomNoncesApart) {
  constexpr int kMany = 200'000;
  std::vector<Buffer> nonces;
  for (int i = 0; i < kMany; ++i) nonces.push_back(crypto::random_bytes(32));
  nonces.push_back(Buffer(32, 0));
  for (const Buffer& one : nonces) ASSERT_TRUE(spent_->spend(session(one, kLifetime)).value());
  for (const Buffer& one : nonces) ASSERT_FALSE(spent_->spend(session(one, kLifetime)).value());
}

// The bound is reached: better no session than a nonce that can be used again. After two lifetimes there is room again.
TEST_F(SpentNoncesTest, RefusesRatherThanForgets) {
  constexpr std::size_t kCountMax = 100'000;
  spent_ = make_spent_nonces_in_memory(clock_, kCountMax);
  for (std::uint64_t i = 0; i < kCountMax; ++i) ASSERT_TRUE(spend(i));
  const Result<bool> beyond = spent_->spend(session(nonce(kCountMax), kLifetime));
  EXPECT_EQ(code_of(beyond), "session.too-many");
  EXPECT_EQ(beyond.error().blame, Blame::kUnavailable);
  EXPECT_FALSE(spend(0));
  EXPECT_FALSE(spend(kCountMax - 1));
  clock_.advance(2 * kLifetime);
  EXPECT_TRUE(spend(kCountMax));
}

}  // namespace
}  // namespace avouch::appraise
