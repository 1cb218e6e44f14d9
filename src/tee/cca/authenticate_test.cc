#include "tee/cca/authenticate.h"

#include <gtest/gtest.h>

#include "tee/cca/token_for_test.h"

namespace avouch::tee::cca {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the words of these tests

// Both steps; the code of the first refusal.
std::string authenticate(Bytes token, const std::vector<TrustAnchor>& anchors, crypto::VerificationMemo& memo) {
  const Evidence evidence = parse(token).value();
  const Result<Authentic<PlatformToken>> platform = PlatformSignature::check(evidence.platform, anchors, memo);
  if (!platform.has_value()) return code_of(platform);
  return code_of(RealmSignature::check(evidence.realm, *platform));
}

// A memo that has seen the token before changes no answer.
std::string authenticate(Bytes token, const std::vector<TrustAnchor>& anchors) {
  crypto::VerificationMemo memo(16);
  const std::string first = authenticate(token, anchors, memo);
  EXPECT_EQ(authenticate(token, anchors, memo), first);
  return first;
}

std::string authenticate(Minter& minter) {
  return authenticate(minter.token(), {minter.anchor()});
}

TEST(CcaAuthenticate, AcceptsAGoodToken) {
  Minter minter;
  EXPECT_EQ(authenticate(minter), "");
}

TEST(CcaAuthenticate, RefusesAPlatformThatNobodyEndorsed) {
  Minter minter;
  const Buffer token = minter.token();
  EXPECT_EQ(authenticate(token, {}), "cca.platform.unknown");
  crypto::VerificationMemo memo(16);
  const Result<Authentic<PlatformToken>> refused = PlatformSignature::check(parse(token).value().platform, {}, memo);
  EXPECT_EQ(refused.error().blame, Blame::kEvidence);
  EXPECT_NE(refused.error().detail.find(minter.anchor().key), std::string::npos);
}

TEST(CcaAuthenticate, RefusesARevokedPlatformThatWasVerifiedBefore) {
  Minter minter;
  const Buffer token = minter.token();
  crypto::VerificationMemo memo(16);
  ASSERT_EQ(authenticate(token, {minter.anchor()}, memo), "");
  EXPECT_EQ(authenticate(token, {}, memo), "cca.platform.unknown");
  TrustAnchor replaced = minter.anchor();
  replaced.public_key = crypto::PrivateKey::generate_ec(crypto::Curve::kP384).public_key();
  EXPECT_EQ(authenticate(token, {replaced}, memo), "cca.platform.signature");
}

// The right key under another name must not count: an anchor endorses one instance of one implementation.
TEST(CcaAuthenticate, RefusesAnAnchorOfAnotherInstanceOrImplementation) {
  Minter minter;
  TrustAnchor other_instance = minter.anchor();
  other_instance.key.back() = '1';
  TrustAnchor other_implementation = minter.anchor();
  other_implementation.key.front() = '2';
  EXPECT_EQ(authenticate(minter.token(), {other_instance, other_implementation}), "cca.platform.unknown");
  EXPECT_EQ(authenticate(minter.token(), {other_instance, other_implementation, minter.anchor()}), "");
}

TEST(CcaAuthenticate, RefusesAPlatformTokenOfAnotherKey) {
  Minter minter, other;
  const TrustAnchor wrong{minter.anchor().key, other.cpak.public_key()};
  EXPECT_EQ(authenticate(minter.token(), {wrong}), "cca.platform.signature");
}

TEST(CcaAuthenticate, TakesAnyOfSeveralKeysEndorsedForAPlatform) {
  Minter minter, other;
  const TrustAnchor old_key{minter.anchor().key, other.cpak.public_key()};
  EXPECT_EQ(authenticate(minter.token(), {old_key, minter.anchor()}), "");
  EXPECT_EQ(authenticate(minter.token(), {minter.anchor(), old_key}), "");
  EXPECT_EQ(authenticate(minter.token(), {old_key, old_key}), "cca.platform.signature");
}

TEST(CcaAuthenticate, TakesTheAlgorithmThatThePlatformKeyDemands) {
  using crypto::Curve;
  using crypto::SignatureAlgorithm;
  Minter minter;
  minter.cpak = crypto::PrivateKey::generate_ec(Curve::kP256);
  minter.platform_algorithm = SignatureAlgorithm::kEs256;
  EXPECT_EQ(authenticate(minter), "");
  minter.cpak = crypto::PrivateKey::generate_ec(Curve::kP521);
  minter.platform_algorithm = SignatureAlgorithm::kEs512;
  EXPECT_EQ(authenticate(minter), "");
  const TrustAnchor p384{minter.anchor().key, crypto::PrivateKey::generate_ec(Curve::kP384).public_key()};
  EXPECT_EQ(authenticate(minter.token(), {p384}), "cca.platform.algorithm");
  minter.cpak = crypto::PrivateKey::generate_ed25519();
  minter.platform_algorithm = SignatureAlgorithm::kEdDsa;
  EXPECT_EQ(authenticate(minter), "cca.platform.algorithm");
}

TEST(CcaAuthenticate, RefusesARealmKeyThatThePlatformDoesNotVouchFor) {
  Minter minter;
  minter.platform_claims();
  minter.bind = false;
  minter.platform[10] = bstr(32, 0x77);
  EXPECT_EQ(authenticate(minter), "cca.realm.binder");
}

// A consistent realm token of another key, grafted to a genuine platform token.
TEST(CcaAuthenticate, RefusesAGraftedRealmToken) {
  Minter genuine, grafted;
  const Buffer platform = cose::make_sign1(genuine.cpak, genuine.platform_algorithm, genuine.platform_claims()).value();
  const Buffer realm = cose::make_sign1(grafted.rak, grafted.realm_algorithm, encode(grafted.realm)).value();
  EXPECT_EQ(authenticate(Minter::collection(platform, realm), {genuine.anchor()}), "cca.realm.binder");
}

TEST(CcaAuthenticate, HashesTheRealmKeyAsTheRealmSays) {
  Minter minter;
  minter.realm[44240] = tstr("sha-512");
  EXPECT_EQ(authenticate(minter), "cca.realm.binder");  // The platform used SHA-256.
  const Buffer key = cose::encode_ec2_key(*minter.rak.public_key().ec_point());
  minter.bind = false;
  minter.platform[10] = bstr(crypto::digest(crypto::Hash::kSha512, key).bytes());
  EXPECT_EQ(authenticate(minter), "");
}

TEST(CcaAuthenticate, HashesTheRealmKeyAsReceived) {
  Minter minter;
  const crypto::EcPoint point = *minter.rak.public_key().ec_point();
  cbor::Writer reordered;
  reordered.map(5);
  reordered.integer(-3).bytes(point.y);
  reordered.integer(-2).bytes(point.x);
  reordered.integer(3).integer(-35);
  reordered.integer(-1).integer(2);
  reordered.integer(1).integer(2);
  minter.realm[44237] = bstr(reordered.view());
  EXPECT_EQ(authenticate(minter), "");
}

TEST(CcaAuthenticate, RefusesARealmTokenThatItsKeyDidNotSign) {
  Minter minter;
  const Buffer platform = minter.platform_claims();
  minter.rak = crypto::PrivateKey::generate_ec(crypto::Curve::kP384);
  EXPECT_EQ(authenticate(minter.sign(platform, encode(minter.realm)), {minter.anchor()}), "cca.realm.signature");
}

TEST(CcaAuthenticate, RefusesARealmKeyOffP384) {
  Minter minter;
  minter.rak = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  minter.realm_algorithm = crypto::SignatureAlgorithm::kEs256;
  minter.realm[44237] = bstr(cose::encode_ec2_key(*minter.rak.public_key().ec_point()));
  EXPECT_EQ(authenticate(minter), "cca.realm.curve");
}

TEST(CcaAuthenticate, RefusesARealmSignatureOfAnotherAlgorithm) {
  Minter minter;
  Buffer realm = cose::make_sign1(minter.rak, crypto::SignatureAlgorithm::kEs384, encode(minter.realm)).value();
  realm[6] = 0x23;  // protected header {1: -35} becomes {1: -36}, ES512
  const Buffer platform = cose::make_sign1(minter.cpak, minter.platform_algorithm, minter.platform_claims()).value();
  EXPECT_EQ(authenticate(Minter::collection(platform, realm), {minter.anchor()}), "cca.realm.algorithm");
}

TEST(CcaAuthenticate, RefusesAPrivateRealmKey) {
  Minter minter;
  const crypto::EcPoint point = *minter.rak.public_key().ec_point();
  cbor::Writer leaking;
  leaking.map(5).integer(1).integer(2).integer(-1).integer(2);
  leaking.integer(-2).bytes(point.x).integer(-3).bytes(point.y).integer(-4).bytes(Buffer(48, 1));
  minter.realm[44237] = bstr(leaking.view());
  EXPECT_EQ(authenticate(minter), "cose.key.private");
}

TEST(CcaAuthenticate, ReadsALegacyKeyAsARawPoint) {
  Minter minter;
  const crypto::EcPoint point = *minter.rak.public_key().ec_point();
  Buffer raw = {0x04};
  raw.insert(raw.end(), point.x.begin(), point.x.end());
  raw.insert(raw.end(), point.y.begin(), point.y.end());
  minter.platform[265] = tstr("http://arm.com/CCA-SSD/1.0.0");
  minter.realm.erase(265);
  minter.realm[44237] = bstr(raw);
  EXPECT_EQ(authenticate(minter), "");
  raw[96] ^= 1;  // off the curve
  minter.realm[44237] = bstr(raw);
  EXPECT_EQ(authenticate(minter), "cca.realm.public-key");
  raw[96] ^= 1;
  raw[0] = 0x06;  // the hybrid form
  minter.realm[44237] = bstr(raw);
  EXPECT_EQ(authenticate(minter), "cca.realm.public-key");
}

}  // namespace
}  // namespace avouch::tee::cca
