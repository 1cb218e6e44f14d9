#include "appraise/record.h"

#include <gtest/gtest.h>

namespace avouch::appraise {
namespace {

ledger::Decision empty() {
  ledger::Decision out;
  out.facts = Json::object();
  return out;
}

tee::ReferenceComparison comparison(tee::ReferenceState state, Json::Array expected) {
  return {"cca.platform/1", "cca.platform.cca-platform-config", "measured", std::move(expected), state};
}

TEST(Record, HoldsBothSidesOfEachComparison) {
  tee::Claims claims;
  claims.comparisons = {comparison(tee::ReferenceState::kMissing, {}),
                        comparison(tee::ReferenceState::kMismatched, {"other", "another"}),
                        comparison(tee::ReferenceState::kMatched, {"measured"})};
  ledger::Decision decision = empty();
  record_claims(decision, claims);
  const Json::Array& compared = *decision.facts.find("compared")->as_array();
  ASSERT_EQ(compared.size(), 3U);
  EXPECT_EQ(to_text(compared[0]), R"({"name":"cca.platform/1","claim":"cca.platform.cca-platform-config",)"
                                  R"("measured":"measured","expected":[],"state":"missing"})");
  EXPECT_EQ(*compared[1].find("expected"), Json::array({"other", "another"}));
  EXPECT_EQ(*compared[1].find("state"), Json("mismatched"));
  EXPECT_EQ(*compared[2].find("state"), Json("matched"));
  EXPECT_EQ(*decision.facts.find("findings"), Json::array());
}

TEST(Record, HoldsFindingsByTheNamesOfTheirClaims) {
  tee::Claims claims;
  claims.findings = {{ear::TrustClaim::kInstanceIdentity, 97, "cca.platform.not-secured", "lifecycle 0x4000"}};
  ledger::Decision decision = empty();
  record_claims(decision, claims);
  EXPECT_EQ(
      to_text(*decision.facts.find("findings")),
      R"([{"claim":"instance-identity","value":97,"code":"cca.platform.not-secured","detail":"lifecycle 0x4000"}])");
}

TEST(Record, HoldsOfARefusalTheComparisonAndNoFinding) {
  ledger::Decision decision = empty();
  record_refusal(decision, {comparison(tee::ReferenceState::kMismatched, {"other"})});
  EXPECT_EQ(decision.claimed.find("compared")->as_array()->size(), 1U);
  EXPECT_TRUE(decision.facts.as_object()->empty()) << "nothing of it is authentic";
  EXPECT_NE(ledger::to_json(decision).find("compared"), nullptr);
  ledger::Decision nothing = empty();
  record_refusal(nothing, {});
  EXPECT_TRUE(nothing.claimed.as_object()->empty());
}

TEST(Record, HoldsWhatAPolicyHeardAndSaid) {
  const Instant expired = from_unix_seconds(1'700'000'000);
  Hearing hearing{"default_cpu", "0123", Json::object({{"cca", "claims"}}), Json::object({{"hardware", 2}}), {}};
  hearing.consulted["rim"] = Consulted{Json::array({"one"}), std::nullopt};
  hearing.consulted["svn"] = Consulted{nullptr, expired};
  ledger::Decision decision = empty();
  record_hearing(decision, hearing);
  EXPECT_EQ(to_text(*decision.facts.find("policy")), R"({"id":"default_cpu","sha256":"0123"})");
  EXPECT_EQ(to_text(*decision.facts.find("input")), R"({"cca":"claims"})");
  EXPECT_EQ(to_text(*decision.facts.find("said")), R"({"hardware":2})");
  EXPECT_EQ(to_text(*decision.facts.find("lookups")),
            R"([{"name":"rim","value":["one"]},{"name":"svn","value":null,"expired":")" + to_rfc3339(expired) + "\"}]");
}

TEST(Record, NamesAPolicyThatThereIsNot) {
  ledger::Decision decision = empty();
  record_hearing(decision, Hearing{"default_gpu", "", {}, {}, {}});
  EXPECT_EQ(*decision.facts.at("/policy/id"), Json("default_gpu"));
  EXPECT_EQ(decision.facts.find("input"), nullptr);
  EXPECT_EQ(decision.facts.find("lookups"), nullptr);
}

TEST(Record, HoldsTheVerdict) {
  Appraisal appraisal;
  appraisal.status = ear::Tier::kWarning;
  appraisal.vector.set(ear::TrustClaim::kExecutables, 33);
  ledger::Decision decision = empty();
  record_appraisal(decision, appraisal);
  EXPECT_EQ(*decision.facts.find("status"), Json("warning"));
  EXPECT_EQ(*decision.facts.at("/vector/executables"), Json(33));
}

}  // namespace
}  // namespace avouch::appraise
