#include "tee/cca/room.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "tee/cca/token_for_test.h"

namespace avouch::tee::cca {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the words of these tests

const NotDemanded kNotDemanded{"not in this test"};

Binding any_binding() {
  return Binding::make(kNotDemanded, kNotDemanded).value();
}

Json component_record() {
  return Json::object({{"measurement-value", codec::to_hex(Buffer(32, 0x21))},
                       {"signer-id", codec::to_hex(Buffer(32, 0x51))},
                       {"component-type", "RMM"},
                       {"version", "0.6.0"}});
}

// The record that the minter's tokens match.
Json platform_record() {
  return Json::object({{"implementation-id", codec::to_hex(Buffer(32, 0x10))},
                       {"platform-configuration", "cfcfcfcf"},
                       {"sw-components", Json::array({component_record()})}});
}

Claims verify(Minter& minter, const std::vector<Json>& records) {
  Collateral collateral{{minter.anchor()}, {}};
  for (const Json& record : records) collateral.platform_references.push_back({"record", record});
  return make_room()->verify(minter.token(), any_binding(), collateral, Instant{}).value();
}

std::string refusal(Minter& minter, const Binding& binding) {
  return code_of(make_room()->verify(minter.token(), binding, {{minter.anchor()}, {}}, Instant{}));
}

// The ceiling that findings put on a trust claim, or 0.
int ceiling(const Claims& claims, ear::TrustClaim claim, const std::string& code) {
  for (const Finding& finding : claims.findings) {
    if (finding.claim == claim && finding.code == code) return finding.value;
  }
  return 0;
}

TEST(CcaRoom, AsksForTheAnchorAndTheRecordsOfThePlatform) {
  Minter minter;
  const Needs needs = make_room()->needs(minter.token()).value();
  ASSERT_EQ(needs.size(), 2U);
  EXPECT_EQ(needs[0].kind, Need::Kind::kTrustAnchor);
  EXPECT_EQ(needs[0].key, minter.anchor().key);
  EXPECT_EQ(needs[1].kind, Need::Kind::kPlatformReferences);
  EXPECT_EQ(needs[1].key, codec::to_hex(Buffer(32, 0x10)));
  EXPECT_EQ(code_of(make_room()->needs(Buffer{})), "cbor.short");
}

TEST(CcaRoom, ComparesTheChallengeWithThePaddedReportData) {
  Minter minter;
  const Buffer digest(48, 0x5a);
  Buffer padded = digest;
  padded.resize(64, 0);
  minter.realm[10] = bstr(padded);
  EXPECT_EQ(refusal(minter, Binding::make(digest, kNotDemanded).value()), "");
  EXPECT_EQ(refusal(minter, Binding::make(padded, kNotDemanded).value()), "");
  EXPECT_EQ(refusal(minter, Binding::make(Buffer(47, 0x5a), kNotDemanded).value()), "cca.realm.challenge-mismatch");
  EXPECT_EQ(refusal(minter, Binding::make(Buffer(64, 0x5a), kNotDemanded).value()), "cca.realm.challenge-mismatch");
}

TEST(CcaRoom, RefusesAChallengeWithAnyBitFlipped) {
  Minter minter;
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Buffer digest(64, 0xab);
    digest[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_EQ(refusal(minter, Binding::make(digest, kNotDemanded).value()), "cca.realm.challenge-mismatch") << bit;
  }
}

TEST(CcaRoom, ComparesThePersonalizationValueWithThePaddedInitData) {
  Minter minter;
  for (const std::size_t size_bytes : {32U, 48U, 64U}) {
    const Buffer digest(size_bytes, 0x77);
    Buffer padded = digest;
    padded.resize(64, 0);
    minter.realm[44235] = bstr(padded);
    EXPECT_EQ(refusal(minter, Binding::make(kNotDemanded, digest).value()), "") << size_bytes;
    EXPECT_EQ(refusal(minter, Binding::make(kNotDemanded, Buffer(size_bytes, 0x78)).value()), "cca.realm.init-data");
  }
  EXPECT_EQ(refusal(minter, Binding::make(kNotDemanded, Buffer(65, 0)).value()), "binding.too-long");
}

TEST(CcaRoom, FindsNothingWhereAllIsAsEndorsed) {
  Minter minter;
  const Claims claims = verify(minter, {platform_record()});
  EXPECT_TRUE(claims.findings.empty());
  ASSERT_EQ(claims.comparisons.size(), 2U);
  for (const ReferenceComparison& comparison : claims.comparisons) {
    EXPECT_EQ(comparison.name, "cca.platform/" + codec::to_hex(Buffer(32, 0x10)));
    EXPECT_EQ(comparison.state, ReferenceState::kMatched) << comparison.claim;
    EXPECT_EQ(comparison.expected.size(), 1U);
  }
  EXPECT_EQ(*claims.evidence.at("/platform/cca-platform-endorsed")->as_string(), "matched");
}

TEST(CcaRoom, CapsAPlatformWhoseFirmwareNobodyEndorsed) {
  Minter minter;
  Json other = platform_record();
  other.set("implementation-id", codec::to_hex(Buffer(32, 0x11)));
  for (const std::vector<Json>& records : {std::vector<Json>{}, std::vector<Json>{other}}) {
    const Claims claims = verify(minter, records);
    EXPECT_EQ(ceiling(claims, ear::TrustClaim::kHardware, "cca.platform.firmware-unknown"), 97);
    EXPECT_EQ(ceiling(claims, ear::TrustClaim::kExecutables, "cca.platform.firmware-unknown"), 33);
    EXPECT_EQ(ceiling(claims, ear::TrustClaim::kConfiguration, "cca.platform.firmware-unknown"), 36);
    EXPECT_EQ(claims.comparisons[0].state, ReferenceState::kMissing);
    EXPECT_TRUE(claims.comparisons[0].expected.empty());
    EXPECT_EQ(*claims.evidence.at("/platform/cca-platform-endorsed")->as_string(), "missing");
  }
}

TEST(CcaRoom, CapsAPlatformWhoseFirmwareDiffersInAnyPart) {
  Minter minter;
  for (const auto& [member, value] :
       {std::pair{"measurement-value", codec::to_hex(Buffer(32, 0x22))},
        std::pair{"signer-id", codec::to_hex(Buffer(32, 0x52))}, std::pair{"component-type", std::string("BL")},
        std::pair{"version", std::string("0.6.1")}}) {
    Json record = platform_record();
    record.find("sw-components")->as_array()->front().set(member, value);
    const Claims claims = verify(minter, {record});
    EXPECT_EQ(ceiling(claims, ear::TrustClaim::kHardware, "cca.platform.firmware-mismatched"), 97) << member;
    EXPECT_EQ(claims.comparisons[0].state, ReferenceState::kMismatched) << member;
    EXPECT_NE(claims.findings[0].detail.find("software component 0 (RMM)"), std::string::npos) << member;
  }
}

TEST(CcaRoom, ComparesTypeAndVersionOnlyWhereTheyAreEndorsed) {
  Minter minter;
  Json record = platform_record();
  Json& component = record.find("sw-components")->as_array()->front();
  component.erase("component-type");
  component.erase("version");
  EXPECT_TRUE(verify(minter, {record}).findings.empty());
}

TEST(CcaRoom, RefusesAShorterOrLongerListOfComponents) {
  Minter minter;
  Json longer = platform_record();
  longer.find("sw-components")->push_back(component_record());
  EXPECT_FALSE(verify(minter, {longer}).findings.empty());
  minter.platform[2399] = list({encode(component()), encode(component())});
  EXPECT_FALSE(verify(minter, {platform_record()}).findings.empty());
  EXPECT_TRUE(verify(minter, {platform_record(), longer}).findings.empty());
}

// Components of one record and the configuration of another: each is endorsed, the combination is not.
TEST(CcaRoom, RefusesAMixtureOfTwoRecords) {
  Minter minter;
  Json other_config = platform_record();
  other_config.set("platform-configuration", "00");
  Json other_components = platform_record();
  other_components.find("sw-components")->as_array()->front().set("version", "9");
  const Claims claims = verify(minter, {other_config, other_components});
  EXPECT_EQ(ceiling(claims, ear::TrustClaim::kHardware, "cca.platform.firmware-mismatched"), 97);
  EXPECT_EQ(claims.comparisons[0].state, ReferenceState::kMatched);
  EXPECT_EQ(claims.comparisons[1].state, ReferenceState::kMismatched);
  EXPECT_EQ(claims.comparisons[1].expected, Json::Array{"00"});
}

TEST(CcaRoom, SaysSoWhenAStoredRecordIsDamaged) {
  Minter minter;
  const Result<Claims> claims = make_room()->verify(minter.token(), any_binding(),
                                                    {{minter.anchor()}, {{"a record", Json::object()}}}, Instant{});
  EXPECT_EQ(code_of(claims), "cca.endorsement.damaged");
  EXPECT_EQ(claims.error().blame, Blame::kInternal);
}

TEST(CcaRoom, CapsAPlatformThatIsNotSecured) {
  for (const std::uint64_t lifecycle : {0x0000U, 0x1000U, 0x2000U, 0x4000U, 0x5001U, 0x60ffU}) {
    Minter minter;
    minter.platform[2395] = uint(lifecycle);
    const Claims claims = verify(minter, {platform_record()});
    EXPECT_EQ(ceiling(claims, ear::TrustClaim::kHardware, "cca.platform.not-secured"), 97) << lifecycle;
    EXPECT_EQ(ceiling(claims, ear::TrustClaim::kInstanceIdentity, "cca.platform.not-secured"), 97) << lifecycle;
  }
  Minter minter;
  minter.platform[2395] = uint(0x5001);
  EXPECT_NE(verify(minter, {}).findings.back().detail.find("recoverable-cca-platform-debug (0x5001)"),
            std::string::npos);
}

TEST(CcaRoom, SaysEverythingThatTheTokenSays) {
  Minter minter;
  minter.platform[2400] = tstr("https://example");
  const Claims claims = verify(minter, {platform_record()});
  EXPECT_EQ(claims.tee, "cca");
  EXPECT_EQ(claims.submod, "cpu");
  EXPECT_EQ(claims.report_data, Json(codec::to_hex(Buffer(64, 0xab))));
  EXPECT_EQ(claims.init_data, Json(codec::to_hex(Buffer(64, 0))));
  const Json component = Json::object({{"measurement-type", "RMM"},
                                       {"measurement-value", codec::to_base64(Buffer(32, 0x21))},
                                       {"version", "0.6.0"},
                                       {"signer-id", codec::to_base64(Buffer(32, 0x51))},
                                       {"measurement-description", "sha-256"}});
  const Json platform =
      Json::object({{"cca-platform-instance-id", codec::to_base64(Minter::instance_id())},
                    {"cca-platform-implementation-id", codec::to_base64(Buffer(32, 0x10))},
                    {"cca-platform-profile", "tag:arm.com,2023:cca_platform#1.0.0"},
                    {"cca-platform-lifecycle", 0x3003},
                    {"cca-platform-lifecycle-state", "secured"},
                    {"cca-platform-config", codec::to_base64(Buffer(4, 0xcf))},
                    {"cca-platform-hash-algo-id", "sha-256"},
                    {"cca-platform-service-indicator", "https://example"},
                    {"cca-platform-challenge", *claims.evidence.at("/platform/cca-platform-challenge")},
                    {"cca-platform-sw-components", Json::array({component})},
                    {"cca-platform-endorsed", "matched"}});
  EXPECT_EQ(*claims.evidence.find("platform"), platform);
  const Json realm = Json::object(
      {{"cca-realm-challenge", codec::to_base64(Buffer(64, 0xab))},
       {"cca-realm-extensible-measurements",
        Json::array({codec::to_base64(Buffer(32, 0)), codec::to_base64(Buffer(32, 1)), codec::to_base64(Buffer(32, 2)),
                     codec::to_base64(Buffer(32, 3))})},
       {"cca-realm-hash-algo-id", "sha-256"},
       {"cca-realm-initial-measurement", codec::to_base64(Buffer(32, 0x44))},
       {"cca-realm-personalization-value", codec::to_base64(Buffer(64, 0))},
       {"cca-realm-profile", "tag:arm.com,2023:realm#1.0.0"},
       {"cca-realm-public-key", codec::to_base64(cose::encode_ec2_key(*minter.rak.public_key().ec_point()))},
       {"cca-realm-public-key-hash-algo-id", "sha-256"}});
  EXPECT_EQ(*claims.evidence.find("realm"), realm);
}

}  // namespace
}  // namespace avouch::tee::cca
