#include "tee/cca/endorsements.h"

#include <gtest/gtest.h>

#include "tee/cca/endorsement_for_test.h"

namespace avouch::tee::cca {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the words of these tests

TEST(CcaEndorsements, KeysATrustAnchorByBothIdsInLowerCase) {
  const TrustAnchor anchor = parse_trust_anchor(anchor_entry()).value();
  EXPECT_EQ(anchor.key, hex(32, "cd") + "/01" + hex(32, "ab"));
}

TEST(CcaEndorsements, RefusesAnIncompleteTrustAnchor) {
  for (const char* member : {"instance-id", "implementation-id", "pkey"}) {
    Json entry = anchor_entry();
    entry.erase(member);
    EXPECT_EQ(code_of(parse_trust_anchor(entry)), "cca.endorsement.shape") << member;
  }
  EXPECT_EQ(code_of(parse_trust_anchor(Json("text"))), "cca.endorsement.shape");
}

TEST(CcaEndorsements, RefusesIdsThatAreNoHexOrHaveAnotherSize) {
  Json entry = anchor_entry();
  entry.set("instance-id", hex(33, "0g"));
  EXPECT_EQ(code_of(parse_trust_anchor(entry)), "cca.endorsement.hex");
  entry.set("instance-id", hex(32, "01"));
  EXPECT_EQ(code_of(parse_trust_anchor(entry)), "cca.endorsement.size");
  entry.set("instance-id", 7);
  EXPECT_EQ(code_of(parse_trust_anchor(entry)), "cca.endorsement.shape");
}

TEST(CcaEndorsements, RefusesKeysThatAreNoPublicEcKeys) {
  Json entry = anchor_entry();
  entry.find("pkey")->set("d", "AAAA");
  EXPECT_EQ(code_of(parse_trust_anchor(entry)), "cca.endorsement.key");
  entry.set("pkey", jose::jwk_from_public_key(crypto::PrivateKey::generate_ed25519().public_key()));
  EXPECT_EQ(code_of(parse_trust_anchor(entry)), "cca.endorsement.key");
  entry.set("pkey", nullptr);
  EXPECT_EQ(code_of(parse_trust_anchor(entry)), "cca.endorsement.key");
}

TEST(CcaEndorsements, TakesANullTypeOrVersionForAnAbsentOne) {
  Json entry = platform_entry();
  Json& component = entry.find("sw-components")->as_array()->front();
  component.set("component-type", nullptr);
  component.set("version", "1.0");
  const PlatformRecord record = parse_platform_record(entry).value();
  EXPECT_FALSE(record.components[0].type.has_value());
  EXPECT_EQ(record.components[0].version, "1.0");
}

TEST(CcaEndorsements, RefusesDamagedPlatformRecords) {
  for (const char* member : {"implementation-id", "platform-configuration", "sw-components"}) {
    Json entry = platform_entry();
    entry.erase(member);
    EXPECT_EQ(code_of(parse_platform_record(entry)), "cca.endorsement.shape") << member;
  }
  Json entry = platform_entry();
  entry.set("sw-components", Json::array());
  EXPECT_EQ(code_of(parse_platform_record(entry)), "cca.endorsement.shape");
  entry = platform_entry();
  entry.find("sw-components")->as_array()->front().set("measurement-value", hex(31, "11"));
  EXPECT_EQ(code_of(parse_platform_record(entry)), "cca.endorsement.size");
  entry.find("sw-components")->as_array()->front().set("measurement-value", "zz");
  EXPECT_EQ(code_of(parse_platform_record(entry)), "cca.endorsement.hex");
}

TEST(CcaEndorsements, RefusesDamagedRealmRecords) {
  for (const char* member : {"initial-measurement", "extensible-measurements", "personalization-value"}) {
    Json entry = realm_entry();
    entry.erase(member);
    EXPECT_EQ(code_of(parse_realm_record(entry)), "cca.endorsement.shape") << member;
  }
  Json entry = realm_entry();
  entry.find("extensible-measurements")->as_array()->pop_back();
  EXPECT_EQ(code_of(parse_realm_record(entry)), "cca.endorsement.shape");
  entry = realm_entry();
  entry.set("personalization-value", hex(63, "00"));
  EXPECT_EQ(code_of(parse_realm_record(entry)), "cca.endorsement.size");
}

}  // namespace
}  // namespace avouch::tee::cca
