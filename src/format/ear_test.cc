#include "format/ear.h"

#include <gtest/gtest.h>

namespace avouch::ear {
namespace {

TEST(Tier, HasTheBandsOfAr4siSection2_3_2) {
  struct Band {
    int first, last;
    Tier tier;
  };
  const std::vector<Band> bands{{-128, -97, Tier::kContraindicated}, {-96, -33, Tier::kWarning},
                                {-32, -2, Tier::kAffirming},         {-1, 1, Tier::kNone},
                                {2, 31, Tier::kAffirming},           {32, 95, Tier::kWarning},
                                {96, 127, Tier::kContraindicated}};
  int count = 0;
  for (const Band& band : bands) {
    for (int value = band.first; value <= band.last; ++value, ++count) {
      EXPECT_EQ(tier_of(static_cast<std::int8_t>(value)), band.tier) << value;
    }
  }
  EXPECT_EQ(count, 256);
}

TEST(Tier, WorseIsSymmetricAndPrefersTheWorst) {
  const std::vector<Tier> ranked{Tier::kNone, Tier::kAffirming, Tier::kWarning, Tier::kContraindicated};
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    for (std::size_t j = 0; j < ranked.size(); ++j) {
      EXPECT_EQ(worse(ranked[i], ranked[j]), ranked[std::max(i, j)]);
    }
  }
}

TEST(TrustClaim, NamesGoBothWays) {
  for (std::size_t i = 0; i < kTrustClaimCount; ++i) {
    const auto claim = static_cast<TrustClaim>(i);
    EXPECT_EQ(trust_claim_from_name(to_string(claim)), claim);
  }
  EXPECT_EQ(trust_claim_from_name("Hardware"), std::nullopt);
  EXPECT_EQ(trust_claim_from_name(""), std::nullopt);
  EXPECT_STREQ(title_of(TrustClaim::kSourcedData), "Sourced Data");
}

TEST(TrustClaim, IsDescribedInTheWordsOfVeraison) {
  EXPECT_EQ(describe(TrustClaim::kInstanceIdentity, 2), "recognized and not compromised");
  EXPECT_EQ(describe(TrustClaim::kExecutables, 3), "recognized and approved boot-time");
  EXPECT_EQ(describe(TrustClaim::kExecutables, 33), "unrecognized run-time");
  EXPECT_EQ(describe(TrustClaim::kHardware, 97), "unrecognized");
  EXPECT_EQ(describe(TrustClaim::kConfiguration, 36), "unknown code-point 36");
  EXPECT_EQ(describe(TrustClaim::kFileSystem, -33), "unknown code-point -33");
  EXPECT_EQ(explain(TrustClaim::kConfiguration, 2), "The configuration is a known and approved config.");
  EXPECT_EQ(explain(TrustClaim::kConfiguration, 36), "unknown code-point 36");
}

TEST(TrustClaim, HasCommonValuesThatMeanTheSameEverywhere) {
  for (std::size_t i = 0; i < kTrustClaimCount; ++i) {
    const auto claim = static_cast<TrustClaim>(i);
    EXPECT_EQ(describe(claim, -1), "verifier malfunction");
    EXPECT_EQ(describe(claim, 0), "no claim being made");
    EXPECT_EQ(describe(claim, 1), "unexpected evidence");
    EXPECT_EQ(describe(claim, 99), "cryptographic validation failed");
  }
}

TEST(TrustClaim, IsKnownByItsTag) {
  EXPECT_EQ(value_from_tag("unsafe_config"), 32);
  EXPECT_EQ(value_from_tag("unrecognized_hw"), 97);
  EXPECT_EQ(value_from_tag("crypto_failed"), 99);
  EXPECT_EQ(value_from_tag("no_claim"), 0);
  EXPECT_EQ(value_from_tag("approved"), std::nullopt);
}

TEST(TrustVector, KeepsTheAbsentApartFromZero) {
  TrustVector vector;
  EXPECT_TRUE(vector.empty());
  EXPECT_EQ(vector.get(TrustClaim::kHardware), std::nullopt);
  vector.set(TrustClaim::kHardware, 0);
  EXPECT_FALSE(vector.empty());
  EXPECT_EQ(to_text(vector.to_json()), R"({"hardware":0})");
  EXPECT_EQ(vector.status(), Tier::kNone);
}

TEST(TrustVector, IsAsBadAsItsWorstClaim) {
  TrustVector vector;
  vector.set(TrustClaim::kInstanceIdentity, 2);
  EXPECT_EQ(vector.status(), Tier::kAffirming);
  vector.set(TrustClaim::kConfiguration, 32);
  EXPECT_EQ(vector.status(), Tier::kWarning);
  vector.set(TrustClaim::kSourcedData, -97);
  EXPECT_EQ(vector.status(), Tier::kContraindicated);
  vector.set(TrustClaim::kFileSystem, 2);
  EXPECT_EQ(vector.status(), Tier::kContraindicated);
  EXPECT_EQ(to_text(vector.to_json()),
            R"({"instance-identity":2,"configuration":32,"file-system":2,"sourced-data":-97})");
}

Ear sample() {
  Submod cpu{"cpu0", Tier::kAffirming, {}, "default", Json::object({{"sample", Json::object({{"svn", "1"}})}}), {}};
  cpu.vector.set(TrustClaim::kHardware, 2);
  cpu.vector.set(TrustClaim::kExecutables, 3);
  cpu.extensions.push_back({"ear.trustee.identifiers", Json::object()});
  Ear ear{"tag:github.com,2024:confidential-containers/Trustee",
          from_unix_seconds(1795318216),
          from_unix_seconds(1795318516),
          "CoCo-Attestation-Service",
          "https://confidentialcontainers.org",
          "attestation-service 0.1.0",
          {},
          {}};
  ear.submods.push_back(std::move(cpu));
  return ear;
}

TEST(Ear, IsWrittenInTheOrderOfThePeer) {
  EXPECT_EQ(
      to_text(to_json(sample())),
      R"({"eat_profile":"tag:github.com,2024:confidential-containers/Trustee","iat":1795318216,)"
      R"("ear.verifier-id":{"developer":"https://confidentialcontainers.org","build":"attestation-service 0.1.0"},)"
      R"("submods":{"cpu0":{"ear.status":"affirming","ear.trustworthiness-vector":{"executables":3,"hardware":2},)"
      R"("ear.appraisal-policy-id":"default","ear.veraison.annotated-evidence":{"sample":{"svn":"1"}},)"
      R"("ear.trustee.identifiers":{}}},"exp":1795318516,"iss":"CoCo-Attestation-Service"})");
}

TEST(Ear, LeavesOutWhatASubmodDoesNotHave) {
  Ear ear = sample();
  ear.submods = {Submod{"gpu0", Tier::kNone, {}, "", Json(), {}}};
  EXPECT_EQ(to_text(*to_json(ear).find("submods")), R"({"gpu0":{"ear.status":"none"}})");
}

std::string status_written(Tier status, std::int8_t hardware) {
  Ear ear = sample();
  ear.submods[0].status = status;
  ear.submods[0].vector.set(TrustClaim::kHardware, hardware);
  return *to_json(ear).at("/submods/cpu0/ear.status")->as_string();
}

TEST(Ear, NeverClaimsABetterStatusThanItsVector) {
  EXPECT_EQ(status_written(Tier::kAffirming, 97), "contraindicated");
  EXPECT_EQ(status_written(Tier::kAffirming, 32), "warning");
  EXPECT_EQ(status_written(Tier::kNone, 97), "contraindicated");
  EXPECT_EQ(status_written(Tier::kContraindicated, 2), "contraindicated");
  EXPECT_EQ(status_written(Tier::kNone, 2), "none");
}

TEST(Ear, LetsNoExtensionReplaceAMember) {
  Ear ear = sample();
  ear.submods[0].status = Tier::kContraindicated;
  ear.submods[0].extensions.push_back({"ear.status", "affirming"});
  ear.extensions.push_back({"exp", 4102444800});
  ear.extensions.push_back({"eat_nonce", "AAAAAAAA"});
  const Json json = to_json(ear);
  EXPECT_EQ(*json.at("/submods/cpu0/ear.status")->as_string(), "contraindicated");
  EXPECT_EQ(json.find("exp")->as_integer(), 1795318516);
  EXPECT_EQ(*json.find_string("eat_nonce"), "AAAAAAAA");
}

}  // namespace
}  // namespace avouch::ear
