// Appraiser::evaluate(): several exhibits and several policies in one result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/jws.h"
#include "testing/cca_verifier.h"

namespace avouch::appraise {
namespace {

using ::testing::ElementsAre;

constexpr const char* kStrict = R"(package policy
import rego.v1
trust_claims := {"executables": 33, "hardware": 2, "sourced-data": 0}
extensions := [{"name": "ear.trustee.identifiers", "key": -18, "value": "strict"}]
)";

class EvaluateTest : public ::testing::Test {
 protected:
  EvaluateTest() {
    verifier_.endorse_platform();
    verifier_.endorse_realm();
    session_ = verifier_.sessions.issue("cca").session;
    evidence_ = verifier_.evidence(session_);
    EXPECT_TRUE(verifier_.policies.set("strict_cpu", kStrict).has_value());
  }

  Exhibit exhibit() const { return {"cca", evidence_, binding_, null_, null_}; }

  // The submodules of a result that has to come out.
  Json submods(const std::vector<Exhibit>& exhibits, const std::vector<std::string>& policy_ids) {
    const auto result = verifier_.appraiser.evaluate(exhibits, policy_ids, "192.0.2.7");
    EXPECT_TRUE(result.has_value()) << result.error().error.code << ": " << result.error().error.detail;
    if (!result.has_value()) return {};
    const Result<jose::Jws> jws = jose::parse_jws(result->token);
    EXPECT_TRUE(jws.has_value() && jose::verify_jws(*jws, verifier_.signer.public_key()).has_value());
    record_ = verifier_.decisions.find(result->decision_id).value();
    return *jws->payload.find("submods");
  }
  std::string refusal(const std::vector<Exhibit>& exhibits, const std::vector<std::string>& policy_ids) {
    const auto result = verifier_.appraiser.evaluate(exhibits, policy_ids, "192.0.2.7");
    if (result.has_value()) return "granted";
    record_ = verifier_.decisions.find(result.error().decision_id).value();
    EXPECT_EQ(*record_.at("/error/code"), Json(result.error().error.code));
    return result.error().error.code;
  }
  static std::vector<std::string> names(const Json& submods) {
    std::vector<std::string> out;
    for (const Json::Member& member : *submods.as_object()) out.push_back(member.first);
    return out;
  }

  testing::CcaVerifier verifier_;
  Session session_;
  Buffer evidence_;
  tee::Binding binding_ = tee::Binding::make(Buffer(48, 0), tee::NotDemanded{"none sent"}).value();
  Json null_, record_;

