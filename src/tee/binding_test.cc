#include "tee/binding.h"

#include <gtest/gtest.h>

namespace avouch::tee {
namespace {

const NotDemanded kNotDemanded{"not in this test"};

TEST(Binding, RefusesEmptyOrOverlongReportData) {
  EXPECT_STREQ(Binding::make(Buffer{}, kNotDemanded).error().code, "binding.report-data");
  EXPECT_STREQ(Binding::make(Buffer(65), kNotDemanded).error().code, "binding.report-data");
  EXPECT_EQ(Binding::make(Buffer(65), kNotDemanded).error().blame, Blame::kInternal);
  EXPECT_TRUE(Binding::make(Buffer(1), kNotDemanded).has_value());
  EXPECT_TRUE(Binding::make(Buffer(64), kNotDemanded).has_value());
}

TEST(Binding, ShowsWhatIsDemandedAndNothingElse) {
  const Binding both = Binding::make(Buffer(48, 1), Buffer(32, 2)).value();
  EXPECT_EQ(*both.report_data(), Buffer(48, 1));
  EXPECT_EQ(*both.init_data(), Buffer(32, 2));
  const Binding none = Binding::make(kNotDemanded, kNotDemanded).value();
  EXPECT_EQ(none.report_data(), nullptr);
  EXPECT_EQ(none.init_data(), nullptr);
}

TEST(ZeroPadded, FillsUpAndNeverCuts) {
  Buffer expected(64, 0);
  expected[0] = expected[1] = 9;
  EXPECT_EQ(zero_padded(Buffer(2, 9), 64).value(), expected);
  EXPECT_EQ(zero_padded(Buffer(64, 9), 64).value(), Buffer(64, 9));
  EXPECT_EQ(zero_padded(Buffer{}, 2).value(), Buffer(2, 0));
  EXPECT_STREQ(zero_padded(Buffer(65, 9), 64).error().code, "binding.too-long");
}

}  // namespace
}  // namespace avouch::tee
