#include "appraise/why.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "testing/cca_verifier.h"
#include "testing/code_of.h"

namespace avouch::appraise {
namespace {

using testing::CcaVerifier;
using testing::code_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kRems = "cca.realm.cca-realm-extensible-measurements";

class WhyTest : public ::testing::Test {
 protected:
  WhyTest() { verifier_.endorse_platform(); }

  std::string attest() { return *verifier_.attest().find_string("id"); }
  std::string status(const std::string& id) { return *verifier_.decisions.find(id)->find_string("status"); }
  Json explain(std::string_view id) {
    Result<Json> why = verifier_.why.explain(id);
    EXPECT_EQ(code_of(why), "ok");
    return why.value_or(nullptr);
  }
  static std::string text(const Json& object, const char* name) {
    const std::string* found = object.find_string(name);
    return found == nullptr ? "" : *found;
  }
  // The explained reference of a name; null if there is none.
  static Json reference(const Json& why, const std::string& name) {
    for (const Json& each : *why.find("references")->as_array()) {
      if (text(each, "name") == name) return each;
    }
    return nullptr;
  }
  static std::vector<std::string> decisive(const Json& why) {
    std::vector<std::string> out;
    for (const Json& each : *why.find("references")->as_array()) {
      if (each.find("decisive") != nullptr && *each.find("decisive") == Json(true)) out.push_back(text(each, "name"));
    }
    return out;
  }
  void set_policy(const std::string& rules) {
    const Status set = verifier_.policies.set("default_cpu", "package policy\nimport rego.v1\n" + rules);
    ASSERT_TRUE(set.has_value()) << set.error().detail;
  }
  Json endorsed(const std::string& name) {
    return verifier_.reference_values.snapshot().value()->find(name, verifier_.clock.now());
  }

