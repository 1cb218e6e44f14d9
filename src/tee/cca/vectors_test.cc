// Tokens of others and tokens minted by an independent tool: each must get the verdict of vectors/tee/MANIFEST.md.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "codec/base64.h"
#include "codec/hex.h"
#include "format/jwk.h"
#include "tee/cca/collateral_for_test.h"
#include "tee/cca/endorsement_file.h"
#include "tee/cca/room.h"
#include "tee/cca/token_for_test.h"
#include "testing/vectors.h"

namespace avouch::tee::cca {
namespace {

using for_test::code_of;

const std::string kFolder = "tee/cca/";

Json json_vector(const std::string& path) {
  return parse_json(testing::vector_text(kFolder + path)).value();
}

Binding expecting(const std::string& challenge_hex) {
  return Binding::make(codec::from_hex(challenge_hex).value(), NotDemanded{"a vector"}).value();
}

// Endorses `key` for whatever platform the token names.
Collateral endorsing(Bytes token, const crypto::PublicKey& key) {
  const Needs needs = make_room()->needs(token).value();
  return {{{needs[0].key, key}}, {}};
}

Result<Claims> verify(const Buffer& token, const Binding& binding, const Collateral& collateral) {
  return make_room()->verify(token, binding, collateral, Instant{});
}

bool has_finding(const Claims& claims, const std::string& code) {
  for (const Finding& finding : claims.findings) {
    if (finding.code == code) return true;
  }
  return false;
}

// Every case of minted/cases.json that must not pass, and why.
const std::map<std::string, std::string> kRefusals = {
    {"bad-platform-sig-other-key", "cca.platform.signature"},
    {"bad-realm-sig-other-key", "cca.realm.signature"},
    {"bad-binding", "cca.realm.binder"},
    {"bad-realm-payload-bitflip", "cca.realm.signature"},
    {"bad-platform-payload-bitflip", "cca.platform.unknown"},
    {"bad-sig-zero", "cca.platform.signature"},
    {"bad-sig-short", "cca.platform.signature"},
    {"bad-alg-none", "cose.algorithm"},
    {"bad-alg-mismatch-es256-p384", "cca.platform.algorithm"},
    {"bad-detached-payload", "cose.detached"},
    {"bad-rak-private-key", "cose.key.private"},
    {"syn-challenge-32", "cca.realm.challenge"},
    {"syn-rem-3", "cca.realm.rem-count"},
    {"syn-rim-20", "cca.realm.initial-measurement"},
    {"syn-rpv-63", "cca.realm.personalization-value"},
    {"syn-raw-rak-96", "cca.realm.public-key"},
    {"syn-new-realm-with-raw-rak", "cose.key.shape"},
    {"syn-platform-profile-unknown", "cca.platform.profile"},
    {"syn-realm-profile-unknown", "cca.realm.profile"},
    {"syn-lifecycle-7000", "cca.platform.lifecycle"},
    {"syn-implid-31", "cca.platform.implementation-id"},
    {"syn-instid-32", "cca.platform.instance-id"},
    {"syn-platform-missing-profile", "cca.platform.missing"},
    {"syn-platform-missing-challenge", "cca.platform.missing"},
    {"syn-platform-missing-instid", "cca.platform.missing"},
    {"syn-platform-missing-implid", "cca.platform.missing"},
    {"syn-platform-missing-swcomps", "cca.platform.missing"},
    {"syn-platform-missing-hashalg", "cca.platform.missing"},
    {"syn-realm-missing-challenge", "cca.realm.missing"},
    {"syn-realm-missing-rpv", "cca.realm.missing"},
    {"syn-realm-missing-rim", "cca.realm.missing"},
    {"syn-realm-missing-rem", "cca.realm.missing"},
    {"syn-swcomps-empty", "cca.platform.sw-components"},
    {"syn-swcomp-no-signer", "cca.platform.sw-component"},
    {"syn-dup-rim", "cbor.duplicate-key"},
    {"syn-inner-untagged", "cose.untagged"},
    {"syn-truncated", "cbor.short"},
    {"syn-outer-tag-400", "cca.collection.tag"},
    {"syn-outer-untagged", "cca.collection.tag"},
    {"syn-outer-extra-key", "cca.collection.key"},
    {"syn-outer-missing-realm", "cca.collection.no-realm"},
    {"syn-outer-missing-platform", "cca.collection.no-platform"},
};

// The manifest leaves this one to the verifier ("policy"). Veraison's own tokens (cca-good.cbor, cca-evidence.cbor)
// have the same mixture and must pass, so it passes.
const std::string kMixedAsVeraisonDoes = "mix-legacy-platform-new-realm";

struct Minted {
  Json cases = json_vector("minted/cases.json");
  Binding binding = expecting(*cases.find_string("challenge"));

