#include "crypto/random.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace avouch::crypto {
namespace {

TEST(Random, GivesTheLengthAskedForAndNeverTheSameTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const Buffer drawn = random_bytes(16);
    EXPECT_EQ(drawn.size(), 16u);
    EXPECT_TRUE(seen.insert(std::string(as_text(drawn))).second);
  }
  EXPECT_TRUE(random_bytes(0).empty());
}

TEST(Random, FillsEveryOctetOfAnArray) {
  std::array<bool, 64> changed{};
  for (int i = 0; i < 64; ++i) {
    const std::array<std::uint8_t, 64> drawn = random_array<64>();
    for (std::size_t at = 0; at < drawn.size(); ++at) changed[at] = changed[at] || drawn[at] != 0;
  }
  for (const bool octet_changed : changed) EXPECT_TRUE(octet_changed);
}

}  // namespace
}  // namespace avouch::crypto
