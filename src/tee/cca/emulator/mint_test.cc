#include "tee/cca/emulator/mint.h"

#include <gtest/gtest.h>

#include "tee/cca/collateral_for_test.h"
#include "tee/cca/evidence.h"
#include "tee/cca/room.h"
#include "testing/code_of.h"

namespace avouch::tee::cca::emulator {
namespace {

using testing::code_of;

const Buffer kChallenge(64, 0x3c);

// Claims as the product itself prints them: what `avouch evidence verify --json` says of an emulated token.
ClaimsFiles printed_claims(Profile profile) {
  const Platform platform = Platform::make();
  const Realm realm = Realm::with_initial_measurement(Buffer(32, 0x99));
  const Buffer token = platform.token(realm, kChallenge, profile, Collection::kEat399).value();
  const Binding binding = Binding::make(kChallenge, NotDemanded{"a test"}).value();
  const Json evidence =
      make_room()->verify(token, binding, for_test::endorsed(platform.endorsements()), Instant{}).value().evidence;
  return {*evidence.find("platform"), *evidence.find("realm")};
}

Result<Claims> verify(Bytes token, const crypto::PublicKey& cpak) {
  const Needs needs = TRY(make_room()->needs(token));
  const Binding binding = TRY(Binding::make(kChallenge, NotDemanded{"a test"}));
  return make_room()->verify(token, binding, {{{needs[0].key, cpak}}, {}}, Instant{});
}

struct Keys {
  crypto::PrivateKey cpak = crypto::PrivateKey::generate_ec(crypto::Curve::kP384);
  crypto::PrivateKey rak = crypto::PrivateKey::generate_ec(crypto::Curve::kP384);
  SigningKeys signing() const { return {cpak, rak}; }
};

TEST(CcaMint, TokensVerifyUnderTheKeysThatSigned) {
  for (const crypto::Curve curve : {crypto::Curve::kP256, crypto::Curve::kP384, crypto::Curve::kP521}) {
    for (const Profile profile : {Profile::kLegacy, Profile::k2023}) {
      for (const Collection collection : {Collection::kEat399, Collection::kCmw907}) {
        Keys keys;
        keys.cpak = crypto::PrivateKey::generate_ec(curve);
        const Buffer token = mint_token(printed_claims(profile), keys.signing(), collection).value();
        EXPECT_EQ(code_of(verify(token, keys.cpak.public_key())), "ok");
        EXPECT_EQ(code_of(verify(token, crypto::PrivateKey::generate_ec(curve).public_key())),
                  "cca.platform.signature");
      }
    }
  }
}

TEST(CcaMint, BindsWithTheHashThatTheClaimsName) {
  const Keys keys;
  ClaimsFiles claims = printed_claims(Profile::k2023);
  claims.realm.set("cca-realm-public-key-hash-algo-id", "sha-512");
  claims.platform.erase("cca-platform-challenge");
  claims.realm.erase("cca-realm-public-key");
  const Buffer token = mint_token(std::move(claims), keys.signing(), Collection::kEat399).value();
  EXPECT_EQ(parse(token).value().platform.claims.challenge.size(), 64U);
  EXPECT_EQ(code_of(verify(token, keys.cpak.public_key())), "ok");
}

TEST(CcaMint, RefusesWhatNoVerifierWouldTake) {
  const Keys keys;
  ClaimsFiles mixed = printed_claims(Profile::k2023);
  mixed.realm.erase("cca-realm-profile");
  EXPECT_EQ(code_of(mint_token(mixed, keys.signing(), Collection::kEat399)), "cca.profile.mixed");
  ClaimsFiles short_challenge = printed_claims(Profile::k2023);
  short_challenge.realm.set("cca-realm-challenge", "AAAA");
  EXPECT_EQ(code_of(mint_token(short_challenge, keys.signing(), Collection::kEat399)), "cca.realm.challenge");
  EXPECT_EQ(code_of(mint_token({Json::array(), Json::object()}, keys.signing(), Collection::kEat399)),
            "cca.claims.shape");
}

TEST(CcaMint, RefusesKeysThatCannotSignSuchTokens) {
  const ClaimsFiles claims = printed_claims(Profile::k2023);
  Keys keys;
  keys.rak = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  EXPECT_EQ(code_of(mint_token(claims, keys.signing(), Collection::kEat399)), "cca.mint.rak");
  keys.rak = crypto::PrivateKey::generate_ed25519();
  EXPECT_EQ(code_of(mint_token(claims, keys.signing(), Collection::kEat399)), "cca.mint.rak");
  Keys other;
  other.cpak = crypto::PrivateKey::generate_ed25519();
  EXPECT_EQ(code_of(mint_token(claims, other.signing(), Collection::kEat399)), "cca.mint.cpak");
}

}  // namespace
}  // namespace avouch::tee::cca::emulator