  Result<Claims> judge(const Json& one) const {
    const Collateral collateral =
        for_test::endorsed(json_vector("minted/" + *one.find_string("ta")), json_vector("minted/rvstore.json"));
    return verify(testing::vector(kFolder + "minted/" + *one.find_string("name") + ".cbor"), binding, collateral);
  }
};

TEST(CcaVectors, JudgesEveryMintedTokenAsTheManifestSays) {
  NEEDS_VECTORS();
  const Minted minted;
  std::size_t refused_count = 0;
  for (const Json& one : *minted.cases.find("cases")->as_array()) {
    const std::string name = *one.find_string("name");
    const std::string expected = *one.find_string("expect");
    const Result<Claims> claims = minted.judge(one);
    if (expected.starts_with("valid") || name == kMixedAsVeraisonDoes) {
      EXPECT_EQ(code_of(claims), "") << name;
      continue;
    }
    ASSERT_TRUE(kRefusals.contains(name)) << "no code is listed for " << name;
    EXPECT_EQ(code_of(claims), kRefusals.at(name)) << name;
    EXPECT_TRUE(claims.has_value() || claims.error().blame == Blame::kEvidence) << name;
    ++refused_count;
  }
  EXPECT_EQ(refused_count, kRefusals.size());
}

TEST(CcaVectors, FindsWhatIsGenuineButNotAsEndorsed) {
  NEEDS_VECTORS();
  const Minted minted;
  std::size_t checked_count = 0;
  for (const Json& one : *minted.cases.find("cases")->as_array()) {
    const std::string name = *one.find_string("name");
    const std::string expected = *one.find_string("expect");
    if (!expected.starts_with("valid")) continue;
    const Claims claims = minted.judge(one).value();
    // No endorsed record has the single component of this token.
    const bool known = expected != "valid-signature-unknown-platform" && name != "ok-swcomp-minimal";
    EXPECT_EQ(*claims.evidence.at("/platform/cca-platform-endorsed")->as_string(), known ? "matched" : "mismatched")
        << name;
    EXPECT_EQ(has_finding(claims, "cca.platform.firmware-mismatched"), !known) << name;
    EXPECT_EQ(has_finding(claims, "cca.platform.not-secured"), expected == "valid-signature-not-secured") << name;
    ++checked_count;
  }
  EXPECT_GE(checked_count, 16U);
}

TEST(CcaVectors, RefusesTheRightTokenUnderTheWrongKey) {
  NEEDS_VECTORS();
  const Minted minted;
  const Buffer token = testing::vector(kFolder + "minted/ok-new-es384.cbor");
  const Collateral collateral = for_test::endorsed(json_vector("minted/tastore-wrongkey.json"));
  EXPECT_EQ(code_of(verify(token, minted.binding, collateral)), "cca.platform.signature");
}

struct NamedToken {
  const char* path;
  const char* key;            // a JWK
  std::string challenge_hex;  // of the realm token
};

std::string repeated(const char* octet, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += octet;
  return out;
}

std::vector<NamedToken> named_tokens() {
  const std::string veraison_nonce =
      "byTWuWNaLIu/WOkIuU4Ewb+zroDN6+gyQkV4SZ/jF2Hn9eHYvOASGET1Sr36UobaiPU6ZXsVM1yTlrQyklS8XA==";
  const char* tf_rmm_key = "cpak-p384-tfrmm.pub.jwk";
  const char* iak = "veraison/ec256.json";
  return {
      {"cca-token-01.cbor", tf_rmm_key, repeated("ab", 64)},
      {"cca-token-02.cbor", iak, repeated("4142", 32)},
      {"cca-token-draft-ffm-00.cbor", tf_rmm_key,
       "6e86d6d97cc713bc6dd43dbce491a6b40311c027a8bf85a39da63e9ce44c132a"
       "8a119d296fae6a6999e9bf3e4471b0ce01245d889424c31e89793b3b1d6b1504"},
      {"tokens-go/testGoodCCAToken.cbor", iak, repeated("4142", 32)},
      {"tokens-go/testGoodLegacyCCAToken.cbor", iak, repeated("4142", 32)},
      {"tokens-go/testRMMLegacyEvidence.cbor", tf_rmm_key, repeated("ab", 64)},
      {"veraison/cca-good.cbor", iak, codec::to_hex(codec::from_base64(veraison_nonce).value())},
      {"veraison/cca-evidence.cbor", iak, repeated("4142", 32)},
  };
}

crypto::PublicKey public_key(const std::string& path) {
  Json jwk = json_vector(path);
  jwk.erase("d");
  return jose::public_key_from_jwk(jwk).value();
}

TEST(CcaVectors, AcceptsTokensOfOtherImplementations) {
  NEEDS_VECTORS();
  for (const NamedToken& named : named_tokens()) {
    const Buffer token = testing::vector(kFolder + named.path);
    const Collateral collateral = endorsing(token, public_key(named.key));
    EXPECT_EQ(code_of(verify(token, expecting(named.challenge_hex), collateral)), "") << named.path;
    EXPECT_EQ(code_of(verify(token, expecting(repeated("5a", 64)), collateral)), "cca.realm.challenge-mismatch")
        << named.path;
  }
}

TEST(CcaVectors, TrusteesExampleMatchesItsStores) {
  NEEDS_VECTORS();
  const Buffer token = testing::vector(kFolder + "trustee/cca-example-token.cbor");
  const Collateral collateral =
      for_test::endorsed(json_vector("trustee/tastore.json"), json_vector("trustee/rvstore.json"));
  const Binding any = Binding::make(NotDemanded{"the example's challenge is fixed"}, NotDemanded{"none"}).value();
  const Claims claims = verify(token, any, collateral).value();
  EXPECT_TRUE(claims.findings.empty());
  EXPECT_EQ(*claims.evidence.at("/realm/cca-realm-initial-measurement")->as_string(),
            "rof79/EF5xp4J8tvCJaInHPSvq9IMNT5ywXj6Ww/x7T6oEyvNqJr0JTPnHtzhhfkwYmq7hhN7dpdegPDnb2sfA==");
}

TEST(CcaVectors, RustStoresMatchTheirToken) {
  NEEDS_VECTORS();
  const Buffer token = testing::vector(kFolder + "cca-token-01.cbor");
  const Collateral collateral = for_test::endorsed(json_vector("ta-tfa.json"), json_vector("rv.json"));
  const Claims claims = verify(token, expecting(repeated("ab", 64)), collateral).value();
  EXPECT_TRUE(claims.findings.empty());
  EXPECT_EQ(claims.comparisons[0].state, ReferenceState::kMatched);
}

// The policies of Trustee's users read these members: all of them must be there, with the same text.
TEST(CcaVectors, ClaimsAreASupersetOfTrustees) {
  NEEDS_VECTORS();
  const Json peer = parse_json(testing::vector_text("trustee/ear/ear_cca2.decoded.json")).value();
  const Json expected = *peer.at("/claims/submods/cpu0/ear.veraison.annotated-evidence/cca");
  const Buffer token = testing::vector(kFolder + "trustee/cca-example-token.cbor");
  const Collateral collateral = for_test::endorsed(json_vector("trustee/tastore.json"));
  const Binding any = Binding::make(NotDemanded{"the example's challenge is fixed"}, NotDemanded{"none"}).value();
  const Claims claims = verify(token, any, collateral).value();
  for (const char* part : {"platform", "realm"}) {
    for (const Json::Member& member : *expected.find(part)->as_object()) {
      if (member.first == "cca-realm-challenge") continue;  // The recorded one was signed anew for its session.
      const Json* ours = claims.evidence.find(part)->find(member.first);
      ASSERT_NE(ours, nullptr) << member.first;
      EXPECT_EQ(*ours, member.second) << member.first;
    }
  }
}

TEST(CcaVectors, DecodesClaimsSetsAlone) {
  NEEDS_VECTORS();
  for (const char* path :
       {"platform-claims.cbor", "claims/platform-CcaPlatformClaimsAll.cbor",
        "claims/platform-CcaPlatformLegacyClaimsAll.cbor", "claims/platform-CcaPlatformClaimsMandatoryOnly.cbor",
        "claims/platform-CcaPlatformLegacyClaimsMandatoryOnly.cbor"}) {
    EXPECT_EQ(code_of(parse_platform_claims(testing::vector(kFolder + path))), "") << path;
  }
  for (const char* path : {"realm-claims.cbor", "realm-claims+spurious-text-key.cbor",
                           "claims/realm-CcaRealmClaimsAll.cbor", "claims/realm-CcaRealmLegacyClaimsAll.cbor"}) {
    EXPECT_EQ(code_of(parse_realm_claims(testing::vector(kFolder + path))), "") << path;
  }
}

TEST(CcaVectors, RefusesIncompleteClaimsSets) {
  NEEDS_VECTORS();
  EXPECT_EQ(code_of(parse_platform_claims(
                testing::vector(kFolder + "claims/platform-CcaPlatformClaimsMissingMandatoryNonce.cbor"))),
            "cca.platform.missing");
  for (const char* path :
       {"realm-claims-missing-challenge.cbor", "claims/realm-CcaClaimsMissingMandPubKey.cbor",
        "claims/realm-CcaClaimsMissingMandInitialMeas.cbor", "claims/realm-CcaRealmClaimsMissingMandNonce.cbor"}) {
    EXPECT_EQ(code_of(parse_realm_claims(testing::vector(kFolder + path))), "cca.realm.missing") << path;
  }
}

TEST(CcaVectors, RefusesATrustAnchorThatIsNotOnItsCurve) {
  NEEDS_VECTORS();
  EXPECT_EQ(code_of(read_endorsement_file(json_vector("ta-02-bad.json"))), "cca.endorsement.key");
  EXPECT_EQ(code_of(read_endorsement_file(json_vector("ta-02-ok.json"))), "");
  EXPECT_EQ(code_of(read_endorsement_file(json_vector("ta.json"))), "");
}

}  // namespace
}  // namespace avouch::tee::cca
