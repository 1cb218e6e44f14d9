// What an operator does with a platform and its realm, from the first endorsement to the revocation.
#include "dialect/manage/manage_fixture.h"

namespace avouch::dialect::manage {
namespace {

using testing::CcaVerifier;

class OperatorTest : public ManageTest {
 protected:
  void endorse() { answer("POST", "endorsements/cca", to_text(verifier.platform.endorsements())); }
  std::string attest() { return *verifier.attest().find_string("id"); }
  static std::string test_of(const std::string& policy, const std::string& decision) {
    return to_text(Json::object({{"policy", "package policy\nimport rego.v1\n" + policy}, {"decision", decision}}));
  }
};

TEST_F(OperatorTest, EndorsesAPlatformAndTakesThatBack) {
  const Json added = answer("POST", "endorsements/cca", to_text(verifier.platform.endorsements()));
  EXPECT_EQ(*added.find("trust-anchors"), Json(1));
  const Json listed = answer("GET", "endorsements");
  const std::string anchor = *listed.at("/trust-anchors/0/key")->as_string();
  EXPECT_EQ(listed.find("trust-anchors")->as_array()->size(), 1U);
  EXPECT_EQ(std::int64_t(listed.find("platform-references")->as_array()->size()),
            *added.find("platform-references")->as_integer());
  EXPECT_EQ(*verifier.attest().find("outcome"), Json("granted"));

  EXPECT_EQ(*answer("DELETE", "endorsements/" + anchor).find("removed"), Json(anchor));
  EXPECT_EQ(outcome("DELETE", "endorsements/" + anchor), "404 endorsement.unknown");
  EXPECT_EQ(*verifier.attest().at("/error/code"), Json("cca.platform.unknown"));
  const Json newest = answer("GET", "decisions?limit=3");
  EXPECT_EQ(*newest.at("/decisions/1/subject"), Json("revoke trust anchor " + anchor));
}

TEST_F(OperatorTest, ApprovesWhatARefusedRealmMeasured) {
  endorse();
  const std::string id = attest();
  EXPECT_EQ(*answer("GET", "decisions/" + id + "/why").at("/causes/0/code"), Json("reference.missing"));
  EXPECT_EQ(*answer("POST", "decisions/" + id + "/approve").at("/approved/0/name"), Json(CcaVerifier::kRimName));
  const Json affirmed = verifier.attest();
  EXPECT_EQ(*affirmed.find("status"), Json("affirming"));
  EXPECT_EQ(outcome("POST", "decisions/" + *affirmed.find_string("id") + "/approve"), "400 approve.nothing");
}

TEST_F(OperatorTest, TestsAPolicyAgainstEvidenceThatWasSeen) {
  endorse();
  const std::string id = attest();
  const std::string rules = R"(trust_claims := {"executables": executables}
default executables := 33
executables := 3 if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("rim")
hardware := 2 if input.cca.platform["no-such-claim"] == 1
)";
  const Json before = answer("POST", "policy-test", test_of(rules, id));
  EXPECT_EQ(*before.at("/trust_claims/executables"), Json(33));
  EXPECT_EQ(*before.at("/lines_that_failed/0"), Json(5));
  answer("POST", "reference-values/rim", to_text(Json(CcaVerifier::kRim)));
  const Json after = answer("POST", "policy-test", test_of(rules, id));
  EXPECT_EQ(*after.at("/trust_claims/executables"), Json(3));
  EXPECT_TRUE(verifier.policies.get("default_cpu")->is_default) << "a test sets nothing";
  EXPECT_EQ(outcome("POST", "policy-test", test_of("x :=", id)), "400 policy.syntax");
  EXPECT_EQ(outcome("POST", "policy-test", test_of("trust_claims := 1\ntrust_claims := 2\n", id)),
            "422 policy.evaluation");
}

TEST_F(OperatorTest, TestsNoPolicyAgainstADecisionThatSawNoEvidence) {
  ledger::Decision early = verifier.decisions.begin("attest", "192.0.2.9:1", "sample");
  early.error = Error{Blame::kEvidence, "session.expired", ""};
  verifier.decisions.record(early);
  EXPECT_EQ(outcome("POST", "policy-test", test_of("", early.id)), "400 manage.no-evidence");
  answer("PUT", "reference-values/x", "1");
  const Json listed = answer("GET", "decisions?limit=1");
  EXPECT_EQ(outcome("POST", "policy-test", test_of("", *listed.at("/decisions/0/id")->as_string())),
            "400 manage.no-evidence");
}

TEST_F(OperatorTest, SeesWhichReferenceValuesCountNoMore) {
  ASSERT_TRUE(verifier.reference_values.set("a-good-one", 1).has_value());
  ASSERT_TRUE(verifier.reference_values.set("b-expired", 2, verifier.clock.now()).has_value());
  ASSERT_TRUE(verifier.store.put("reference_value", "c-damaged", as_bytes("{"), store::Expiry::never()).has_value());
  const Json listed = answer("GET", "reference-values");
  EXPECT_EQ(*listed.at("/reference-values/0/expired"), Json(false));
  EXPECT_EQ(*listed.at("/reference-values/1/name"), Json("b-expired"));
  EXPECT_EQ(*listed.at("/reference-values/1/expired"), Json(true));
  EXPECT_EQ(*listed.at("/reference-values/2/name"), Json("c-damaged"));
  EXPECT_TRUE(listed.at("/reference-values/2/value")->is_null());
  EXPECT_FALSE(listed.at("/reference-values/2/damaged")->as_string()->empty());
  answer("DELETE", "reference-values/c-damaged");
  EXPECT_EQ(answer("GET", "reference-values").find("reference-values")->as_array()->size(), 2U);
}

TEST_F(OperatorTest, AddsToAReferenceValueWithoutForgettingTheOthers) {
  EXPECT_EQ(outcome("POST", "reference-values/rim", R"("a")"), "200");
  EXPECT_EQ(outcome("POST", "reference-values/rim", R"("b")"), "200");
  EXPECT_EQ(outcome("POST", "reference-values/rim", R"("b")"), "200");
  EXPECT_EQ(*answer("GET", "reference-values").at("/reference-values/0/value"), Json::array({"a", "b"}));
  EXPECT_EQ(outcome("POST", "reference-values/rim", "{"), "400 json.syntax");
}

}  // namespace
}  // namespace avouch::dialect::manage
