#include "tee/claims.h"

#include <gtest/gtest.h>

namespace avouch::tee {
namespace {

TEST(Claims, NamesReferenceStates) {
  EXPECT_STREQ(to_string(ReferenceState::kMissing), "missing");
  EXPECT_STREQ(to_string(ReferenceState::kMismatched), "mismatched");
  EXPECT_STREQ(to_string(ReferenceState::kMatched), "matched");
}

}  // namespace
}  // namespace avouch::tee
