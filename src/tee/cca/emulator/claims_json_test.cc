#include "tee/cca/emulator/claims_json.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "codec/base64.h"
#include "tee/cca/evidence.h"
#include "testing/code_of.h"
#include "testing/vectors.h"

namespace avouch::tee::cca::emulator {
namespace {

using testing::code_of;

// Every file of vectors/tee/cca/claims-json, and what becomes of it. Its MANIFEST says "valid" or "must fail".
const std::map<std::string, std::string> kVerdicts = {
    {"platform-test-config-missing", "cca.platform.missing"},
    {"platform-test-hash-algid-invalid", "cca.platform.hash-algorithm"},
    {"platform-test-hash-algid-missing", "cca.platform.missing"},
    {"platform-test-implementation-id-invalid-long", "cca.platform.implementation-id"},
    {"platform-test-implementation-id-invalid-missing", "cca.platform.missing"},
    {"platform-test-instance-id-invalid", "cca.platform.instance-id"},
    {"platform-test-instance-id-missing", "cca.platform.missing"},
    {"platform-test-invalid-profile", "cca.platform.profile"},
    {"platform-test-invalid-psa-claims", "cca.platform.missing"},
    {"platform-test-lifecycle-invalid", "cca.platform.lifecycle"},
    {"platform-test-no-sw-components", "cca.platform.missing"},
    {"platform-test-nonce-invalid", "cca.platform.challenge"},
    {"platform-test-sw-components-invalid-combo", "cca.claims.base64"},
    {"platform-test-sw-components-invalid-missing", "cca.platform.missing"},
    {"platform-test-token-valid-full", "ok"},
    {"platform-test-vsi-invalid-empty", "cca.platform.service-indicator"},
    {"realm-test-cca-claims-all-valid", "ok"},
    {"realm-test-invalid-extended-meas", "cca.realm.extensible-measurement"},
    {"realm-test-invalid-initial-meas", "cca.realm.initial-measurement"},
    {"realm-test-invalid-nonce", "cca.realm.challenge"},
    {"realm-test-invalid-personalization-val", "cca.realm.personalization-value"},
    {"realm-test-invalid-public-key", "cca.realm.public-key"},
    {"realm-test-missing-extended-meas", "cca.realm.missing"},
    {"realm-test-missing-hash-alg-id", "cca.realm.missing"},
    {"realm-test-missing-initial-meas", "cca.realm.missing"},
    {"realm-test-missing-nonce", "cca.realm.missing"},
    {"realm-test-missing-personalization-val", "cca.realm.missing"},
    {"realm-test-missing-public-key-alg-id", "cca.realm.missing"},
    {"realm-test-missing-public-key", "cca.realm.missing"},
};

Json json(std::string_view text) {
  return parse_json(text).value();
}

std::string base64(std::size_t size_bytes, std::uint8_t fill) {
  return codec::to_base64(Buffer(size_bytes, fill));
}

Json platform_claims() {
  const Json full = Json::object({{"measurement-type", "RMM"},
                                  {"measurement-value", base64(48, 1)},
                                  {"version", "0.6.0"},
                                  {"signer-id", base64(64, 2)},
                                  {"measurement-description", "sha-384"}});
  const Json least = Json::object({{"signer-id", base64(32, 3)}, {"measurement-value", base64(32, 4)}});
  return Json::object({{"cca-platform-profile", "tag:arm.com,2023:cca_platform#1.0.0"},
                       {"cca-platform-challenge", base64(32, 5)},
                       {"cca-platform-implementation-id", base64(32, 6)},
                       {"cca-platform-instance-id", base64(33, 1)},
                       {"cca-platform-config", base64(4, 7)},
                       {"cca-platform-lifecycle", 0x3003},
                       {"cca-platform-sw-components", Json::array({full, least})},
                       {"cca-platform-hash-algo-id", "sha-256"}});
}

Json realm_claims() {
  return Json::object({{"cca-realm-profile", "tag:arm.com,2023:realm#1.0.0"},
                       {"cca-realm-challenge", base64(64, 1)},
                       {"cca-realm-personalization-value", base64(64, 2)},
                       {"cca-realm-hash-algo-id", "sha-256"},
                       {"cca-realm-public-key", base64(103, 3)},
                       {"cca-realm-public-key-hash-algo-id", "sha-512"},
                       {"cca-realm-initial-measurement", base64(32, 4)},
                       {"cca-realm-extensible-measurements",
                        Json::array({base64(32, 5), base64(32, 6), base64(32, 7), base64(32, 8)})}});
}

TEST(CcaClaimsJson, JudgesEveryRecordedFileAsTheManifestSays) {
  NEEDS_VECTORS();
  const std::string folder = "tee/cca/claims-json/";
  const std::string manifest = testing::vector_text("tee/MANIFEST.md");
  std::size_t file_count = 0;
  for (const auto& file : std::filesystem::directory_iterator(testing::vectors_folder() + "/" + folder)) {
    const std::string name = file.path().stem().string();
    const Json claims = json(testing::vector_text(folder + name + ".json"));
    const std::string verdict = name.starts_with("platform-") ? code_of(platform_claims_from_json(claims))
                                                              : code_of(realm_claims_from_json(claims));
    ASSERT_TRUE(kVerdicts.contains(name)) << name;
    EXPECT_EQ(verdict, kVerdicts.at(name)) << name;
    const std::size_t row = manifest.find("| " + name + ".json |");
    ASSERT_NE(row, std::string::npos) << name;
    const bool must_fail = manifest.substr(row, manifest.find('\n', row) - row).ends_with("| must fail validation |");
    EXPECT_EQ(verdict != "ok", must_fail) << name;
    ++file_count;
  }
  EXPECT_EQ(file_count, kVerdicts.size());
}

TEST(CcaClaimsJson, SaysInCborWhatTheJsonSaid) {
  const Buffer encoded = platform_claims_from_json(platform_claims()).value();
  const PlatformClaims claims = parse_platform_claims(encoded).value();
  EXPECT_EQ(claims.profile, cca::Profile::k2023);
  EXPECT_EQ(to_buffer(claims.challenge), Buffer(32, 5));
  EXPECT_EQ(to_buffer(claims.implementation_id), Buffer(32, 6));
  EXPECT_EQ(to_buffer(claims.instance_id), Buffer(33, 1));
  EXPECT_EQ(to_buffer(claims.config), Buffer(4, 7));
  EXPECT_EQ(claims.lifecycle, 0x3003);
  EXPECT_EQ(claims.service_indicator, std::nullopt);
  ASSERT_EQ(claims.software_components.size(), 2U);
  const SoftwareComponent& full = claims.software_components[0];
  EXPECT_EQ(full.type, "RMM");
  EXPECT_EQ(to_buffer(full.measurement), Buffer(48, 1));
  EXPECT_EQ(full.version, "0.6.0");
  EXPECT_EQ(to_buffer(full.signer_id), Buffer(64, 2));
  EXPECT_EQ(full.hash_algorithm, "sha-384");
  EXPECT_EQ(claims.software_components[1].type, std::nullopt);

  const Buffer encoded_realm = realm_claims_from_json(realm_claims()).value();
  const RealmClaims realm = parse_realm_claims(encoded_realm).value();
  EXPECT_EQ(realm.profile, cca::Profile::k2023);
  EXPECT_EQ(to_buffer(realm.personalization_value), Buffer(64, 2));
  EXPECT_EQ(to_buffer(realm.public_key), Buffer(103, 3));
  EXPECT_EQ(realm.public_key_hash_algorithm, crypto::Hash::kSha512);
  EXPECT_EQ(to_buffer(realm.extensible_measurements[3]), Buffer(32, 8));
}

TEST(CcaClaimsJson, NamesTheMemberOfTheWrongKind) {
  for (const auto& [name, value] : std::map<std::string, Json>{
           {"cca-platform-profile", 1},
           {"cca-platform-challenge", Json::array({1, 2})},
           {"cca-platform-config", nullptr},
           {"cca-platform-lifecycle", "0x3003"},
           {"cca-platform-lifecycle", 12288.5},
           {"cca-platform-sw-components", Json::object()},
       }) {
    const Result<Buffer> encoded = platform_claims_from_json(platform_claims().set(name, value));
    EXPECT_EQ(code_of(encoded), "cca.claims.kind") << name;
    EXPECT_TRUE(encoded.error().detail.starts_with(name)) << encoded.error().detail;
    EXPECT_EQ(encoded.error().blame, Blame::kRequest);
  }
  const Json digests = Json::array({base64(32, 0), 5, base64(32, 0), base64(32, 0)});
  EXPECT_EQ(code_of(realm_claims_from_json(realm_claims().set("cca-realm-extensible-measurements", digests))),
            "cca.claims.kind");
}

TEST(CcaClaimsJson, RefusesOctetsThatAreNotPaddedBase64) {
  for (const char* text : {"AQ", "AQ=", "AQ==\n", "-_-_", "AR==", "hex"}) {
    EXPECT_EQ(code_of(platform_claims_from_json(platform_claims().set("cca-platform-config", text))),
              "cca.claims.base64")
        << text;
  }
}

TEST(CcaClaimsJson, RefusesWhatIsNoObject) {
  for (const char* text : {"[]", "null", "\"claims\"", "7"}) {
    EXPECT_EQ(code_of(platform_claims_from_json(json(text))), "cca.claims.shape") << text;
    EXPECT_EQ(code_of(realm_claims_from_json(json(text))), "cca.claims.shape") << text;
  }
  EXPECT_EQ(code_of(platform_claims_from_json(platform_claims().set("cca-platform-sw-components", Json::array({7})))),
            "cca.claims.shape");
}

TEST(CcaClaimsJson, HasNoOtherRulesThanCbor) {
  EXPECT_EQ(code_of(platform_claims_from_json(platform_claims().set("cca-platform-lifecycle", 0x7000))),
            "cca.platform.lifecycle");
  EXPECT_EQ(code_of(platform_claims_from_json(platform_claims().set("cca-platform-lifecycle", -1))), "cbor.kind");
  EXPECT_EQ(code_of(platform_claims_from_json(platform_claims().set("cca-platform-sw-components", Json::array()))),
            "cca.platform.sw-components");
  const Json many(Json::Array(kSoftwareComponentCountMax + 1, Json::object()));
  EXPECT_EQ(code_of(platform_claims_from_json(platform_claims().set("cca-platform-sw-components", many))),
            "cca.platform.sw-components");
  EXPECT_EQ(code_of(realm_claims_from_json(realm_claims().set("cca-realm-profile", "tag:arm.com,2024:realm#2.0.0"))),
            "cca.realm.profile");
  EXPECT_EQ(code_of(platform_claims_from_json(realm_claims())), "cca.platform.missing");
  EXPECT_EQ(code_of(realm_claims_from_json(platform_claims())), "cca.realm.missing");
  // A member that is no claim is passed over, as an unknown label is: the output of `avouch evidence verify` has some.
  EXPECT_EQ(code_of(platform_claims_from_json(platform_claims().set("cca-platform-lifecycle-state", "secured"))), "ok");
}

}  // namespace
}  // namespace avouch::tee::cca::emulator
