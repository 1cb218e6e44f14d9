#include "dialect/kbs/attested_tokens.h"

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace avouch::dialect::kbs {
namespace {

using std::chrono::minutes;

Bytes nonce(const char* text) {
  return as_bytes(text);
}

TEST(AttestedTokens, FindsATokenByItsNonceUntilItsSessionEnds) {
  testing::ManualClock clock;
  AttestedTokens tokens(100, clock);
  tokens.remember(nonce("one"), "token one", clock.now() + minutes(5));
  EXPECT_EQ(tokens.find(nonce("one")), "token one");
  EXPECT_EQ(tokens.find(nonce("two")), std::nullopt);
  EXPECT_EQ(tokens.find(nonce("")), std::nullopt);
  clock.advance(minutes(5));
  EXPECT_EQ(tokens.find(nonce("one")), std::nullopt);
}

TEST(AttestedTokens, GivesEveryTokenBackAsItWas) {
  testing::ManualClock clock;
  AttestedTokens tokens(1'000, clock);
  const std::vector<std::string> all = {"aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl",
                                        "aGVhZGVy.b3RoZXI.c2lnbmF0dXJl",
                                        "b3RoZXI.cGF5bG9hZA.c2lnbmF0dXJl",
                                        "aGVhZGVy.no base64.c2lnbmF0dXJl",
                                        "..",
                                        ".a.",
                                        "a.b",
                                        "a.bb==.c",
                                        "a.YQ.b.YQ.c",
                                        ""};
  for (const std::string& token : all) tokens.remember(as_bytes(token), token, clock.now() + minutes(5));
  for (const std::string& token : all) EXPECT_EQ(tokens.find(as_bytes(token)), token) << token;
}

TEST(AttestedTokens, DropsTheOldestOnceItsOctetsAreUsedUp) {
  testing::ManualClock clock;
  AttestedTokens tokens(10, clock);
  tokens.remember(nonce("one"), "12345", clock.now() + minutes(5));
  tokens.remember(nonce("two"), "12345", clock.now() + minutes(5));
  EXPECT_TRUE(tokens.find(nonce("one")).has_value());
  tokens.remember(nonce("three"), "1", clock.now() + minutes(5));
  EXPECT_EQ(tokens.find(nonce("one")), std::nullopt);
  EXPECT_EQ(tokens.find(nonce("two")), "12345");
  EXPECT_EQ(tokens.find(nonce("three")), "1");
}

TEST(AttestedTokens, CountsANonceThatComesTwiceOnce) {
  testing::ManualClock clock;
  AttestedTokens tokens(10, clock);
  for (const char* token : {"first", "later"}) tokens.remember(nonce("one"), token, clock.now() + minutes(5));
  EXPECT_EQ(tokens.find(nonce("one")), "first");
  tokens.remember(nonce("two"), "12345", clock.now() + minutes(5));
  EXPECT_TRUE(tokens.find(nonce("one")).has_value()) << "its octets are counted once";
  tokens.remember(nonce("three"), "1234567890", clock.now() + minutes(5));
  EXPECT_EQ(tokens.find(nonce("three")), "1234567890");
}

TEST(AttestedTokens, KeepsNoTokenThatIsLargerThanAllItMayHold) {
  testing::ManualClock clock;
  AttestedTokens tokens(10, clock);
  tokens.remember(nonce("small"), "1", clock.now() + minutes(5));
  tokens.remember(nonce("large"), "12345678901", clock.now() + minutes(5));
  EXPECT_EQ(tokens.find(nonce("large")), std::nullopt);
  EXPECT_EQ(tokens.find(nonce("small")), "1") << "and it drives out no other";
}

TEST(AttestedTokens, HoldsTheNewestWhateverTheirSizes) {
  testing::ManualClock clock;
  AttestedTokens tokens(100, clock);
  std::vector<std::string> all;
  for (std::size_t i = 0; i < 2'000; ++i) {
    all.push_back(std::to_string(i) + std::string(i * 7 % 23, 'x'));
    tokens.remember(as_bytes(all.back()), all.back(), clock.now() + minutes(5));
    // The largest has 26 octets, so that the newest three fit, with a tail of the ring left empty.
    for (std::size_t back = 0; back < std::min<std::size_t>(3, all.size()); ++back) {
      const std::string& token = all[all.size() - 1 - back];
      ASSERT_EQ(tokens.find(as_bytes(token)), token) << i << ", " << back << " before";
    }
  }
  std::size_t held = 0;
  for (const std::string& token : all) {
    const std::optional<std::string> found = tokens.find(as_bytes(token));
    if (!found.has_value()) continue;
    EXPECT_EQ(found, token);
    held += token.size();
  }
  EXPECT_LE(held, 100U);
}

TEST(AttestedTokens, GivesTheRoomOfEndedSessionsToNewOnes) {
  testing::ManualClock clock;
  AttestedTokens tokens(10, clock);
  for (int i = 0; i < 1'000; ++i) {
    tokens.remember(nonce(std::to_string(i).c_str()), "1234567890", clock.now() + minutes(1));
    EXPECT_TRUE(tokens.find(nonce(std::to_string(i).c_str())).has_value()) << i;
    clock.advance(minutes(1));
  }
}

}  // namespace
}  // namespace avouch::dialect::kbs
