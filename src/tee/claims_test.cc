#include "tee/claims.h"

#include <gtest/gtest.h>

namespace avouch::tee {
namespace {

TEST(Claims, NamesReferenceStates) {
  EXPECT_STREQ(to_string(ReferenceState::kMissing), "missing");
  EXPECT_STREQ(to_string(ReferenceState::kMismatched), "mismatched");
  EXPECT_STREQ(to_string(ReferenceState::kMatched), "matched");
}

TEST(Claims, NameAComparisonWithATrustAnchorSoThatItsKeyIsFoundAgain) {
  EXPECT_EQ(trust_anchor_name("quorum", "0a/0b"), "quorum.trust-anchor/0a/0b");
  EXPECT_EQ(trust_anchor_of("quorum.trust-anchor/0a/0b"), "0a/0b");
  for (const char* name : {"", "quorum.platform/0a", "session/report-data", "trust-anchor/0a"}) {
    EXPECT_EQ(trust_anchor_of(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace avouch::tee
