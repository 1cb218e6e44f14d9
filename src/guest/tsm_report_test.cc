// What can be tested without a kernel that has the interface. cmd/avouch/realm_guest_test.cc reads real reports.
#include "guest/tsm_report.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace avouch::guest {
namespace {

class Folder {
 public:
  Folder() : path_("/tmp/avouch-tsm-test-XXXXXX") { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  bool empty() const { return std::filesystem::is_empty(path_); }

 private:
  std::string path_;
};

const Buffer kInblob(64, 1);

TEST(TsmReport, SaysThatThereIsNoInterface) {
  EXPECT_STREQ(tsm_provider("/nonexistent/report").error().code, "guest.tsm.absent");
  EXPECT_STREQ(read_tsm_report("/nonexistent/report", kInblob).error().code, "guest.tsm.absent");
  EXPECT_STREQ(tsm_provider("/etc/passwd").error().code, "guest.tsm.absent");
}

TEST(TsmReport, SaysThatItMayNot) {
  EXPECT_STREQ(tsm_provider("/sys/kernel").error().code, "guest.tsm.denied");
  EXPECT_STREQ(read_tsm_report("/sys/kernel", kInblob).error().code, "guest.tsm.denied");
}

TEST(TsmReport, LeavesNoEntryBehindWhenAStepFails) {
  const Folder ordinary;  // where no attributes appear
  EXPECT_STREQ(tsm_provider(ordinary.path()).error().code, "guest.tsm.failed");
  EXPECT_TRUE(ordinary.empty());
  EXPECT_STREQ(read_tsm_report(ordinary.path(), kInblob).error().code, "guest.tsm.failed");
  EXPECT_TRUE(ordinary.empty());
}

TEST(TsmReport, RefusesReportDataOfAWrongLengthBeforeItMakesAnEntry) {
  EXPECT_STREQ(read_tsm_report("/nonexistent", {}).error().code, "guest.report-data");
  EXPECT_STREQ(read_tsm_report("/nonexistent", Buffer(65, 1)).error().code, "guest.report-data");
}

}  // namespace
}  // namespace avouch::guest
