#include "tee/sample/room.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "codec/base64.h"
#include "tee/sample/evidence.h"
#include "testing/vectors.h"

namespace avouch::tee::sample {
namespace {

const Buffer kReportData(48, 0x5a);
const NotDemanded kNotDemanded{"not in this test"};

std::string evidence_of(Bytes report_data) {
  return encode({"7", to_buffer(report_data)});
}

Result<Claims> verify(std::string_view evidence, const Binding& binding) {
  return make_room()->verify(as_bytes(evidence), binding, Collateral{}, Instant{});
}

std::string code_of(std::string_view evidence) {
  const Result<Claims> claims = verify(evidence, Binding::make(kReportData, kNotDemanded).value());
  return claims.has_value() ? "" : claims.error().code;
}

TEST(SampleRoom, SaysWhatThePeerSays) {
  const Claims claims = verify(evidence_of(kReportData), Binding::make(kReportData, kNotDemanded).value()).value();
  EXPECT_EQ(claims.tee, "sample");
  EXPECT_EQ(claims.submod, "cpu");
  EXPECT_EQ(to_text(claims.evidence),
            R"({"svn":"7","launch_digest":"abcde","platform_version":{"major":1,"minor":4},"debug":false})");
  EXPECT_EQ(claims.report_data, Json(codec::to_base64(kReportData)));
  EXPECT_TRUE(claims.init_data.is_null());
}

TEST(SampleRoom, ClaimsAreThoseOfARecordedToken) {
  NEEDS_VECTORS();
  const Json recorded = parse_json(testing::vector_text("trustee/ear/ear1.decoded.json")).value();
  const std::string evidence = encode({"1", kReportData});
  const Claims claims = verify(evidence, Binding::make(kReportData, kNotDemanded).value()).value();
  EXPECT_EQ(claims.evidence, *recorded.at("/claims/submods/cpu0/ear.veraison.annotated-evidence/sample"));
}

TEST(SampleRoom, RepeatsTheExpectedInitData) {
  const Claims claims = verify(evidence_of(kReportData), Binding::make(kReportData, Buffer(32, 1)).value()).value();
  EXPECT_EQ(claims.init_data, Json(codec::to_base64(Buffer(32, 1))));
}

TEST(SampleRoom, ComparesReportDataOctetForOctet) {
  Buffer padded = kReportData;
  padded.resize(64, 0);
  EXPECT_EQ(code_of(evidence_of(kReportData)), "");
  EXPECT_EQ(code_of(evidence_of(padded)), "sample.report-data-mismatch");
  EXPECT_EQ(code_of(evidence_of(Bytes(kReportData).first(47))), "sample.report-data-mismatch");
  EXPECT_EQ(code_of(evidence_of(Buffer(48, 0x5b))), "sample.report-data-mismatch");
  EXPECT_EQ(code_of(R"({"svn":"1","report_data":""})"), "sample.report-data-mismatch");
}

TEST(SampleRoom, RefusesWhatIsNoSample) {
  EXPECT_EQ(code_of(""), "sample.json");
  EXPECT_EQ(code_of("{"), "sample.json");
  EXPECT_EQ(code_of(R"({"svn":"1","svn":"1","report_data":""})"), "sample.json");
  EXPECT_EQ(code_of("[]"), "sample.svn");
  EXPECT_EQ(code_of(R"({"svn":1,"report_data":""})"), "sample.svn");
  EXPECT_EQ(code_of(R"({"svn":"1"})"), "sample.report-data");
  EXPECT_EQ(code_of(R"({"svn":"1","report_data":null})"), "sample.report-data");
  EXPECT_EQ(code_of(R"({"svn":"1","report_data":"A_-="})"), "sample.report-data");
  EXPECT_EQ(code_of(std::string(limits::kEvidenceBytes + 1, ' ')), "sample.size");
}

TEST(SampleRoom, PassesOverOtherMembers) {
  const std::string evidence =
      R"({"svn":"1","report_data":")" + codec::to_base64(kReportData) + R"(","cc_eventlog":null})";
  EXPECT_EQ(code_of(evidence), "");
}

TEST(SampleRoom, TakesNoEndorsements) {
  EXPECT_STREQ(make_room()->read_endorsements(Json::array()).error().code, "endorsement.none");
}

TEST(SampleRoom, NeedsNothing) {
  const std::string evidence = evidence_of(kReportData);
  EXPECT_TRUE(make_room()->needs(as_bytes(evidence)).value().empty());
  EXPECT_STREQ(make_room()->needs(as_bytes("x")).error().code, "sample.json");
}

}  // namespace
}  // namespace avouch::tee::sample
