#include "broker/verified_ear.h"

#include "broker/ear_fixture.h"
#include "broker/key_source_fixture.h"
#include "codec/base64.h"
#include "testing/code_of.h"

namespace avouch::broker {
namespace {

using std::chrono::seconds;
using testing::code_of;

class EarTest : public ::testing::Test {
 protected:
  std::string verify(const std::string& token, EarTrust trust) const {
    return code_of(EarVerifier(std::move(trust)).verify(token, clock.now()));
  }
  std::string verify(const std::string& token) const { return verify(token, own()); }
  std::string verify(const Json& claims) const { return verify(sign_ear(claims, signer)); }
  EarTrust own() const {
    EarTrust trust;
    trust.keys = {{signer.public_key(), ""}};
    return trust;
  }
  EarTrust roots() const {
    EarTrust trust;
    trust.roots = *crypto::Certificate::from_pem_chain(kTestIssuerPem);
    return trust;
  }
  Json claims() const { return ear_claims(tee_key, clock.now()); }
  // A header whose jwk carries the certificate of kTestSignerKey.
  static Json header_with_chain(const crypto::PrivateKey& key, const Json& x5c) {
    Json header = ear_header(key);
    header.find("jwk")->set("x5c", x5c);
    return header;
  }

  const testing::ManualClock clock;
  const crypto::PrivateKey signer = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const crypto::PrivateKey tee_key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const crypto::PrivateKey stranger = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const crypto::PrivateKey certified = *crypto::PrivateKey::from_pem(kTestSignerKey);
};

TEST_F(EarTest, LooksAtTheTimesOfATokenThatItKnows) {
  const EarVerifier ears(own());
  const std::string token = sign_ear(claims(), signer);
  EXPECT_EQ(code_of(ears.verify(token, clock.now())), "ok");
  EXPECT_EQ(code_of(ears.verify(token, clock.now() + seconds(299))), "ok");
  EXPECT_EQ(code_of(ears.verify(token, clock.now() + seconds(300))), "jwt.expired");
  EXPECT_EQ(code_of(ears.verify(token, clock.now() - seconds(1))), "jwt.issued-in-future");
}

TEST_F(EarTest, NoChangedTokenIsTakenForOneThatItKnows) {
  const EarVerifier ears(own());
  const std::string token = sign_ear(claims(), signer);
  ASSERT_EQ(code_of(ears.verify(token, clock.now())), "ok");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(code_of(ears.verify(changed, clock.now())), "ok") << i;
  }
  EXPECT_NE(code_of(ears.verify(token + "A", clock.now())), "ok");
  EXPECT_EQ(code_of(ears.verify(token, clock.now())), "ok");
}

TEST_F(EarTest, ATokenThatItKnowsSaysTheSame) {
  const EarVerifier ears(own());
  const std::string token = sign_ear(claims(), signer);
  const auto first = ears.verify(token, clock.now());
  const auto second = ears.verify(token, clock.now());
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(first->claims(), second->claims());
  EXPECT_EQ(first->recipient().key().to_spki_der(), second->recipient().key().to_spki_der());
}

TEST_F(EarTest, BelievesATokenOfAKeyThatItKnowsByJwkOrByKid) {
  const auto ear = EarVerifier(own()).verify(sign_ear(claims(), signer), clock.now());
  ASSERT_TRUE(ear.has_value()) << ear.error().detail;
  EXPECT_EQ(ear->decision_id(), "decision-of-the-test");
  EXPECT_EQ(ear->recipient().key().to_spki_der(), tee_key.public_key().to_spki_der());
  const Json by_kid = Json::object({{"alg", "ES256"}, {"kid", jose::thumbprint_sha256(signer.public_key())}});
  EXPECT_EQ(verify(sign_ear(by_kid, claims(), signer)), "ok");
}

TEST_F(EarTest, BelievesAKeyByTheNameThatItsSetGivesIt) {
  EarTrust trust = own();
  trust.keys.push_back({stranger.public_key(), "verifier-1"});
  const auto named = [this](const char* id) {
    return sign_ear(Json::object({{"alg", "ES256"}, {"kid", id}}), claims(), stranger);
  };
  EXPECT_EQ(verify(named("verifier-1"), trust), "ok");
  EXPECT_EQ(verify(named("verifier-2"), trust), "ear.untrusted-key");
  EXPECT_EQ(verify(named(""), trust), "ear.untrusted-key") << "our own key has no name";
  trust.keys.back().key = signer.public_key();
  EXPECT_EQ(verify(named("verifier-1"), trust), "signature.invalid") << "a name is not a key";
}

TEST_F(EarTest, BelievesKeysOfASetElsewhereAsLongAsItHasThem) {
  const auto elsewhere = std::make_shared<FixedKeys>();
  EarTrust trust = own();
  trust.sources = {elsewhere};
  const EarVerifier ears(trust);
  const std::string token = sign_ear(claims(), stranger);
  const std::string by_kid = sign_ear(Json::object({{"alg", "ES256"}, {"kid", "b"}}), claims(), stranger);
  EXPECT_EQ(code_of(ears.verify(sign_ear(claims(), signer), clock.now())), "ok");
  EXPECT_EQ(elsewhere->asked_count, 0) << "of our own key nobody is asked";
  EXPECT_EQ(code_of(ears.verify(token, clock.now())), "ear.untrusted-key");
  EXPECT_EQ(elsewhere->asked_count, 1);
  elsewhere->set({{tee_key.public_key(), "a"}, {stranger.public_key(), "b"}});
  EXPECT_EQ(code_of(ears.verify(token, clock.now())), "ok");
  EXPECT_EQ(code_of(ears.verify(by_kid, clock.now())), "ok");
  elsewhere->set({});
  EXPECT_EQ(code_of(ears.verify(token, clock.now())), "ear.untrusted-key")
      << "a token is not remembered beyond its key";
  EXPECT_EQ(code_of(ears.verify(by_kid, clock.now())), "ear.untrusted-key");
}

TEST_F(EarTest, RefusesAResultThatWasMadeForSomebodyElse) {
  EarTrust named = own();
  named.audiences = {"kbs.example", "https://kbs.example"};
  for (const Json& ours : {Json("kbs.example"), Json::array({"other", "https://kbs.example"})}) {
    const std::string token = sign_ear(claims().set("aud", ours), signer);
    EXPECT_EQ(verify(token, named), "ok") << to_text(ours);
    EXPECT_EQ(verify(token, own()), "ear.audience") << "a server without a name is not meant";
  }
  for (const Json& others : {Json("kbs.example.org"), Json(""), Json(nullptr), Json(7), Json::array(),
                             Json::array({Json::array({"kbs.example"})}), Json::object({{"kbs.example", true}})}) {
    EXPECT_EQ(verify(sign_ear(claims().set("aud", others), signer), named), "ear.audience") << to_text(others);
  }
  EXPECT_EQ(verify(sign_ear(claims(), signer), named), "ok") << "a result for whomsoever";
}

TEST_F(EarTest, RefusesIssuersAndProfilesThatTheConfigDoesNotName) {
  EarTrust trust = own();
  trust.issuers = {"verifier.example", "second.example"};
  trust.profiles = {"tag:example,2026:results"};
  const auto result = [this](const Json& issuer, const Json& profile) {
    return sign_ear(claims().set("iss", issuer).set("eat_profile", profile), signer);
  };
  EXPECT_EQ(verify(result("second.example", "tag:example,2026:results"), trust), "ok");
  EXPECT_EQ(verify(sign_ear(claims(), signer), trust), "ear.issuer");
  for (const Json& other : {Json("verifier.example."), Json(""), Json(7), Json::array({"verifier.example"})}) {
    EXPECT_EQ(verify(result(other, "tag:example,2026:results"), trust), "ear.issuer") << to_text(other);
    EXPECT_EQ(verify(result("verifier.example", other), trust), "ear.profile") << to_text(other);
    EXPECT_EQ(verify(result(other, other)), "ok") << "without a list, a trusted key is enough";
  }
}

TEST_F(EarTest, RefusesAKeyThatOnlyTheTokenVouchesFor) {
  EXPECT_EQ(verify(sign_ear(claims(), stranger)), "ear.untrusted-key");
  EXPECT_EQ(verify(sign_ear(claims(), signer), EarTrust{}), "ear.untrusted-key");
  EarTrust insecure;
  insecure.insecure_header_jwk = true;
  EXPECT_EQ(verify(sign_ear(claims(), stranger), insecure), "ok");
}

TEST_F(EarTest, RefusesAForeignSignatureUnderATrustedKeysName) {
  EXPECT_EQ(verify(sign_ear(ear_header(signer), claims(), stranger)), "signature.invalid");
  const Json by_kid = Json::object({{"alg", "ES256"}, {"kid", jose::thumbprint_sha256(signer.public_key())}});
  EXPECT_EQ(verify(sign_ear(by_kid, claims(), stranger)), "signature.invalid");
}

TEST_F(EarTest, RefusesTokensThatNameNoKnownKey) {
  for (const Json& kid : {Json("unknown"), Json(""), Json(7), Json(nullptr)}) {
    EXPECT_EQ(verify(sign_ear(Json::object({{"alg", "ES256"}, {"kid", kid}}), claims(), signer)), "ear.untrusted-key");
  }
  EXPECT_EQ(verify(sign_ear(Json::object({{"alg", "ES256"}}), claims(), signer)), "ear.untrusted-key");
}

TEST_F(EarTest, BlamesTheTokenForAHeaderWhoseKeyIsNone) {
  for (const Json& jwk : {Json("text"), Json::object(), Json::object({{"kty", "oct"}}),
                          Json::object({{"kty", "EC"}, {"crv", "P-256"}, {"x", "AA"}, {"y", "AA"}})}) {
    const auto ear = EarVerifier(own()).verify(
        sign_ear(Json::object({{"alg", "ES256"}, {"jwk", jwk}}), claims(), signer), clock.now());
    ASSERT_FALSE(ear.has_value());
    EXPECT_EQ(ear.error().blame, Blame::kEvidence);
    EXPECT_STREQ(ear.error().code, "ear.untrusted-key");
  }
}

TEST_F(EarTest, RefusesAlgorithmNoneAndAlgorithmsOfOtherKeys) {
  const std::string payload = codec::to_base64url(as_bytes(to_text(claims())));
  const auto unsigned_with = [&](const char* algorithm, const char* signature) {
    Json header = ear_header(signer);
    header.set("alg", algorithm);
    return codec::to_base64url(as_bytes(to_text(header))) + "." + payload + "." + signature;
  };
  EXPECT_EQ(verify(unsigned_with("none", "")), "jws.shape");
  EXPECT_EQ(verify(unsigned_with("none", "AAAA")), "jws.algorithm");
  EXPECT_EQ(verify(unsigned_with("HS256", "AAAA")), "jws.algorithm");
  EXPECT_NE(verify(unsigned_with("EdDSA", "AAAA")), "ok");
  EXPECT_NE(verify(unsigned_with("ES384", "AAAA")), "ok");
}

TEST_F(EarTest, RefusesATokenWithAnyCharacterChanged) {
  const std::string token = sign_ear(claims(), signer);
  EarVerifier verifier(own());
  for (std::size_t i = 0; i + 1 < token.size(); ++i) {  // the last holds bits that are not part of the signature
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verifier.verify(changed, clock.now()).has_value()) << i;
  }
}

