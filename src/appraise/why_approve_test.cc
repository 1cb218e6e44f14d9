#include "appraise/why_fixture.h"

namespace avouch::appraise {
namespace {

using WhyApproveTest = WhyTest;
constexpr const char* kRems = "cca.realm.cca-realm-extensible-measurements";

TEST_F(WhyApproveTest, ApprovesExactlyWhatWasDecisiveAndSaysSoOnRecord) {
  set_policy(R"(
trust_claims := {"executables": executables, "hardware": hardware}
default executables := 33
executables := 3 if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("matters")
default hardware := 97
hardware := 2 if { input.cca.platform["cca-platform-lifecycle-state"] in query_reference_value("in-vain"); 1 == 2 }
)");
  ASSERT_EQ(code_of(verifier_.reference_values.set("matters", Json::array({"older"}))), "ok");
  const std::string id = attest();
  const Json approved = verifier_.why.approve(id, "admin", "192.0.2.9").value();
  const Json expected = Json::array({Json::object({{"name", "matters"}, {"value", CcaVerifier::kRim}})});
  EXPECT_EQ(*approved.find("approved"), expected);
  EXPECT_EQ(text(approved, "from"), id);
  EXPECT_EQ(endorsed("matters"), Json::array({"older", CcaVerifier::kRim}));
  EXPECT_TRUE(endorsed("in-vain").is_null());
  const Json record = verifier_.decisions.find(text(approved, "decision")).value();
  EXPECT_EQ(text(record, "kind"), "admin");
  EXPECT_EQ(text(record, "outcome"), "granted");
  EXPECT_EQ(text(record, "peer"), "192.0.2.9");
  EXPECT_EQ(text(record, "by"), "admin");
  EXPECT_EQ(text(record, "subject"), "refval approve " + id);
  EXPECT_EQ(*record.find("approved"), expected);
  EXPECT_EQ(*verifier_.attest().at("/vector/executables"), Json(3));
}

TEST_F(WhyApproveTest, ApprovesNothingWhereNothingWouldHelp) {
  verifier_.endorse_realm();
  const std::string affirming = attest();
  const Result<Json> approved = verifier_.why.approve(affirming, "admin", "192.0.2.9");
  EXPECT_EQ(code_of(approved), "approve.nothing");
  EXPECT_EQ(approved.error().blame, Blame::kRequest);
  EXPECT_EQ(endorsed(CcaVerifier::kRimName), Json::array({CcaVerifier::kRim}));
  EXPECT_TRUE(endorsed(kRems).is_null());
}

}  // namespace
}  // namespace avouch::appraise