  CcaVerifier verifier_;
};

TEST_F(WhyTest, TellsAMissingReferenceValue) {
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
}

TEST_F(WhyTest, TellsAMismatchedReferenceValueFromAMissingOne) {
  ASSERT_EQ(code_of(verifier_.reference_values.set(CcaVerifier::kRimName, "another")), "ok");
  const Json why = explain(attest());
  const Json rim = reference(why, CcaVerifier::kRimName);
  EXPECT_EQ(text(rim, "state"), "mismatched");
  EXPECT_EQ(*rim.find("expected"), Json::array({"another"}));
  EXPECT_THAT(decisive(why), ElementsAre(CcaVerifier::kRimName));
  EXPECT_THAT(text(why, "cause"), HasSubstr("is not among the values endorsed"));
}

TEST_F(WhyTest, FindsNothingDecisiveWhereAllMatched) {
  verifier_.endorse_realm();
  const std::string id = attest();
  ASSERT_EQ(status(id), "affirming");
  const Json why = explain(id);
  EXPECT_EQ(text(reference(why, CcaVerifier::kRimName), "state"), "matched");
  EXPECT_THAT(decisive(why), IsEmpty());
  EXPECT_EQ(why.find("cause"), nullptr);
}

TEST_F(WhyTest, CountsAnExpiredValueAsMissing) {
  ASSERT_EQ(code_of(verifier_.reference_values.set(CcaVerifier::kRimName, Json::array({CcaVerifier::kRim}),
                                                   verifier_.clock.now())),
            "ok");
  EXPECT_EQ(text(reference(explain(attest()), CcaVerifier::kRimName), "state"), "missing");
}

TEST_F(WhyTest, ExplainsADecisionByWhatWasEndorsedThen) {
  const std::string id = attest();
  verifier_.endorse_realm();
  EXPECT_EQ(text(reference(explain(id), CcaVerifier::kRimName), "state"), "missing");
}

TEST_F(WhyTest, DoesNotExplainADecisionByAPolicyThatWasSetLater) {
  const std::string id = attest();
  EXPECT_EQ(*explain(id).find("policy_changed"), Json(false));
  set_policy("trust_claims := {\"executables\": 33}");
  const Json why = explain(id);
  EXPECT_EQ(*why.find("policy_changed"), Json(true));
  EXPECT_THAT(decisive(why), IsEmpty());
  EXPECT_EQ(reference(why, CcaVerifier::kRimName), Json());
  EXPECT_THAT(text(why, "cause"), HasSubstr("Another policy was in force then"));
  EXPECT_EQ(code_of(verifier_.why.approve(id, "peer")), "approve.nothing");
}

TEST_F(WhyTest, CallsDecisiveOnlyWhatTheVerdictHungOn) {
  // What is read for nothing, what fails beside a condition that no reference can change, and the one that matters.
  set_policy(R"(
trust_claims := {"executables": executables, "hardware": hardware, "configuration": 2}
default executables := 33
executables := 3 if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("matters")
default hardware := 97
hardware := 2 if {
  input.cca.platform["cca-platform-lifecycle-state"] in query_reference_value("in-vain")
  1 == 2
}
hardware := 32 if input.cca.platform["cca-platform-endorsed"] != query_reference_value("for-nothing")
)");
  const Json why = explain(attest());
  EXPECT_THAT(decisive(why), ElementsAre("matters"));
  EXPECT_EQ(*reference(why, "in-vain").find("decisive"), Json(false));
}

TEST_F(WhyTest, FindsSeveralReferencesThatAreDecisiveTogether) {
  set_policy(R"(
trust_claims := {"executables": executables}
default executables := 33
executables := 3 if {
  input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("one")
  input.cca.realm["cca-realm-personalization-value"] == query_reference_value("two")
})");
  // "two" wants a single value: with a list it can never hold, so nothing that is approved helps.
  EXPECT_THAT(decisive(explain(attest())), IsEmpty());
  set_policy(R"(
trust_claims := {"executables": executables}
default executables := 33
executables := 3 if {
  input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("one")
  input.cca.realm["cca-realm-personalization-value"] in query_reference_value("two")
})");
  EXPECT_THAT(decisive(explain(attest())), UnorderedElementsAre("one", "two"));
}

TEST_F(WhyTest, FindsTheExtensibleMeasurementsThatTheVerdictHungOn) {
  ASSERT_TRUE(verifier_.realm.extend(1, as_bytes("a workload")).has_value());
  const std::string extended = codec::to_base64(verifier_.realm.extensible_measurements[1]);
  const std::string id = attest();
  EXPECT_THAT(decisive(explain(id)), UnorderedElementsAre(CcaVerifier::kRimName, kRems));
  ASSERT_EQ(code_of(verifier_.why.approve(id, "admin")), "ok");
  EXPECT_EQ(endorsed(kRems), Json::array({extended}));
  EXPECT_EQ(status(attest()), "affirming");
}

// Approving what was measured into a list of what is revoked would be the opposite of what is asked.
TEST_F(WhyTest, CallsNoReferenceDecisiveThatWouldMakeTheVerdictWorse) {
  set_policy(R"(
trust_claims := {"executables": executables, "hardware": hardware}
default executables := 33
executables := 3 if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("good")
default hardware := 2
hardware := 97 if input.cca.platform["cca-platform-instance-id"] in query_reference_value("revoked")
)");
  const std::string id = attest();
  EXPECT_THAT(decisive(explain(id)), ElementsAre("good"));
  ASSERT_EQ(code_of(verifier_.why.approve(id, "admin")), "ok");
  EXPECT_TRUE(endorsed("revoked").is_null());
  EXPECT_EQ(status(attest()), "affirming");
}

TEST_F(WhyTest, SeesPastWhatIsRevokedWhereBothBearOnOneClaim) {
  set_policy(R"(
trust_claims := {"executables": executables}
default executables := 97
executables := 3 if {
  input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("good")
  not revoked
}
revoked if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("revoked")
)");
  EXPECT_THAT(decisive(explain(attest())), ElementsAre("good"));
}

TEST_F(WhyTest, CallsOneOfTwoReferencesDecisiveWhereEitherWouldDo) {
  set_policy(R"(
trust_claims := {"executables": executables}
default executables := 33
executables := 3 if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("one")
executables := 3 if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("two")
)");
  const std::string id = attest();
  EXPECT_EQ(decisive(explain(id)).size(), 1U);
  ASSERT_EQ(code_of(verifier_.why.approve(id, "admin")), "ok");
  EXPECT_EQ(status(attest()), "affirming");
}

TEST_F(WhyTest, NamesThePathOfAPolicyThatTheEvidenceLacks) {
  set_policy(R"(
trust_claims := {"executables": executables}
default executables := 33
executables := 3 if input.cca.realm["cca-realm-initial-measurment"] in query_reference_value("rim")
executables := 4 if input.snp.measurement
)");
  const Json why = explain(attest());
  EXPECT_EQ(*why.find("absent_paths"), Json::array({"cca.realm.cca-realm-initial-measurment"}));
  EXPECT_THAT(text(why, "cause"), HasSubstr("input.cca.realm.cca-realm-initial-measurment"));
  EXPECT_THAT(text(why, "next"), HasSubstr("Correct the path"));
}

TEST_F(WhyTest, ShowsWhichFirmwareIsNotAsEndorsed) {
  const std::string key = verifier_.platform_endorsements().platform_references[0].key;
  const std::vector<std::string> stored = verifier_.store.list("platform_reference", "", "", 10).value();
  ASSERT_EQ(stored.size(), 1U);
  ASSERT_TRUE(verifier_.store.erase("platform_reference", stored[0]).value());
  verifier_.endorse_realm();
  const Json why = explain(attest());
  EXPECT_EQ(text(reference(why, "cca.platform/" + key), "state"), "missing");
  EXPECT_THAT(text(why, "cause"), HasSubstr("No reference value \"cca.platform/" + key));
  EXPECT_THAT(text(why, "next"), HasSubstr("avouch endorsement add"));
  EXPECT_EQ(code_of(verifier_.why.approve(text(why, "id"), "admin")), "approve.nothing");
}

TEST_F(WhyTest, GivesTheFindingOfAPlatformThatIsNotSecured) {
  verifier_.endorse_realm();
  verifier_.platform.set_lifecycle(0x4000);
  const Json why = explain(attest());
  EXPECT_THAT(text(why, "cause"), HasSubstr("not secured"));
  EXPECT_EQ(code_of(verifier_.why.approve(text(why, "id"), "admin")), "approve.nothing");
}

TEST_F(WhyTest, GivesTheErrorOfARefusal) {
  Submission submission = verifier_.submission();
  submission.evidence.back() ^= 1;
  const auto refused = verifier_.appraiser.attest(submission);
  ASSERT_FALSE(refused.has_value());
  const Json why = explain(refused.error().decision_id);
  EXPECT_THAT(text(why, "next"), HasSubstr("cca.realm.signature"));
  EXPECT_EQ(*why.find("references"), Json::array());
  EXPECT_EQ(code_of(verifier_.why.approve(refused.error().decision_id, "admin")), "approve.nothing");
}

// A release that was refused, as the broker records it.
std::string refuse_release(CcaVerifier& verifier, const std::string& attestation_id) {
  ledger::Decision release = verifier.decisions.begin("release", "192.0.2.7", "default/key/one");
  release.error = Error{Blame::kPolicy, "broker.denied", "the resource policy says no"};
  release.facts.set("attestation_id", attestation_id);
  verifier.decisions.record(release);
  return release.id;
}

// As the peer's client does after a denial: it asks again with a token of its own.
std::string refuse_foreign_token(CcaVerifier& verifier) {
  ledger::Decision release = verifier.decisions.begin("release", "192.0.2.7", "default/key/one");
  release.error = Error{Blame::kEvidence, "ear.untrusted-key", "the token names no key that this broker trusts"};
  verifier.decisions.record(release);
  return release.id;
}

TEST_F(WhyTest, TakesTheDenialAndNotTheForeignTokensAfterIt) {
  const std::string attestation = attest();
  verifier_.clock.advance(std::chrono::seconds(1));
  const std::string denial = refuse_release(verifier_, attestation);
  verifier_.clock.advance(std::chrono::seconds(1));
  refuse_foreign_token(verifier_);
  EXPECT_EQ(text(explain(""), "id"), denial);
}

TEST_F(WhyTest, ExplainsTheNewestForeignTokenWhereThereIsNothingElse) {
  refuse_foreign_token(verifier_);
  verifier_.clock.advance(std::chrono::seconds(1));
  const std::string newest = refuse_foreign_token(verifier_);
  EXPECT_EQ(text(explain(""), "id"), newest);
}

TEST_F(WhyTest, LeadsFromAReleaseToTheAttestationBehindIt) {
  const std::string attestation = attest();
  const std::string release = refuse_release(verifier_, attestation);
  const Json why = explain(release);
  EXPECT_EQ(text(why, "id"), release);
  EXPECT_EQ(*why.at("/attestation/id"), Json(attestation));
  EXPECT_THAT(decisive(why), ElementsAre(CcaVerifier::kRimName));
  EXPECT_THAT(text(why, "next"), HasSubstr("avouch refval approve " + attestation));
  const Json approved = verifier_.why.approve(release, "admin").value();
  EXPECT_EQ(text(approved, "from"), attestation);
}

TEST_F(WhyTest, ExplainsAReleaseWhoseAttestationIsGoneByItself) {
  const Json why = explain(refuse_release(verifier_, "01jdz3k5c8q4w7x2ab"));
  EXPECT_EQ(why.find("attestation"), nullptr);
  EXPECT_EQ(*why.find("references"), Json::array());
  EXPECT_THAT(text(why, "cause"), HasSubstr("the resource policy says no"));
}

TEST_F(WhyTest, TakesTheNewestThatFellShortWhenNoIdIsGiven) {
  EXPECT_EQ(code_of(verifier_.why.explain("")), "decision.unknown");
  const std::string fell_short = attest();
  verifier_.clock.advance(std::chrono::seconds(1));
  verifier_.endorse_realm();
  ASSERT_EQ(status(attest()), "affirming");
  verifier_.clock.advance(std::chrono::seconds(1));
  ledger::Decision act = verifier_.decisions.begin("admin", "", "policy set");
  act.outcome = "granted";
  verifier_.decisions.record(act);
  EXPECT_EQ(text(explain(""), "id"), fell_short);
  verifier_.clock.advance(std::chrono::seconds(1));
  const std::string refused = refuse_release(verifier_, fell_short);
  EXPECT_EQ(text(explain(""), "id"), refused);
}

TEST_F(WhyTest, KnowsNoOtherIds) {
  attest();
  for (const char* id : {"x", "01jdz3k5c8q4w7x2ab", "../x", "\n"}) {
    EXPECT_EQ(code_of(verifier_.why.explain(id)), "decision.unknown") << id;
    EXPECT_EQ(code_of(verifier_.why.approve(id, "admin")), "decision.unknown") << id;
  }
}

TEST_F(WhyTest, ApprovesExactlyWhatWasDecisiveAndSaysSoOnRecord) {
  set_policy(R"(
trust_claims := {"executables": executables, "hardware": hardware}
default executables := 33
executables := 3 if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("matters")
default hardware := 97
hardware := 2 if { input.cca.platform["cca-platform-lifecycle-state"] in query_reference_value("in-vain"); 1 == 2 }
)");
  ASSERT_EQ(code_of(verifier_.reference_values.set("matters", Json::array({"older"}))), "ok");
  const std::string id = attest();
  const Json approved = verifier_.why.approve(id, "192.0.2.9").value();
  const Json expected = Json::array({Json::object({{"name", "matters"}, {"value", CcaVerifier::kRim}})});
  EXPECT_EQ(*approved.find("approved"), expected);
  EXPECT_EQ(text(approved, "from"), id);
  EXPECT_EQ(endorsed("matters"), Json::array({"older", CcaVerifier::kRim}));
  EXPECT_TRUE(endorsed("in-vain").is_null());
  const Json record = verifier_.decisions.find(text(approved, "decision")).value();
  EXPECT_EQ(text(record, "kind"), "admin");
  EXPECT_EQ(text(record, "outcome"), "granted");
  EXPECT_EQ(text(record, "peer"), "192.0.2.9");
  EXPECT_EQ(text(record, "subject"), "refval approve " + id);
  EXPECT_EQ(*record.find("approved"), expected);
  EXPECT_EQ(*verifier_.attest().at("/vector/executables"), Json(3));
}

TEST_F(WhyTest, ApprovesNothingWhereNothingWouldHelp) {
  verifier_.endorse_realm();
  const std::string affirming = attest();
  const Result<Json> approved = verifier_.why.approve(affirming, "admin");
  EXPECT_EQ(code_of(approved), "approve.nothing");
  EXPECT_EQ(approved.error().blame, Blame::kRequest);
  EXPECT_EQ(endorsed(CcaVerifier::kRimName), Json::array({CcaVerifier::kRim}));
  EXPECT_TRUE(endorsed(kRems).is_null());
}

// A store may be written, or damaged, by others: whatever a record has become, asking about it ends nothing.
TEST_F(WhyTest, OutlivesRecordsThatWereDamagedInTheStore) {
  const std::string id = attest();
  verifier_.decisions.flush();
  const Json whole = verifier_.decisions.find(id).value();
  const auto damage = [&](const char* member, const Json& value) {
    Json record = whole;
    record.set(member, value);
    EXPECT_EQ(code_of(verifier_.store.put("decision", id, as_bytes(to_text(record)), store::Expiry::never())), "ok");
  };
  for (const char* member : {"compared", "findings", "lookups", "input", "policy", "error", "status", "subject"}) {
    for (const Json& value : {Json(), Json(1), Json("x"), Json::array({1, "x", Json::object()}), Json::object()}) {
      damage(member, value);
      EXPECT_EQ(code_of(verifier_.why.explain(id)), "ok") << member << to_text(value);
    }
  }
  for (const char* lacking : {"name", "state", "measured", "rule"}) {
    Json reference = Json::object(
        {{"name", "n"}, {"claim", "c"}, {"measured", 1}, {"state", "missing"}, {"rule", "r"}, {"decisive", true}});
    reference.erase(lacking);
    damage("compared", Json::array({reference}));
    EXPECT_EQ(code_of(verifier_.why.explain(id)), "ok") << lacking;
    EXPECT_NE(code_of(verifier_.why.approve(id, "peer")), "store.corrupt") << lacking;
  }
}

}  // namespace
}  // namespace avouch::appraise
