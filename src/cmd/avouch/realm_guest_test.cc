// The guest's code (guest/) against a mounted tree: the same calls that it makes to a kernel.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "cmd/avouch/realm_testing.h"
#include "guest/attester.h"
#include "guest/tsm_report.h"

namespace avouch::cmd {
namespace {

Result<Buffer> echo(Bytes challenge) {
  return to_buffer(challenge);
}

bool no_entry_is_left() {
  return std::filesystem::is_empty(kTsmReportPath);
}

TEST(GuestInARealm, IsCcaAndItsEvidenceIsATokenOverThePaddedReportData) {
  TsmTree tree(echo);
  EXPECT_PASSES_IN_TREE(tree, [] {
    const auto attester = guest::detect({});
    REQUIRE_IN_REALM(attester.has_value() && (*attester)->tee() == "cca");
    REQUIRE_IN_REALM(no_entry_is_left());
    const Result<Json> evidence = (*attester)->evidence(Buffer(48, 7));
    Json::Array expected(48, Json(7));
    expected.resize(64, Json(0));
    REQUIRE_IN_REALM(evidence.has_value() && *evidence == Json::object({{"token", expected}}));
    REQUIRE_IN_REALM(no_entry_is_left());
    return 0;
  });
}

TEST(GuestInARealm, IsCcaAlsoWhereSomebodyWouldTakeASample) {
  TsmTree tree(echo);
  EXPECT_PASSES_IN_TREE(tree, [] {
    const auto attester = guest::detect({.allow_sample = true});
    REQUIRE_IN_REALM(attester.has_value() && (*attester)->tee() == "cca");
    return 0;
  });
}

TEST(GuestInARealm, RefusesReportDataOfAWrongLength) {
  TsmTree tree(echo);
  EXPECT_PASSES_IN_TREE(tree, [] {
    const auto attester = guest::detect({});
    REQUIRE_IN_REALM(attester.has_value());
    for (const std::size_t length : {0U, 65U}) {
      const Result<Json> evidence = (*attester)->evidence(Buffer(length, 7));
      REQUIRE_IN_REALM(!evidence.has_value() && std::strcmp(evidence.error().code, "guest.report-data") == 0);
    }
    return 0;
  });
}

TEST(GuestInARealm, DoesNotTakeAnUnknownProviderForCca) {
  TsmTree tree(echo, "tdx_guest");
  EXPECT_PASSES_IN_TREE(tree, [] {
    const auto attester = guest::detect({});
    REQUIRE_IN_REALM(!attester.has_value() && std::strcmp(attester.error().code, "guest.no-tee") == 0);
    REQUIRE_IN_REALM(attester.error().detail.find("tdx_guest") != std::string::npos);
    return 0;
  });
}

TEST(GuestInARealm, GetsTheProviderAndTheReport) {
  TsmTree tree(echo);
  EXPECT_PASSES_IN_TREE(tree, [] {
    const auto report = guest::read_tsm_report(kTsmReportPath, Buffer(64, 9));
    REQUIRE_IN_REALM(report.has_value());
    REQUIRE_IN_REALM(report->provider == "arm_cca_guest" && report->outblob == Buffer(64, 9));
    return 0;
  });
}

TEST(GuestInARealm, FailsWithTheKernelAndLeavesNoEntry) {
  TsmTree tree([](Bytes) -> Result<Buffer> { return Error{Blame::kInternal, "test.mint", ""}; });
  EXPECT_PASSES_IN_TREE(tree, [] {
    const auto failed = guest::read_tsm_report(kTsmReportPath, Buffer(64, 9));
    REQUIRE_IN_REALM(!failed.has_value() && std::strcmp(failed.error().code, "guest.tsm.failed") == 0);
    const auto refused = guest::read_tsm_report(kTsmReportPath, Buffer(31, 9));
    REQUIRE_IN_REALM(!refused.has_value() && std::strcmp(refused.error().code, "guest.tsm.failed") == 0);
    REQUIRE_IN_REALM(no_entry_is_left());
    return 0;
  });
}

TEST(GuestInARealm, RefusesAnEmptyReport) {
  TsmTree tree([](Bytes) -> Result<Buffer> { return Buffer{}; });
  EXPECT_PASSES_IN_TREE(tree, [] {
    const auto report = guest::read_tsm_report(kTsmReportPath, Buffer(64, 9));
    REQUIRE_IN_REALM(!report.has_value() && std::strcmp(report.error().code, "guest.tsm.failed") == 0);
    return 0;
  });
}

TEST(GuestInARealm, NoticesThatSomebodyElseWroteToItsEntry) {
  TsmTree* self = nullptr;
  TsmTree tree([&](Bytes challenge) -> Result<Buffer> {
    const TsmTree::Node entry = self->list(TsmTree::kRoot)->front().node;
    const auto file = self->open(self->lookup(entry, "privlevel").value(), O_WRONLY);
    if (!self->write(file.value(), 0, as_bytes("0")).has_value()) return Error{Blame::kInternal, "test.mint", ""};
    return to_buffer(challenge);
  });
  self = &tree;
  EXPECT_PASSES_IN_TREE(tree, [] {
    const auto report = guest::read_tsm_report(kTsmReportPath, Buffer(64, 9));
    REQUIRE_IN_REALM(!report.has_value() && std::strcmp(report.error().code, "guest.tsm.contended") == 0);
    REQUIRE_IN_REALM(no_entry_is_left());
    return 0;
  });
}

TEST(GuestInARealm, ManyProcessesAskAtOnce) {
  TsmTree tree(echo);
  EXPECT_PASSES_IN_TREE(tree, [] {
    constexpr int kProcesses = 8, kReports = 20;
    pid_t children[kProcesses];
    for (int i = 0; i < kProcesses; ++i) {
      children[i] = ::fork();
      if (children[i] != 0) continue;
      for (int j = 0; j < kReports; ++j) {
        const Buffer inblob(64, static_cast<std::uint8_t>(i * kReports + j));
        const auto report = guest::read_tsm_report(kTsmReportPath, inblob);
        if (!report.has_value() || report->outblob != inblob) ::_exit(1);
      }
      ::_exit(0);
    }
    int failures = 0;
    for (const pid_t child : children) failures += exit_code_of(child) == 0 ? 0 : 1;
    REQUIRE_IN_REALM(failures == 0);
    REQUIRE_IN_REALM(no_entry_is_left());
    return 0;
  });
}

}  // namespace
}  // namespace avouch::cmd