  void bind() {
    binding_ = tee::Binding::make(testing::bind_nonce(session_).value(), tee::NotDemanded{"none sent"}).value();
  }
};

TEST_F(EvaluateTest, SaysOfOneExhibitWhatASessionWouldSay) {
  bind();
  const Json result = submods({exhibit()}, {"default"});
  EXPECT_THAT(names(result), ElementsAre("cpu0"));
  EXPECT_EQ(*result.at("/cpu0/ear.status"), Json("affirming"));
  EXPECT_EQ(*result.at("/cpu0/ear.appraisal-policy-id"), Json("default"));
  EXPECT_EQ(result.at("/cpu0/avouch.appraisals"), nullptr);
  EXPECT_EQ(*record_.find("subject"), Json("cca"));
  EXPECT_EQ(record_.find("appraisals"), nullptr);
}

TEST_F(EvaluateTest, NumbersTheSubmodulesOfAClassInTheOrderOfTheExhibits) {
  bind();
  const Json result = submods({exhibit(), exhibit()}, {"default"});
  EXPECT_THAT(names(result), ElementsAre("cpu0", "cpu1"));
  EXPECT_EQ(*record_.find("subject"), Json("cca,cca"));
  EXPECT_EQ(*record_.at("/appraisals/1/submod"), Json("cpu1"));
}

TEST_F(EvaluateTest, RefusesAllWhereOneExhibitIsNotFresh) {
  bind();
  const Session other = verifier_.sessions.issue("cca").session;
  const Buffer stale = verifier_.evidence(other);
  EXPECT_EQ(refusal({exhibit(), {"cca", stale, binding_, null_, null_}}, {"default"}), "cca.realm.challenge-mismatch");
  EXPECT_EQ(refusal({{"cca", stale, binding_, null_, null_}, exhibit()}, {"default"}), "cca.realm.challenge-mismatch");
}

TEST_F(EvaluateTest, TakesTheWorstThatAnyPolicySays) {
  bind();
  for (const auto& ids : {std::vector<std::string>{"default", "strict"}, {"strict", "default"}}) {
    const Json result = submods({exhibit()}, ids);
    EXPECT_EQ(*result.at("/cpu0/ear.status"), Json("warning"));
    EXPECT_EQ(*result.at("/cpu0/ear.trustworthiness-vector/executables"), Json(33));
    EXPECT_EQ(*result.at("/cpu0/ear.trustworthiness-vector/hardware"), Json(2));
    EXPECT_EQ(*result.at("/cpu0/ear.appraisal-policy-id"), Json(ids[0] + "," + ids[1]));
    EXPECT_EQ(*result.at("/cpu0/avouch.appraisals/default/ear.status"), Json("affirming"));
    EXPECT_EQ(*result.at("/cpu0/avouch.appraisals/strict/ear.status"), Json("warning"));
    EXPECT_EQ(*result.at("/cpu0/avouch.appraisals/strict/ear.trustworthiness-vector/executables"), Json(33));
  }
}

// "none" is less than affirming: who affirms nothing is not outvoted by one that does.
TEST_F(EvaluateTest, AffirmsOnlyWhatEveryPolicyAffirms) {
  bind();
  const char* silent = "package policy\ntrust_claims := {\"executables\": 0}\n";
  ASSERT_TRUE(verifier_.policies.set("silent_cpu", silent).has_value());
  EXPECT_EQ(*submods({exhibit()}, {"default"}).at("/cpu0/ear.status"), Json("affirming"));
  for (const auto& ids : {std::vector<std::string>{"default", "silent"}, {"silent", "default"}}) {
    const Json result = submods({exhibit()}, ids);
    EXPECT_EQ(*result.at("/cpu0/ear.status"), Json("none"));
    EXPECT_EQ(*result.at("/cpu0/ear.trustworthiness-vector/executables"), Json(0));
    EXPECT_EQ(*result.at("/cpu0/ear.trustworthiness-vector/hardware"), Json(2));
    EXPECT_EQ(*record_.at("/policy/id"), Json("silent_cpu"));
  }
}

TEST_F(EvaluateTest, PutsThePolicyOnRecordThatDecided) {
  bind();
  for (const auto& ids : {std::vector<std::string>{"default", "strict"}, {"strict", "default"}}) {
    submods({exhibit()}, ids);
    EXPECT_EQ(*record_.at("/policy/id"), Json("strict_cpu"));
    EXPECT_EQ(*record_.find("status"), Json("warning"));
    EXPECT_EQ(record_.find("appraisals")->as_array()->size(), 2U);
  }
}

TEST_F(EvaluateTest, RefusesAllWhereOnePolicyIsUnknown) {
  bind();
  EXPECT_EQ(refusal({exhibit()}, {"default", "nope"}), "policy.unknown");
  EXPECT_EQ(*record_.at("/policy/id"), Json("nope_cpu"));
  EXPECT_EQ(refusal({exhibit()}, {"nope", "default"}), "policy.unknown");
}

TEST_F(EvaluateTest, RefusesToJudgeNothingAndByNothing) {
  bind();
  EXPECT_EQ(refusal({}, {"default"}), "appraisal.nothing");
  EXPECT_EQ(refusal({exhibit()}, {}), "appraisal.nothing");
}

Appraisal said(std::int8_t executables, std::int8_t hardware) {
  Appraisal out;
  out.vector.set(ear::TrustClaim::kExecutables, executables);
  out.vector.set(ear::TrustClaim::kHardware, hardware);
  out.status = out.vector.status();
  return out;
}

TEST(Combine, LetsNoPolicyMakeAnotherOnesClaimBetter) {
  const ear::Submod out =
      combine({{"cpu0", "a", said(97, 2)}, {"cpu0", "b", said(2, 33)}, {"cpu0", "c", said(0, 0)}}, {});
  EXPECT_EQ(out.vector.get(ear::TrustClaim::kExecutables), 97);
  EXPECT_EQ(out.vector.get(ear::TrustClaim::kHardware), 33);
  EXPECT_EQ(out.status, ear::Tier::kContraindicated);
  EXPECT_EQ(out.appraisal_policy_id, "a,b,c");
}

TEST(Combine, LeavesAClaimThatOnePolicySaysNothingOfToTheOthers) {
  Appraisal other;
  other.vector.set(ear::TrustClaim::kFileSystem, 2);
  other.status = other.vector.status();
  const ear::Submod out = combine({{"cpu0", "a", other}, {"cpu0", "b", said(2, 3)}}, {});
  EXPECT_EQ(out.vector.get(ear::TrustClaim::kExecutables), 2);
  EXPECT_EQ(out.vector.get(ear::TrustClaim::kFileSystem), 2);
  EXPECT_EQ(out.status, ear::Tier::kAffirming);
  other.vector.set(ear::TrustClaim::kFileSystem, 0);
  other.status = other.vector.status();
  EXPECT_EQ(combine({{"cpu0", "a", other}, {"cpu0", "b", said(2, 3)}}, {}).status, ear::Tier::kNone)
      << "a policy that affirms nothing is not outvoted";
}

TEST(Combine, KeepsTheFirstOfExtensionsWithOneName) {
  Verdict first{"cpu0", "a", said(2, 2)}, second{"cpu0", "b", said(2, 2)};
  first.appraisal.extensions = {{"x", Json(1)}};
  second.appraisal.extensions = {{"x", Json(2)}, {"y", Json(3)}};
  const ear::Submod out = combine({first, second}, {});
  ASSERT_EQ(out.extensions.size(), 3U);
  EXPECT_EQ(out.extensions[0], (Json::Member{"x", Json(1)}));
  EXPECT_EQ(out.extensions[1], (Json::Member{"y", Json(3)}));
}

}  // namespace
}  // namespace avouch::appraise
