#include "dialect/veraison/sessions.h"

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace avouch::dialect::veraison {
namespace {

constexpr std::size_t kRoom = 64 * 1024;

class SubmittedSessionsTest : public ::testing::Test {
 protected:
  static Buffer nonce(std::uint8_t number) { return Buffer(32, number); }
  bool begin(std::uint8_t number, std::size_t size_bytes = 1'000) {
    return sessions_.begin(nonce(number), clock_.now() + std::chrono::seconds(150),
                           {State::kProcessing, "a/b", Buffer(size_bytes, number), ""});
  }
  avouch::testing::ManualClock clock_;
  SubmittedSessions sessions_{kRoom, clock_};
};

TEST_F(SubmittedSessionsTest, KeepTheFirstEvidenceAndItsResult) {
  EXPECT_TRUE(begin(1));
  EXPECT_FALSE(begin(1, 5));
  EXPECT_EQ(sessions_.find(nonce(1))->state, State::kProcessing);
  sessions_.finish(nonce(1), State::kComplete, "token");
  EXPECT_EQ(sessions_.find(nonce(1))->state, State::kComplete);
  EXPECT_EQ(sessions_.find(nonce(1))->result, "token");
  EXPECT_EQ(sessions_.find(nonce(1))->evidence.size(), 1'000U);
  EXPECT_FALSE(sessions_.find(nonce(2)).has_value());
}

TEST_F(SubmittedSessionsTest, ForgetTheOldestForWantOfRoom) {
  for (std::uint8_t number = 0; number < 200; ++number) EXPECT_TRUE(begin(number));
  EXPECT_FALSE(sessions_.find(nonce(0)).has_value());
  EXPECT_TRUE(sessions_.find(nonce(199)).has_value());
  std::size_t kept_count = 0;
  for (std::uint8_t number = 0; number < 200; ++number) kept_count += sessions_.find(nonce(number)).has_value();
  EXPECT_LE(kept_count * 1'000, kRoom);
  EXPECT_GE(kept_count, 30U);
}

TEST_F(SubmittedSessionsTest, CountResultsToo) {
  for (std::uint8_t number = 0; number < 20; ++number) {
    begin(number);
    sessions_.finish(nonce(number), State::kComplete, std::string(10'000, 'x'));
  }
  EXPECT_FALSE(sessions_.find(nonce(13)).has_value());
  EXPECT_TRUE(sessions_.find(nonce(19)).has_value());
}

TEST_F(SubmittedSessionsTest, HoldNothingThatIsLargerThanTheirRoom) {
  EXPECT_TRUE(begin(1));
  EXPECT_TRUE(begin(2, kRoom));
  EXPECT_FALSE(sessions_.find(nonce(2)).has_value());
  sessions_.finish(nonce(2), State::kComplete, "late");  // finds nothing to finish
  EXPECT_TRUE(begin(3));
}

TEST_F(SubmittedSessionsTest, ForgetWhatExpired) {
  begin(1);
  clock_.advance(std::chrono::minutes(3));
  begin(2);
  EXPECT_FALSE(sessions_.find(nonce(1)).has_value());
  EXPECT_TRUE(sessions_.find(nonce(2)).has_value());
}

TEST_F(SubmittedSessionsTest, EraseOnce) {
  begin(1);
  EXPECT_TRUE(sessions_.erase(nonce(1)));
  EXPECT_FALSE(sessions_.erase(nonce(1)));
  EXPECT_FALSE(sessions_.find(nonce(1)).has_value());
  for (std::uint8_t number = 2; number < 200; ++number) {  // what is erased takes no room
    begin(number);
    EXPECT_TRUE(sessions_.erase(nonce(number)));
  }
  EXPECT_TRUE(begin(1));
}

}  // namespace
}  // namespace avouch::dialect::veraison
