#include "appraise/explain_attestation.h"

#include <gmock/gmock.h>

#include "appraise/why_fixture.h"
#include "codec/base64.h"

namespace avouch::appraise {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using WhyAttestationTest = WhyTest;

TEST_F(WhyAttestationTest, TellsAMissingReferenceValue) {
  const std::string id = attest();
  const Json why = explain(id);
  const Json rim = reference(why, CcaVerifier::kRimName);
  EXPECT_EQ(text(rim, "state"), "missing");
  EXPECT_EQ(text(rim, "claim"), CcaVerifier::kRimName);
  EXPECT_EQ(text(rim, "measured"), CcaVerifier::kRim);
  EXPECT_EQ(*rim.find("expected"), Json::array());
  EXPECT_EQ(text(rim, "rule"), "executables");
  EXPECT_GT(rim.find("line")->as_integer().value(), 0);
  EXPECT_THAT(decisive(why), ElementsAre(CcaVerifier::kRimName));
  EXPECT_THAT(text(why, "cause"), HasSubstr("No reference value \"cca.realm.cca-realm-initial-measurement\""));
  EXPECT_THAT(text(why, "next"), HasSubstr("avouch refval approve " + id));
  EXPECT_EQ(text(why, "command"), "avouch refval approve " + id);
  EXPECT_EQ(text(rim, "policy"), "default_cpu");
  EXPECT_THAT(text(rim, "where"), HasSubstr("avouch refval list"));
}

TEST_F(WhyAttestationTest, TellsAMismatchedReferenceValueFromAMissingOne) {
  ASSERT_EQ(code_of(verifier_.reference_values.set(CcaVerifier::kRimName, "another")), "ok");
  const Json why = explain(attest());
  const Json rim = reference(why, CcaVerifier::kRimName);
  EXPECT_EQ(text(rim, "state"), "mismatched");
  EXPECT_EQ(*rim.find("expected"), Json::array({"another"}));
  EXPECT_THAT(decisive(why), ElementsAre(CcaVerifier::kRimName));
  EXPECT_THAT(text(why, "cause"), HasSubstr("is not among the values endorsed"));
}

TEST_F(WhyAttestationTest, FindsNothingDecisiveWhereAllMatched) {
  verifier_.endorse_realm();
  const std::string id = attest();
  ASSERT_EQ(status(id), "affirming");
  const Json why = explain(id);
  EXPECT_EQ(text(reference(why, CcaVerifier::kRimName), "state"), "matched");
  EXPECT_THAT(decisive(why), IsEmpty());
  EXPECT_EQ(why.find("cause"), nullptr);
}

TEST_F(WhyAttestationTest, CountsAnExpiredValueAsMissing) {
  ASSERT_EQ(code_of(verifier_.reference_values.set(CcaVerifier::kRimName, Json::array({CcaVerifier::kRim}),
                                                   verifier_.clock.now())),
            "ok");
  const Json why = explain(attest());
  EXPECT_EQ(text(reference(why, CcaVerifier::kRimName), "state"), "missing");
  EXPECT_EQ(text(reference(why, CcaVerifier::kRimName), "expired"), to_rfc3339(verifier_.clock.now()));
  EXPECT_THAT(text(why, "cause"), HasSubstr("expired at " + to_rfc3339(verifier_.clock.now())));
}

TEST_F(WhyAttestationTest, ExplainsADecisionByWhatWasEndorsedThen) {
  const std::string id = attest();
  verifier_.endorse_realm();
  EXPECT_EQ(text(reference(explain(id), CcaVerifier::kRimName), "state"), "missing");
}

TEST_F(WhyAttestationTest, ShowsWhichFirmwareIsNotAsEndorsed) {
  const std::string key = verifier_.platform_endorsements().platform_references[0].key;
  const std::vector<std::string> stored = verifier_.store.list("platform_reference", "", "", 10).value();
  ASSERT_EQ(stored.size(), 1U);
  ASSERT_TRUE(verifier_.store.erase("platform_reference", stored[0]).value());
  verifier_.endorse_realm();
  const Json why = explain(attest());
  EXPECT_EQ(text(reference(why, "cca.platform/" + key), "state"), "missing");
  EXPECT_THAT(text(why, "cause"), HasSubstr("No firmware is endorsed for this platform: implementation " + key));
  EXPECT_THAT(text(why, "next"), HasSubstr("avouch endorsement add"));
  EXPECT_EQ(code_of(verifier_.why.approve(text(why, "id"), "admin", "192.0.2.9")), "approve.nothing");
}

TEST_F(WhyAttestationTest, GivesTheFindingOfAPlatformThatIsNotSecured) {
  verifier_.endorse_realm();
  verifier_.platform.set_lifecycle(0x4000);
  const Json why = explain(attest());
  EXPECT_THAT(text(why, "cause"), HasSubstr("not secured"));
  EXPECT_EQ(code_of(verifier_.why.approve(text(why, "id"), "admin", "192.0.2.9")), "approve.nothing");
}

TEST_F(WhyAttestationTest, NamesThePathOfAPolicyThatTheEvidenceLacks) {
  set_policy(R"(
trust_claims := {"executables": executables}
default executables := 33
executables := 3 if input.cca.realm["cca-realm-initial-measurment"] in query_reference_value("rim")
executables := 4 if input.snp.measurement
)");
  const Json why = explain(attest());
  EXPECT_EQ(*why.find("absent_paths"), Json::array({"cca.realm.cca-realm-initial-measurment"}));
  EXPECT_THAT(text(why, "cause"), HasSubstr("input.cca.realm.cca-realm-initial-measurment"));
  EXPECT_THAT(text(why, "next"), HasSubstr("Correct the policy"));
}

TEST_F(WhyAttestationTest, GivesTheErrorOfARefusal) {
  Submission submission = verifier_.submission();
  submission.evidence.back() ^= 1;
  const auto refused = verifier_.appraiser.attest(submission);
  ASSERT_FALSE(refused.has_value());
  const Json why = explain(refused.error().decision_id);
  EXPECT_EQ(*why.at("/causes/0/code"), Json("cca.realm.signature"));
  EXPECT_THAT(text(why, "cause"), HasSubstr("signature is not by the realm key"));
  EXPECT_EQ(*why.find("references"), Json::array());
  EXPECT_EQ(code_of(verifier_.why.approve(refused.error().decision_id, "admin", "192.0.2.9")), "approve.nothing");
}

TEST_F(WhyAttestationTest, ExplainsADecisionByThePolicyOfThenWhateverWasSetSince) {
  const std::string id = attest();
  EXPECT_EQ(*explain(id).find("policy_changed"), Json(false));
  set_policy("trust_claims := {\"executables\": 33}");
  const Json why = explain(id);
  EXPECT_EQ(*why.find("policy_changed"), Json(true));
  EXPECT_THAT(decisive(why), ElementsAre(CcaVerifier::kRimName));
  EXPECT_EQ(text(reference(why, CcaVerifier::kRimName), "state"), "missing");
}

TEST_F(WhyAttestationTest, SaysThatThePolicyOfThenIsForgottenWhereItsTextIsGone) {
  verifier_.endorse_realm();
  set_policy("trust_claims := {\"executables\": 33, \"hardware\": 2}");
  const std::string id = attest();
  set_policy("trust_claims := {\"executables\": 34}");
  const std::vector<std::string> texts = verifier_.store.list("attestation_policy.kept", "", "", 10).value();
  ASSERT_FALSE(texts.empty());
  for (const std::string& kept : texts) {
    ASSERT_TRUE(verifier_.store.erase("attestation_policy.kept", kept).value());
  }
  EXPECT_THAT(text(explain(id), "cause"), HasSubstr("its text is kept no longer"));
}

// A rule that fails at its first condition asks for no other reference value: these are not missing for that.
TEST_F(WhyAttestationTest, DoesNotCallMissingWhatTheRuleNeverGotToAskFor) {
  ASSERT_TRUE(verifier_.realm.extend(1, as_bytes("a workload")).has_value());
  const std::string extended = codec::to_base64(verifier_.realm.extensible_measurements[1]);
  const std::string rems = "cca.realm.cca-realm-extensible-measurements";
  ASSERT_EQ(code_of(verifier_.reference_values.set(rems, Json::array({extended}))), "ok");
  const Json why = explain(attest());
  EXPECT_THAT(decisive(why), ElementsAre(CcaVerifier::kRimName));
  for (const Json& each : *why.find("references")->as_array()) {
    if (text(each, "claim") == rems + "[1]") {
      EXPECT_EQ(text(each, "state"), "matched");
    }
  }
}

// Neither missing, for then it could be approved, nor read: the rule fails before it asks, so that the verdict stands.
TEST_F(WhyAttestationTest, CallsAValueDamagedThatTheRuleNeverGotToAskFor) {
  ASSERT_EQ(code_of(verifier_.store.put("reference_value", "second", as_bytes("{"), store::Expiry::never())), "ok");
  set_policy(R"(
trust_claims := {"executables": executables}
default executables := 33
executables := 3 if {
  input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("first")
  input.cca.realm["cca-realm-hash-algo-id"] in query_reference_value("second")
}
)");
  const Json why = explain(attest());
  EXPECT_EQ(text(reference(why, "first"), "state"), "missing");
  EXPECT_EQ(text(reference(why, "second"), "state"), "damaged");
  EXPECT_THAT(decisive(why), ElementsAre("first", "second"));
  EXPECT_EQ(*why.at("/causes/1/code"), Json("reference.damaged"));
  EXPECT_EQ(*why.at("/causes/1/command"), Json("avouch refval delete second"));
  EXPECT_EQ(code_of(verifier_.why.approve(text(why, "id"), "admin", "192.0.2.9")), "reference.damaged");
}

TEST_F(WhyAttestationTest, ShowsBothSidesOfABindingThatDoesNotHold) {
  Submission submission = verifier_.submission();
  submission.report_data = [](const Session&) -> Result<Buffer> { return Buffer(48, 0x11); };
  const auto refused = verifier_.appraiser.attest(submission);
  ASSERT_FALSE(refused.has_value());
  const Json challenge = reference(explain(refused.error().decision_id), "session/report-data");
  EXPECT_EQ(text(challenge, "state"), "mismatched");
  EXPECT_EQ(text(challenge, "claim"), "cca.realm.cca-realm-challenge");
  Buffer expected(48, 0x11);
  expected.resize(64);
  EXPECT_EQ(*challenge.find("expected"), Json::array({codec::to_base64(expected)}));
}

TEST_F(WhyAttestationTest, TellsARevokedPlatformFromAnUnknownOne) {
  const std::string key = verifier_.platform_endorsements().trust_anchors[0].key;
  ASSERT_TRUE(verifier_.endorsements.revoke_trust_anchor(key).value());
  EXPECT_EQ(*explain(attest()).at("/causes/0/code"), Json("cca.platform.unknown"));
  ledger::Decision act = verifier_.decisions.begin("admin", "", "revoke trust anchor " + key);
  act.outcome = "granted";
  verifier_.decisions.record(act);
  const Json why = explain(attest());
  EXPECT_EQ(*why.at("/causes/0/code"), Json("cca.platform.revoked"));
  EXPECT_THAT(text(why, "cause"), HasSubstr(act.id));
}

TEST_F(WhyAttestationTest, KeepsWhatAPolicySawThatFailed) {
  set_policy("trust_claims := {\"executables\": 3} if input.cca.realm.nothing");
  const Json why = explain(attest());
  EXPECT_EQ(*why.at("/causes/0/code"), Json("appraisal.claims"));
  EXPECT_EQ(*why.at("/causes/1/code"), Json("policy.absent-path"));
  EXPECT_NE(why.at("/input/cca/realm"), nullptr);
  EXPECT_EQ(*why.find("said"), Json());
  EXPECT_EQ(*why.at("/policy/id"), Json("default_cpu"));
}

TEST_F(WhyAttestationTest, TellsAVerdictThatNoReferenceCouldChange) {
  set_policy("trust_claims := {\"executables\": 33}");
  const Json why = explain(attest());
  EXPECT_EQ(*why.at("/causes/0/code"), Json("policy.verdict"));
  EXPECT_EQ(text(why, "command"), "avouch policy get default_cpu --kind attestation");
}

}  // namespace
}  // namespace avouch::appraise
