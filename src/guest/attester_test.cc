#include "guest/attester.h"

#include <gtest/gtest.h>

namespace avouch::guest {
namespace {

const char* code_of(const DetectOptions& options) {
  const auto attester = detect(options);
  return attester.has_value() ? "" : attester.error().code;
}

TEST(Attester, WithoutATeeSaysWhatItLookedForAndWhatToDo) {
  const auto attester = detect({.tsm_root = "/nonexistent/report"});
  ASSERT_FALSE(attester.has_value());
  EXPECT_STREQ(attester.error().code, "guest.no-tee");
  EXPECT_EQ(attester.error().blame, Blame::kUnavailable);
  for (const char* part : {"/nonexistent/report", "arm_cca_guest", "modprobe", "avouch realm run"}) {
    EXPECT_NE(attester.error().detail.find(part), std::string::npos) << part;
  }
}

TEST(Attester, IsTheSampleOnlyWhereThereIsNoTeeAndSomebodyAsked) {
  const auto attester = detect({.tsm_root = "/nonexistent/report", .allow_sample = true});
  ASSERT_TRUE(attester.has_value());
  EXPECT_EQ((*attester)->tee(), "sample");
}

TEST(Attester, ATeeThatCannotBeUsedIsNeverTakenForNone) {
  EXPECT_STREQ(code_of({.tsm_root = "/sys/kernel", .allow_sample = true}), "guest.tsm.denied");
  EXPECT_STREQ(code_of({.tsm_root = "/tmp", .allow_sample = true}), "guest.tsm.failed");
}

TEST(Attester, SampleEvidenceHasTheFormOfThePeers) {
  const auto attester = detect({.tsm_root = "/nonexistent/report", .allow_sample = true});
  ASSERT_TRUE(attester.has_value());
  const Result<Json> evidence = (*attester)->evidence(as_bytes("challenge"));
  ASSERT_TRUE(evidence.has_value());
  EXPECT_EQ(to_text(*evidence), R"({"svn":"1","report_data":"Y2hhbGxlbmdl"})");
}

TEST(Attester, RefusesReportDataOfAWrongLength) {
  const auto attester = detect({.tsm_root = "/nonexistent/report", .allow_sample = true});
  ASSERT_TRUE(attester.has_value());
  EXPECT_STREQ((*attester)->evidence({}).error().code, "guest.report-data");
  EXPECT_STREQ((*attester)->evidence(Buffer(65, 1)).error().code, "guest.report-data");
  EXPECT_TRUE((*attester)->evidence(Buffer(64, 1)).has_value());
}

}  // namespace
}  // namespace avouch::guest
