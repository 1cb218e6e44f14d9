#include "appraise/explain_release.h"

#include <gtest/gtest.h>

#include "testing/code_of.h"

namespace avouch::appraise {
namespace {

using testing::code_of;

std::shared_ptr<const policy::Program> policy_of(const std::string& rules) {
  auto program = policy::compile("resource-policy", "package policy\nimport rego.v1\ndefault allow := false\n" + rules);
  EXPECT_EQ(code_of(program), "ok") << rules;
  return program.value_or(nullptr);
}

// A denied release whose result fell short in its executables.
Json record_of(const Json& executables) {
  const Json submod =
      Json::object({{"ear.status", "warning"},
                    {"ear.trustworthiness-vector",
                     Json::object({{"executables", executables}, {"hardware", 2}, {"file-system", 0}})}});
  return Json::object(
      {{"input", Json::object({{"submods", Json::object({{"cpu0", submod}})}})},
       {"data", Json::object({{"plugin", "resource"}, {"resource-path", Json::array({"a", "b", "c"})}})}});
}

constexpr const char* kAffirming = "allow if input.submods.cpu0[\"ear.status\"] == \"affirming\"";

TEST(ExplainRelease, TellsWhichClaimsFellShort) {
  const ReleaseView view = explain_release(record_of(33), policy_of(kAffirming).get());
  EXPECT_TRUE(view.is_for_the_evidence);
  ASSERT_EQ(view.fell_short.size(), 1U);
  EXPECT_EQ(*view.fell_short[0].find("submod"), Json("cpu0"));
  EXPECT_EQ(*view.fell_short[0].find("status"), Json("warning"));
  EXPECT_EQ(*view.fell_short[0].find("claim"), Json("executables"));
  EXPECT_EQ(*view.fell_short[0].find("value"), Json(33));
  EXPECT_NE(view.fell_short[0].find("meaning")->as_string(), nullptr);
}

TEST(ExplainRelease, TellsARuleOfThePolicysOwnWithItsLine) {
  const auto program = policy_of("allow if {\n  data[\"resource-path\"][0] == \"other\"\n}");
  const ReleaseView view = explain_release(record_of(33), program.get());
  EXPECT_FALSE(view.is_for_the_evidence);
  bool found = false;
  for (const Json& line : view.lines) {
    found = found || line == Json::object({{"line", 5}, {"text", "data[\"resource-path\"][0] == \"other\""}});
  }
  EXPECT_TRUE(found) << to_text(Json(view.lines));
}

TEST(ExplainRelease, TakesPoliciesThatLookAtTheVectorForWhatTheyAre) {
  const auto program = policy_of("allow if input.submods.cpu0[\"ear.trustworthiness-vector\"].executables < 32");
  EXPECT_TRUE(explain_release(record_of(33), program.get()).is_for_the_evidence);
}

TEST(ExplainRelease, SaysThatTheEvidenceIsNotEnoughWhereARuleDeniesBesides) {
  const auto program = policy_of(
      "allow if {\n  input.submods.cpu0[\"ear.status\"] == \"affirming\"\n  data[\"resource-path\"][0] == \"x\"\n}");
  EXPECT_FALSE(explain_release(record_of(33), program.get()).is_for_the_evidence);
}

TEST(ExplainRelease, GetsByWithoutPolicyOrInput) {
  EXPECT_EQ(explain_release(record_of(33), nullptr).fell_short.size(), 1U);
  EXPECT_TRUE(explain_release(Json::object(), policy_of(kAffirming).get()).fell_short.empty());
}

// The result may be another verifier's: nothing in it has to be what ours would put there.
TEST(ExplainRelease, TakesValuesThatNoTrustClaimHasAsShort) {
  for (const Json& value : {Json("3"), Json(300), Json(), Json::array()}) {
    const ReleaseView view = explain_release(record_of(value), policy_of(kAffirming).get());
    ASSERT_EQ(view.fell_short.size(), 1U);
    EXPECT_TRUE(view.fell_short[0].find("meaning")->is_null());
  }
}

}  // namespace
}  // namespace avouch::appraise
