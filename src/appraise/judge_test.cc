#include "appraise/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "appraise/reference_values.h"
#include "store/backends.h"
#include "testing/code_of.h"
#include "testing/manual_clock.h"

namespace avouch::appraise {
namespace {

using ear::Tier;
using ear::TrustClaim;
using testing::code_of;
using ::testing::HasSubstr;

tee::Claims some_claims(std::vector<tee::Finding> findings = {}) {
  tee::Claims claims;
  claims.tee = "cca";
  claims.submod = "cpu";
  claims.evidence = Json::object({{"rim", "measured"}});
  claims.findings = std::move(findings);
  return claims;
}

class JudgeTest : public ::testing::Test {
 protected:
  Result<Appraisal> judge(const std::string& rules, const tee::Claims& claims = some_claims()) {
    const std::string source = "package policy\nimport rego.v1\n" + rules;
    const auto program = policy::compile("default_cpu", source);
    EXPECT_EQ(code_of(program), "ok") << rules;
    const ledger::ActivePolicy active{"default_cpu", "digest", false, program.value()};
    return appraise(claims, policy_input(claims, Json(), Json()), active, *references_.snapshot().value(), clock_.now(),
                    hearing_);
  }
  // The value of `hardware` that comes out of `trust_claims := {"hardware": <value>}`, or the code of a refusal.
  std::string hardware(const std::string& value, const tee::Claims& claims = some_claims()) {
    const Result<Appraisal> appraisal = judge("trust_claims := {\"hardware\": " + value + "}", claims);
    if (!appraisal.has_value()) {
      EXPECT_EQ(appraisal.error().blame, Blame::kPolicy);
      return appraisal.error().code;
    }
    return std::to_string(appraisal->vector.get(TrustClaim::kHardware).value_or(-1'000));
  }

  Hearing hearing_;
  testing::ManualClock clock_;
  std::unique_ptr<store::Store> store_ = store::make_memory_store(clock_);
  ReferenceValues references_{*store_, clock_};
};

TEST_F(JudgeTest, TakesEveryValueThatAClaimCanHave) {
  for (int value = -128; value <= 127; ++value) EXPECT_EQ(hardware(std::to_string(value)), std::to_string(value));
}

// "Not among those revoked" holds of a list that is missing: one that is there and damaged must not be taken for that.
TEST_F(JudgeTest, AffirmsNothingThroughADamagedReferenceValueAndAllThroughTheOthers) {
  ASSERT_EQ(code_of(references_.set("good", Json::array({"measured"}))), "ok");
  ASSERT_EQ(code_of(store_->put("reference_value", "revoked", as_bytes("{"), store::Expiry::never())), "ok");
  const std::string reads_good =
      "trust_claims := {\"hardware\": 2} if input.cca.rim in query_reference_value(\"good\")\n";
  const std::string reads_revoked =
      "trust_claims := {\"hardware\": 2} if not input.cca.rim in query_reference_value(\"revoked\")\n";
  EXPECT_EQ(code_of(judge(reads_good)), "ok");
  const Result<Appraisal> refused = judge(reads_revoked);
  ASSERT_EQ(code_of(refused), "reference.damaged");
  EXPECT_EQ(refused.error().blame, Blame::kUnavailable);
  EXPECT_THAT(refused.error().detail, HasSubstr("revoked"));
  EXPECT_EQ(code_of(judge(reads_good + "extensions := [] if not query_reference_value(\"revoked\")\n")),
            "reference.damaged");
}

// The peer casts, so that 300 becomes 44 and 258 affirms.
TEST_F(JudgeTest, RefusesEveryOtherValueAndNeverWraps) {
  for (const char* value : {"128",
                            "-129",
                            "255",
                            "256",
                            "258",
                            "300",
                            "-254",
                            "65538",
                            "4294967298",
                            "9223372036854775807",
                            "9223372036854775808",
                            "18446744073709551618",
                            "-18446744073709551614",
                            "1e30",
                            "2.5",
                            "-0.5",
                            "\"2\"",
                            "\"\"",
                            "true",
                            "false",
                            "null",
                            "[]",
                            "[2]",
                            "{}",
                            "{\"value\": 2}"}) {
    EXPECT_EQ(hardware(value), "appraisal.claim-value") << value;
  }
}

TEST_F(JudgeTest, NamesTheClaimAndTheValueThatItRefuses) {
  const Result<Appraisal> appraisal = judge("trust_claims := {\"executables\": 300}");
  ASSERT_FALSE(appraisal.has_value());
  EXPECT_THAT(appraisal.error().detail, HasSubstr("default_cpu"));
  EXPECT_THAT(appraisal.error().detail, HasSubstr("\"executables\""));
  EXPECT_THAT(appraisal.error().detail, HasSubstr("300"));
}

TEST_F(JudgeTest, RefusesNamesThatAreNoTrustClaims) {
  for (const char* name : {"", "Hardware", "hardware ", "hard_ware", "instance_identity", "status", "ear.status"}) {
    EXPECT_EQ(code_of(judge("trust_claims := {\"hardware\": 2, \"" + std::string(name) + "\": 2}")),
              "appraisal.claim-name")
        << name;
  }
}

TEST_F(JudgeTest, RefusesAVectorThatSaysNothing) {
  for (const char* rules : {"trust_claims := {}", "trust_claims := []", "trust_claims := [2]", "trust_claims := 2",
                            "trust_claims := \"affirming\"", "trust_claims := true", "trust_claims := null",
                            "trust_claims := {\"hardware\": 2} if input.snp", "trust := {\"hardware\": 2}"}) {
    EXPECT_EQ(code_of(judge(rules)), "appraisal.claims") << rules;
  }
}

TEST_F(JudgeTest, PassesOnWhatFailsInAPolicy) {
  EXPECT_EQ(code_of(judge("trust_claims := {\"hardware\": numbers.range(1, 10000000000)[0]}")), "policy.memory");
  const Result<Appraisal> conflict = judge("trust_claims := {\"hardware\": h}\nh := 1 if true\nh := 2 if true");
  ASSERT_FALSE(conflict.has_value());
  EXPECT_EQ(conflict.error().blame, Blame::kPolicy);
}

TEST_F(JudgeTest, TakesTheWorstClaimForTheStatus) {
  const auto status = [this](const std::string& claims) { return judge("trust_claims := " + claims)->status; };
  EXPECT_EQ(status("{\"hardware\": 0}"), Tier::kNone);
  EXPECT_EQ(status("{\"hardware\": 2, \"executables\": 0}"), Tier::kAffirming);
  EXPECT_EQ(status("{\"hardware\": 2, \"executables\": 33}"), Tier::kWarning);
  EXPECT_EQ(status("{\"hardware\": 97, \"executables\": 33, \"configuration\": 2}"), Tier::kContraindicated);
}

TEST_F(JudgeTest, LeavesAClaimThatNobodyMadeOut) {
  const Appraisal appraisal = judge("trust_claims := {\"hardware\": 0}").value();
  EXPECT_EQ(appraisal.vector.to_json(), Json::object({{"hardware", 0}}));
}

const tee::Finding kUnrecognized{TrustClaim::kHardware, 97, "test.finding", "it is another"};

TEST_F(JudgeTest, LetsNoPolicyLiftWhatTheRoomFound) {
  for (const char* said : {"2", "31", "-32", "32", "95", "0", "1", "-1"}) {
    EXPECT_EQ(hardware(said, some_claims({kUnrecognized})), "97") << said;
  }
  EXPECT_EQ(judge("trust_claims := {\"hardware\": 2}", some_claims({kUnrecognized}))->status, Tier::kContraindicated);
}

TEST_F(JudgeTest, AddsAFindingToAClaimThatThePolicyDidNotMake) {
  const Appraisal appraisal = judge("trust_claims := {\"executables\": 2}", some_claims({kUnrecognized})).value();
  EXPECT_EQ(appraisal.vector.get(TrustClaim::kHardware), 97);
  EXPECT_EQ(appraisal.vector.get(TrustClaim::kExecutables), 2);
  EXPECT_EQ(appraisal.status, Tier::kContraindicated);
}

TEST_F(JudgeTest, LetsNoFindingImproveWhatThePolicySays) {
  const tee::Finding warning{TrustClaim::kHardware, 36, "test.finding", ""};
  for (const char* said : {"33", "95", "96", "97", "99", "127", "-128", "-33"}) {
    EXPECT_EQ(hardware(said, some_claims({warning})), said) << said;
  }
  EXPECT_EQ(hardware("3", some_claims({warning})), "36");
}

TEST_F(JudgeTest, TakesTheWorstOfSeveralFindings) {
  const tee::Finding warning{TrustClaim::kHardware, 36, "test.finding", ""};
  EXPECT_EQ(hardware("2", some_claims({warning, kUnrecognized})), "97");
  EXPECT_EQ(hardware("2", some_claims({kUnrecognized, warning})), "97");
}

TEST_F(JudgeTest, AnswersAPolicyFromTheReferenceValuesAndRecordsIt) {
  ASSERT_EQ(code_of(references_.set("rim", Json::array({"measured"}))), "ok");
  const std::string rules =
      "trust_claims := {\"executables\": e}\ndefault e := 33\ne := 3 if { input.cca.rim in "
      "query_reference_value(\"rim\"); query_reference_value(\"other\") == null }";
  const Appraisal appraisal = judge(rules).value();
  EXPECT_EQ(appraisal.status, Tier::kAffirming);
  ASSERT_EQ(hearing_.consulted.size(), 2U);
  EXPECT_EQ(hearing_.consulted["rim"].value, Json::array({"measured"}));
  EXPECT_FALSE(hearing_.consulted["rim"].expired_at.has_value());
  EXPECT_TRUE(hearing_.consulted["other"].value.is_null());
  clock_.advance(std::chrono::days(367));
  EXPECT_EQ(judge(rules)->status, Tier::kWarning);  // the value has expired
  EXPECT_TRUE(hearing_.consulted["rim"].value.is_null());
  EXPECT_LT(hearing_.consulted["rim"].expired_at.value(), clock_.now());
}

TEST_F(JudgeTest, RecordsWhatExtensionsAskFor) {
  const std::string rules =
      "trust_claims := {\"executables\": 3}\nextensions := [{\"name\": \"x\", \"key\": 1, "
      "\"value\": query_reference_value(\"of-extensions\")}]";
  ASSERT_EQ(code_of(judge(rules)), "ok");
  EXPECT_TRUE(hearing_.consulted.contains("of-extensions"));
}

TEST_F(JudgeTest, RecordsAllThatThePolicyNamesWhereItFellShort) {
  ASSERT_EQ(code_of(references_.set("second", Json::array({"measured"}))), "ok");
  const std::string rules =
      "trust_claims := {\"executables\": e}\ndefault e := 33\ne := 3 if { input.cca.rim in "
      "query_reference_value(\"first\"); input.cca.rim in query_reference_value(\"second\") }";
  ASSERT_EQ(code_of(judge(rules)), "ok");
  EXPECT_TRUE(hearing_.consulted["first"].value.is_null());
  EXPECT_EQ(hearing_.consulted["second"].value, Json::array({"measured"}));
}

TEST_F(JudgeTest, RecordsWhatAPolicySawThatFailed) {
  EXPECT_EQ(code_of(judge("trust_claims := {\"executable\": 3}")), "appraisal.claim-name");
  EXPECT_EQ(hearing_.policy_id, "default_cpu");
  EXPECT_EQ(to_text(hearing_.said), R"({"executable":3})");
  EXPECT_EQ(to_text(hearing_.input), R"({"cca":{"rim":"measured"}})");
  EXPECT_EQ(code_of(judge("trust_claims := {\"executables\": x}\nx := 2 if query_reference_value(\"rim\") == null\n"
                          "x := 3 if input.cca")),
            "policy.evaluation");
  EXPECT_TRUE(hearing_.said.is_null());
  EXPECT_EQ(to_text(hearing_.input), R"({"cca":{"rim":"measured"}})");
  EXPECT_TRUE(hearing_.consulted.contains("rim"));
}

std::string extensions(const std::string& value) {
  return "trust_claims := {\"hardware\": 2}\nextensions := " + value;
}

TEST_F(JudgeTest, TakesExtensionsInThePeersShape) {
  const Appraisal appraisal = judge(extensions(R"([{"name": "ear.trustee.identifiers", "key": -18, "value": {"a": 1}},
                           {"name": "vendor", "key": 7, "value": null}])"))
                                  .value();
  EXPECT_EQ(Json(appraisal.extensions),
            Json::object({{"ear.trustee.identifiers", Json::object({{"a", 1}})}, {"vendor", Json()}}));
  EXPECT_TRUE(judge(extensions("[]"))->extensions.empty());
  EXPECT_TRUE(judge("trust_claims := {\"hardware\": 2}")->extensions.empty());
}

TEST_F(JudgeTest, RefusesExtensionsOfAnotherShape) {
  for (const char* value :
       {"{}", "1", "null", "\"x\"", "[1]", "[null]", "[[]]", "[{}]", R"([{"name": "x", "value": 1}])",
        R"([{"key": 1, "value": 1}])", R"([{"name": "x", "key": 1}])", R"([{"name": 1, "key": 1, "value": 1}])",
        R"([{"name": "x", "key": "1", "value": 1}])", R"([{"name": "x", "key": 1.5, "value": 1}])"}) {
    EXPECT_EQ(code_of(judge(extensions(value))), "appraisal.extensions") << value;
  }
}

TEST_F(JudgeTest, RefusesExtensionsThatTakeAReservedName) {
  for (const char* name : {"ear.status", "ear.trustworthiness-vector", "ear.appraisal-policy-id",
                           "ear.veraison.annotated-evidence", "ear.", "ear.trustee", "ear.trusteex"}) {
    const std::string one = "[{\"name\": \"" + std::string(name) + "\", \"key\": 1, \"value\": 1}]";
    EXPECT_EQ(code_of(judge(extensions(one))), "appraisal.extensions") << name;
  }
}

TEST(PolicyInput, HasTheLayoutOfThePeer) {
  tee::Claims claims = some_claims();
  EXPECT_EQ(to_text(policy_input(claims, Json(), Json())), R"({"cca":{"rim":"measured"}})");
  claims.init_data = "00ff";
  claims.report_data = "11ee";
  EXPECT_EQ(to_text(policy_input(claims, Json::object({{"nonce", "n"}}), Json())),
            R"({"cca":{"rim":"measured"},"init_data":"00ff","init_data_claims":null,"report_data":"11ee",)"
            R"("runtime_data_claims":{"nonce":"n"}})");
  EXPECT_EQ(*policy_input(claims, Json(), Json::object({{"a", "b"}})).find("init_data_claims"),
            Json::object({{"a", "b"}}));
}

// What a guest says of its init data counts only with evidence that carries its digest.
TEST(PolicyInput, ShowsNoInitDataThatTheEvidenceDoesNotCarry) {
  EXPECT_EQ(policy_input(some_claims(), Json(), Json::object({{"a", "b"}})).find("init_data_claims"), nullptr);
}

}  // namespace
}  // namespace avouch::appraise