TEST_F(EarTest, BelievesAChainThatLeadsToATrustedRoot) {
  const Json header = header_with_chain(certified, Json::array({kTestSignerDer}));
  EXPECT_EQ(verify(sign_ear(header, claims(), certified), roots()), "ok");
}

TEST_F(EarTest, RefusesTheGenuineChainBesideAnotherKey) {
  const Json header = header_with_chain(stranger, Json::array({kTestSignerDer}));
  EXPECT_EQ(verify(sign_ear(header, claims(), stranger), roots()), "ear.chain");
  const Json genuine = header_with_chain(certified, Json::array({kTestSignerDer}));
  EXPECT_EQ(verify(sign_ear(genuine, claims(), stranger), roots()), "signature.invalid");
}

TEST_F(EarTest, RefusesAChainWithoutRootsOrOutsideItsDates) {
  const std::string token = sign_ear(header_with_chain(certified, Json::array({kTestSignerDer})), claims(), certified);
  EXPECT_EQ(verify(token, EarTrust{}), "ear.untrusted-key");
  EXPECT_EQ(verify(token, own()), "ear.untrusted-key");
  const auto late = from_unix_seconds(2'500'000'000);  // 2049
  EXPECT_EQ(code_of(EarVerifier(roots()).verify(sign_ear(header_with_chain(certified, Json::array({kTestSignerDer})),
                                                         ear_claims(tee_key, late), certified),
                                                late)),
            "ear.chain");
}

TEST_F(EarTest, RefusesChainsThatAreNoListOfCertificates) {
  const Json nine = Json(Json::Array(9, Json(kTestSignerDer)));
  for (const Json& x5c : {Json::array(), nine, Json::array({7}), Json::array({"***"}), Json::array({"AAAA"}),
                          Json::array({kTestSignerDer, "AAAA"})}) {
    EXPECT_EQ(verify(sign_ear(header_with_chain(certified, x5c), claims(), certified), roots()), "ear.chain")
        << to_text(x5c).substr(0, 80);
  }
  for (const Json& x5c : {Json(kTestSignerDer), Json(nullptr), Json::object()}) {
    EXPECT_EQ(verify(sign_ear(header_with_chain(certified, x5c), claims(), certified), roots()), "ear.untrusted-key");
  }
}

TEST_F(EarTest, ChecksEveryTimeWithoutLeeway) {
  const std::int64_t now = to_unix_seconds(clock.now());
  const auto with = [&](const char* name, const Json& value) { return verify(claims().set(name, value)); };
  EXPECT_EQ(with("exp", now + 1), "ok");
  EXPECT_EQ(with("exp", now), "jwt.expired");
  EXPECT_EQ(with("exp", now - 30), "jwt.expired");
  EXPECT_EQ(with("nbf", now), "ok");
  EXPECT_EQ(with("nbf", now + 1), "jwt.not-yet-valid");
  EXPECT_EQ(with("iat", now + 1), "jwt.issued-in-future");
  EXPECT_EQ(with("exp", "tomorrow"), "jwt.time");
  EXPECT_EQ(with("nbf", Json::array()), "jwt.time");
  Json endless = claims();
  endless.erase("exp");
  EXPECT_EQ(verify(endless), "jwt.exp-missing");
}

TEST_F(EarTest, ChecksEveryTimeWithTheConfiguredLeeway) {
  const std::int64_t now = to_unix_seconds(clock.now());
  EarTrust lenient = own();
  lenient.leeway = seconds(60);
  const auto with = [&](const char* name, std::int64_t value) {
    return verify(sign_ear(claims().set(name, value), signer), lenient);
  };
  EXPECT_EQ(with("exp", now - 59), "ok");
  EXPECT_EQ(with("exp", now - 61), "jwt.expired");
  EXPECT_EQ(with("nbf", now + 60), "ok");
  EXPECT_EQ(with("nbf", now + 61), "jwt.not-yet-valid");
  EXPECT_EQ(with("iat", now + 61), "jwt.issued-in-future");
}

TEST_F(EarTest, FindsTheTeeKeyAtEachOfThePeersPlaces) {
  const Json key = tee_public_jwk(tee_key);
  const Json holder = Json::object({{"tee-pubkey", key}});
  const Json times = Json::object({{"exp", to_unix_seconds(clock.now()) + 300}});
  const auto with = [&](const char* name, const Json& value) { return verify(Json(times).set(name, value)); };
  EXPECT_EQ(with("tdx", Json::object({{"attester_runtime_data", holder}})), "ok");
  EXPECT_EQ(with("tdx", Json::object({{"attester_user_data", holder}})), "ok");
  EXPECT_EQ(with("customized_claims", Json::object({{"runtime_data", holder}})), "ok");
  EXPECT_EQ(with("tee-pubkey", key), "ok");
  EXPECT_EQ(verify(claims()), "ok");  // /submods/cpu0/…
  EXPECT_EQ(with("tdx", holder), "ear.no-tee-key");
  EXPECT_EQ(verify(times), "ear.no-tee-key");
}

TEST_F(EarTest, LooksAtConfiguredPlacesFirst) {
  EarTrust trust = own();
  trust.extra_teekey_paths = {"no pointer", "/nowhere", "/mine/key"};
  const crypto::PrivateKey other = crypto::PrivateKey::generate_ec(crypto::Curve::kP521);
  const Json both = claims().set("mine", Json::object({{"key", tee_public_jwk(other)}}));
  const auto ear = EarVerifier(trust).verify(sign_ear(both, signer), clock.now());
  ASSERT_TRUE(ear.has_value()) << ear.error().detail;
  EXPECT_EQ(ear->recipient().key().to_spki_der(), other.public_key().to_spki_der());
  EXPECT_EQ(verify(sign_ear(claims(), signer), trust), "ok");
}

TEST_F(EarTest, RefusesTeeKeysThatNothingCanBeSealedTo) {
  const Json base = Json::object({{"exp", to_unix_seconds(clock.now()) + 300}});
  Json odd = tee_public_jwk(tee_key);
  odd.set("alg", "none");
  for (const Json& key : {odd, Json(nullptr), Json("text"), Json::object(), Json::array()}) {
    EXPECT_EQ(verify(Json(base).set("tee-pubkey", key)), "ear.tee-key") << to_text(key);
  }
}

TEST_F(EarTest, SealsByRsa15OnlyWhereTheConfigAllowsIt) {
  Json rsa = tee_public_jwk(crypto::PrivateKey::generate_rsa(2048));
  rsa.set("alg", "RSA1_5");
  const Json odd = Json::object({{"exp", to_unix_seconds(clock.now()) + 300}, {"tee-pubkey", rsa}});
  EXPECT_EQ(verify(odd), "ear.tee-key");
  EarTrust trust = own();
  trust.allow_rsa1_5 = true;
  EXPECT_EQ(verify(sign_ear(odd, signer), trust), "ok");
}

}  // namespace
}  // namespace avouch::broker
