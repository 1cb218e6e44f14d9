#include "tee/cca/evidence.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "tee/cca/token_for_test.h"

namespace avouch::tee::cca {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the words of these tests

std::string refusal_of(Minter& minter) {
  return code_of(parse(minter.token()));
}

// What a token with this one claim replaced is refused for.
std::string with_platform(std::int64_t label, Buffer value) {
  Minter minter;
  minter.platform[label] = std::move(value);
  minter.bind = label != 10;
  return refusal_of(minter);
}
std::string with_realm(std::int64_t label, Buffer value) {
  Minter minter;
  minter.bind = false;
  minter.platform[10] = bstr(32, 0);
  minter.realm[label] = std::move(value);
  return refusal_of(minter);
}
std::string with_component(ClaimsSet component) {
  return with_platform(2399, list({encode(component)}));
}

TEST(CcaEvidence, SplitsATokenIntoItsFields) {
  Minter minter;
  const Buffer token = minter.token();
  const Evidence evidence = parse(token).value();
  const PlatformClaims& platform = evidence.platform.claims;
  EXPECT_EQ(platform.profile, Profile::k2023);
  EXPECT_EQ(to_buffer(platform.implementation_id), Buffer(32, 0x10));
  EXPECT_EQ(to_buffer(platform.instance_id), Minter::instance_id());
  EXPECT_EQ(to_buffer(platform.config), Buffer(4, 0xcf));
  EXPECT_EQ(platform.lifecycle, 0x3003);
  EXPECT_FALSE(platform.service_indicator.has_value());
  ASSERT_EQ(platform.software_components.size(), 1U);
  EXPECT_EQ(platform.software_components[0].type, "RMM");
  EXPECT_EQ(platform.software_components[0].version, "0.6.0");
  EXPECT_EQ(to_buffer(platform.software_components[0].measurement), Buffer(32, 0x21));
  EXPECT_EQ(to_buffer(platform.software_components[0].signer_id), Buffer(32, 0x51));
  const RealmClaims& realm = evidence.realm.claims;
  EXPECT_EQ(to_buffer(realm.challenge), Buffer(64, 0xab));
  EXPECT_EQ(to_buffer(realm.initial_measurement), Buffer(32, 0x44));
  EXPECT_EQ(to_buffer(realm.extensible_measurements[3]), Buffer(32, 3));
  EXPECT_EQ(realm.public_key_hash_algorithm, crypto::Hash::kSha256);
}

TEST(CcaEvidence, NamesItsCollateralInLowerCaseHex) {
  Minter minter;
  const Buffer token = minter.token();
  const PlatformClaims claims = parse(token).value().platform.claims;
  std::string implementation, instance = "01";
  for (int i = 0; i < 32; ++i) {
    implementation += "10";
    instance += "20";
  }
  EXPECT_EQ(trust_anchor_key(claims), implementation + "/" + instance);
  EXPECT_EQ(platform_reference_key(claims), implementation);
}

TEST(CcaEvidence, RefusesEveryTruncation) {
  Minter minter;
  const Buffer token = minter.token();
  for (std::size_t length = 0; length < token.size(); ++length) {
    EXPECT_EQ(code_of(parse(Bytes(token).first(length))), "cbor.short") << length;
  }
}

TEST(CcaEvidence, RefusesWhatFollowsTheToken) {
  Minter minter;
  Buffer token = minter.token();
  token.push_back(0);
  EXPECT_EQ(code_of(parse(token)), "cbor.trailing");
}

TEST(CcaEvidence, RefusesATokenAboveTheLimit) {
  EXPECT_EQ(code_of(parse(Buffer(limits::kEvidenceBytes + 1))), "cca.size");
}

TEST(CcaEvidence, RefusesOtherCollections) {
  Minter minter;
  const Buffer platform = cose::make_sign1(minter.cpak, minter.platform_algorithm, minter.platform_claims()).value();
  const Buffer realm = cose::make_sign1(minter.rak, minter.realm_algorithm, encode(minter.realm)).value();
  EXPECT_EQ(code_of(parse(Minter::collection(platform, realm, 400))), "cca.collection.tag");
  EXPECT_EQ(code_of(parse(Minter::collection(platform, realm, 907))), "cbor.kind");
  EXPECT_EQ(code_of(parse(Minter::collection(realm, platform))), "cca.platform.profile");
  const Buffer whole = Minter::collection(platform, realm);
  EXPECT_EQ(code_of(parse(Bytes(whole).subspan(3))), "cca.collection.tag");  // without its tag
}

Buffer cmw(std::uint64_t item_count, std::uint64_t content_format) {
  Minter minter;
  const Buffer platform = cose::make_sign1(minter.cpak, minter.platform_algorithm, minter.platform_claims()).value();
  const Buffer realm = cose::make_sign1(minter.rak, minter.realm_algorithm, encode(minter.realm)).value();
  cbor::Writer out;
  out.tag(907).map(2);
  for (const auto& [label, token] : {std::pair{44234, &platform}, std::pair{44241, &realm}}) {
    out.integer(label).array(item_count).unsigned_integer(content_format).bytes(*token);
    if (item_count == 3) out.unsigned_integer(1);
  }
  return out.take();
}

TEST(CcaEvidence, AcceptsACmwCollectionOfEatCwtOnly) {
  EXPECT_EQ(code_of(parse(cmw(2, 263))), "");
  EXPECT_EQ(code_of(parse(cmw(2, 60))), "cca.cmw.content-format");
  EXPECT_EQ(code_of(parse(cmw(3, 263))), "cca.cmw.shape");
}

TEST(CcaEvidence, RefusesACollectionWithAThirdMember) {
  cbor::Writer out;
  out.tag(399).map(1);
  out.text("44234").bytes({});
  EXPECT_EQ(code_of(parse(out.view())), "cca.collection.key");
}

TEST(CcaEvidence, RefusesA2023PlatformBesideALegacyRealm) {
  Minter minter;
  minter.realm.erase(265);
  minter.realm[44237] = bstr(97, 0x04);
  EXPECT_EQ(refusal_of(minter), "cca.profile.mixed");
}

TEST(CcaEvidence, AcceptsALegacyPlatformBesideA2023Realm) {
  EXPECT_EQ(with_platform(265, tstr("http://arm.com/CCA-SSD/1.0.0")), "");
}

TEST(CcaEvidence, RefusesEachMissingClaim) {
  for (const std::int64_t label : {265, 10, 2396, 256, 2401, 2395, 2399, 2402}) {
    Minter minter;
    minter.platform_claims();
    minter.bind = false;
    minter.platform.erase(label);
    EXPECT_EQ(refusal_of(minter), "cca.platform.missing") << label;
  }
  for (const std::int64_t label : {10, 44235, 44236, 44237, 44238, 44239, 44240}) {
    Minter minter;
    minter.platform_claims();
    minter.bind = false;
    minter.realm.erase(label);
    EXPECT_EQ(refusal_of(minter), "cca.realm.missing") << label;
  }
}

TEST(CcaEvidence, RefusesPlatformClaimsOfTheWrongSize) {
  for (const std::size_t size_bytes : {0U, 31U, 33U, 47U, 49U, 63U, 65U}) {
    EXPECT_EQ(with_platform(10, bstr(size_bytes, 1)), "cca.platform.challenge") << size_bytes;
  }
  EXPECT_EQ(with_platform(2396, bstr(31, 1)), "cca.platform.implementation-id");
  EXPECT_EQ(with_platform(2396, bstr(33, 1)), "cca.platform.implementation-id");
  EXPECT_EQ(with_platform(256, bstr(32, 1)), "cca.platform.instance-id");
  EXPECT_EQ(with_platform(256, bstr(34, 1)), "cca.platform.instance-id");
  EXPECT_EQ(with_platform(256, bstr(33, 2)), "cca.platform.instance-id");  // a UEID of another type
}

TEST(CcaEvidence, RefusesRealmClaimsOfTheWrongSize) {
  for (const std::size_t size_bytes : {0U, 32U, 63U, 65U}) {
    EXPECT_EQ(with_realm(10, bstr(size_bytes, 1)), "cca.realm.challenge") << size_bytes;
    EXPECT_EQ(with_realm(44235, bstr(size_bytes, 1)), "cca.realm.personalization-value") << size_bytes;
  }
  EXPECT_EQ(with_realm(44238, bstr(20, 1)), "cca.realm.initial-measurement");
  const Buffer rem = bstr(32, 1);
  EXPECT_EQ(with_realm(44239, list({rem, rem, rem})), "cca.realm.rem-count");
  EXPECT_EQ(with_realm(44239, list({rem, rem, rem, rem, rem})), "cca.realm.rem-count");
  EXPECT_EQ(with_realm(44239, list({rem, rem, rem, bstr(33, 1)})), "cca.realm.extensible-measurement");
  EXPECT_EQ(with_realm(10, list({bstr(64, 1), bstr(64, 1)})), "cbor.kind");  // EAT allows several nonces, CCA one
}

TEST(CcaEvidence, RefusesUnknownNames) {
  EXPECT_EQ(with_platform(265, tstr("http://arm.com/PSA-SSD/1.0.0")), "cca.platform.profile");
  EXPECT_EQ(with_realm(265, tstr("tag:arm.com,2023:realm#2.0.0")), "cca.realm.profile");
  for (const char* name : {"", "none", "sha256", "SHA-256", "sha-1"}) {
    EXPECT_EQ(with_platform(2402, tstr(name)), "cca.platform.hash-algorithm") << name;
    EXPECT_EQ(with_realm(44236, tstr(name)), "cca.realm.hash-algorithm") << name;
    EXPECT_EQ(with_realm(44240, tstr(name)), "cca.realm.public-key-hash") << name;
  }
  EXPECT_EQ(with_platform(2400, tstr("")), "cca.platform.service-indicator");
}

TEST(CcaEvidence, AcceptsExactlyTheSevenLifecycleRanges) {
  for (std::uint64_t lifecycle = 0; lifecycle <= 0xffff; lifecycle += 0x80) {
    const bool defined = lifecycle <= 0x60ff && (lifecycle & 0x0f00) == 0;
    EXPECT_EQ(with_platform(2395, uint(lifecycle)), defined ? "" : "cca.platform.lifecycle") << lifecycle;
  }
  EXPECT_EQ(with_platform(2395, uint(0x13000)), "cca.platform.lifecycle");
}

TEST(CcaEvidence, NamesLifecycleStates) {
  EXPECT_STREQ(lifecycle_state(0x0000), "unknown");
  EXPECT_STREQ(lifecycle_state(0x10ff), "assembly-and-test");
  EXPECT_STREQ(lifecycle_state(0x2000), "cca-platform-rot-provisioning");
  EXPECT_STREQ(lifecycle_state(0x3003), "secured");
  EXPECT_STREQ(lifecycle_state(0x4000), "non-cca-platform-debug");
  EXPECT_STREQ(lifecycle_state(0x5001), "recoverable-cca-platform-debug");
  EXPECT_STREQ(lifecycle_state(0x6000), "decommissioned");
  EXPECT_TRUE(is_secured(0x3000) && is_secured(0x30ff));
  EXPECT_FALSE(is_secured(0x2fff) || is_secured(0x3100) || is_secured(0x4000));
}

TEST(CcaEvidence, RefusesIncompleteSoftwareComponents) {
  EXPECT_EQ(with_platform(2399, list({})), "cca.platform.sw-components");
  EXPECT_EQ(with_platform(2399, list(std::vector<Buffer>(65, encode(component())))), "cca.platform.sw-components");
  EXPECT_EQ(with_platform(2399, list(std::vector<Buffer>(64, encode(component())))), "");
  EXPECT_EQ(with_component({{2, bstr(32, 1)}}), "cca.platform.sw-component");
  EXPECT_EQ(with_component({{5, bstr(32, 1)}}), "cca.platform.sw-component");
  EXPECT_EQ(with_component({{2, bstr(31, 1)}, {5, bstr(32, 1)}}), "cca.platform.measurement");
  EXPECT_EQ(with_component({{2, bstr(32, 1)}, {5, bstr(31, 1)}}), "cca.platform.signer-id");
  EXPECT_EQ(with_component({{2, bstr(32, 1)}, {5, bstr(32, 1)}}), "");
}

TEST(CcaEvidence, PassesOverUnknownClaims) {
  EXPECT_EQ(with_platform(999999, tstr("x")), "");
  EXPECT_EQ(with_realm(-70000, list({tstr("x"), uint(1)})), "");
  EXPECT_EQ(with_component({{2, bstr(32, 1)}, {5, bstr(32, 1)}, {77, tstr("x")}}), "");
}

TEST(CcaEvidence, RefusesAClaimThatComesTwice) {
  Minter minter;
  const Buffer doubled_lifecycle = encode_with_extra((minter.platform_claims(), minter.platform), 2395, uint(0x3000));
  EXPECT_EQ(code_of(parse(minter.sign(doubled_lifecycle, encode(minter.realm)))), "cbor.duplicate-key");
  const Buffer doubled_rim = encode_with_extra(minter.realm, 44238, bstr(32, 0));
  EXPECT_EQ(code_of(parse(minter.sign(minter.platform_claims(), doubled_rim))), "cbor.duplicate-key");
}

TEST(CcaEvidence, RefusesBytesAfterAClaimsSet) {
  Minter minter;
  Buffer platform = minter.platform_claims();
  platform.push_back(0);
  EXPECT_EQ(code_of(parse(minter.sign(platform, encode(minter.realm)))), "cbor.trailing");
  Buffer realm = encode(minter.realm);
  realm.push_back(0);
  EXPECT_EQ(code_of(parse(minter.sign(minter.platform_claims(), realm))), "cbor.trailing");
}

TEST(CcaEvidence, RefusesIndefiniteLengths) {
  Minter minter;
  Buffer realm = encode(minter.realm);
  realm[0] = 0xbf;
  realm.push_back(0xff);
  EXPECT_EQ(code_of(parse(minter.sign(minter.platform_claims(), realm))), "cbor.indefinite");
}

TEST(CcaEvidence, RefusesAMessageWithoutItsTag) {
  Minter minter;
  const Buffer platform = cose::make_sign1(minter.cpak, minter.platform_algorithm, minter.platform_claims()).value();
  const Buffer realm = cose::make_sign1(minter.rak, minter.realm_algorithm, encode(minter.realm)).value();
  EXPECT_EQ(code_of(parse(Minter::collection(Bytes(platform).subspan(1), realm))), "cose.untagged");
  EXPECT_EQ(code_of(parse(Minter::collection(platform, Bytes(realm).subspan(1)))), "cose.untagged");
}

// A COSE_Sign1 whose headers are as given.
Buffer sign1(Bytes protected_header, Bytes unprotected_header, Bytes payload) {
  cbor::Writer out;
  out.tag(18).array(4).bytes(protected_header).raw(unprotected_header).bytes(payload).bytes(Buffer(96, 1));
  return out.take();
}

TEST(CcaEvidence, RefusesHeadersThatSayTooMuchOrTooLittle) {
  Minter minter;
  const Buffer platform = minter.platform_claims();
  const Buffer realm = cose::make_sign1(minter.rak, minter.realm_algorithm, encode(minter.realm)).value();
  const Buffer empty = encode({}), algorithm = {0xa1, 0x01, 0x38, 0x22};
  const Buffer critical = {0xa2, 0x01, 0x38, 0x22, 0x02, 0x81, 0x19, 0x01, 0x00};
  const auto refusal = [&](const Buffer& protected_header, const Buffer& unprotected_header) {
    return code_of(parse(Minter::collection(sign1(protected_header, unprotected_header, platform), realm)));
  };
  EXPECT_EQ(refusal(algorithm, empty), "");
  EXPECT_EQ(refusal({}, empty), "cose.algorithm");
  EXPECT_EQ(refusal({}, algorithm), "cose.algorithm-unprotected");
  EXPECT_EQ(refusal(algorithm, algorithm), "cose.algorithm-unprotected");
  EXPECT_EQ(refusal(critical, empty), "cose.critical");
}

}  // namespace
}  // namespace avouch::tee::cca
