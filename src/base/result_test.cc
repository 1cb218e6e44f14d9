#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace avouch {
namespace {

Result<int> half(int value) {
  ENSURE(value % 2 == 0, Error{Blame::kRequest, "half.odd", std::to_string(value)});
  return value / 2;
}
Result<int> quarter(int value) {
  const int halved = TRY(half(value));
  return half(halved);
}
Status must_be_even(int value, bool& reached_end) {
  TRY(half(value));
  reached_end = true;
  return ok();
}
Result<std::unique_ptr<int>> boxed(int value) {
  std::unique_ptr<int> box = TRY(Result<std::unique_ptr<int>>(std::make_unique<int>(value)));
  return box;
}

TEST(Result, TryGivesTheValueOrReturnsTheError) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).error().detail, "3");
  const Result<int> refused = quarter(3);
  ASSERT_FALSE(refused.has_value());
  EXPECT_STREQ(refused.error().code, "half.odd");
  EXPECT_EQ(refused.error().blame, Blame::kRequest);
  EXPECT_EQ(refused.error().detail, "3");
}

TEST(Result, TryLeavesTheFunctionAtOnce) {
  bool reached_end = false;
  EXPECT_FALSE(must_be_even(1, reached_end).has_value());
  EXPECT_FALSE(reached_end);
  EXPECT_TRUE(must_be_even(2, reached_end).has_value());
  EXPECT_TRUE(reached_end);
}

TEST(Result, CarriesWhatCanOnlyBeMoved) {
  EXPECT_EQ(**boxed(7), 7);
}

TEST(Blame, HasADistinctNameEach) {
  std::set<std::string> names;
  for (const Blame blame : {Blame::kEvidence, Blame::kRequest, Blame::kPolicy, Blame::kUnavailable, Blame::kInternal}) {
    EXPECT_TRUE(names.insert(to_string(blame)).second);
  }
}

}  // namespace
}  // namespace avouch
