#include "appraise/signer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "format/jwk.h"
#include "format/jws.h"
#include "testing/code_of.h"
#include "testing/manual_clock.h"

namespace avouch::appraise {
namespace {

using testing::code_of;
using ::testing::ElementsAre;

// Made for these tests with OpenSSL 3.0; they protect nothing: openssl ecparam -name prime256v1 -genkey, and
// openssl req -x509 -new -key ... -subj "/CN=Avouch test signer".
constexpr std::string_view kKeyPem = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXIJeNLURbpks4iUw
UF2kfXNafuUenSElHlnA5oy+du+hRANCAAS7+Y4KU+D6PuaIIHNpmRIwVcJDWcgy
hh0zTKgx+WvmceQP8cwYvUf1iqQVTQwSCI6kh8f6I2C2/+qQsWT61jDR
-----END PRIVATE KEY-----
)";
constexpr std::string_view kCertificatePem = R"(-----BEGIN CERTIFICATE-----
MIIBjzCCATWgAwIBAgIUMUM/xY3ogILLsKbm3qcQKVWpF2QwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSQXZvdWNoIHRlc3Qgc2lnbmVyMB4XDTI2MTEyMjE5MDA0N1oX
DTM2MTExOTE5MDA0N1owHTEbMBkGA1UEAwwSQXZvdWNoIHRlc3Qgc2lnbmVyMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEu/mOClPg+j7miCBzaZkSMFXCQ1nIMoYd
M0yoMflr5nHkD/HMGL1H9YqkFU0MEgiOpIfH+iNgtv/qkLFk+tYw0aNTMFEwHQYD
VR0OBBYEFCp2Z6Sm/oGpmwPY3i0iU2RTNQsMMB8GA1UdIwQYMBaAFCp2Z6Sm/oGp
mwPY3i0iU2RTNQsMMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIh
AOSSN20ez5cz1EGhIphLV0Av9s2fNM+ItmJDWDWc3Jq/AiAPfy8UzhfAzgE2VSh1
+tlEouoQfLaP5otFPP8TCTCDzQ==
-----END CERTIFICATE-----
)";

crypto::PrivateKey certified_key() {
  return crypto::PrivateKey::from_pem(kKeyPem).value();
}
std::vector<crypto::Certificate> certificates() {
  return crypto::Certificate::from_pem_chain(kCertificatePem).value();
}

ear::Submod submod() {
  ear::TrustVector vector;
  vector.set(ear::TrustClaim::kHardware, 2);
  vector.set(ear::TrustClaim::kInstanceIdentity, 0);
  return ear::Submod{.name = "cpu0",
                     .status = ear::Tier::kAffirming,
                     .vector = vector,
                     .appraisal_policy_id = "default",
                     .annotated_evidence = Json::object({{"cca", Json::object()}}),
                     .extensions = {{"ear.trustee.identifiers", Json::object()}}};
}

// The names of an object's members, in their order.
std::vector<std::string> names(const Json* object) {
  std::vector<std::string> out;
  if (object == nullptr || object->as_object() == nullptr) return {"no object"};
  for (const Json::Member& member : *object->as_object()) out.push_back(member.first);
  return out;
}

class SignerTest : public ::testing::Test {
 protected:
  jose::Jws sign(const Signer& signer) const {
    const Result<std::string> token = signer.sign({submod()}, "01decision", clock_.now());
    EXPECT_EQ(code_of(token), "ok");
    jose::Jws jws = jose::parse_jws(*token).value();
    EXPECT_EQ(code_of(jose::verify_jws(jws, signer.public_key())), "ok");
    return jws;
  }
  testing::ManualClock clock_;
};

// Readers of the peer's tokens re-serialise what they parse: the order of members is part of the wire format.
TEST_F(SignerTest, WritesHeaderAndClaimsInTheOrderOfThePeer) {
  const Signer signer = Signer::make(certified_key(), {.certificates = certificates(), .certificate_url = {}}).value();
  const jose::Jws jws = sign(signer);
  EXPECT_THAT(names(&jws.header), ElementsAre("typ", "alg", "jwk", "kid"));
  EXPECT_THAT(names(jws.header.find("jwk")), ElementsAre("alg", "x5c", "kty", "crv", "x", "y"));
  EXPECT_THAT(names(&jws.payload),
              ElementsAre("eat_profile", "iat", "ear.verifier-id", "submods", "exp", "iss", "jti"));
  EXPECT_THAT(names(jws.payload.find("ear.verifier-id")), ElementsAre("developer", "build"));
  EXPECT_THAT(names(jws.payload.at("/submods/cpu0")),
              ElementsAre("ear.status", "ear.trustworthiness-vector", "ear.appraisal-policy-id",
                          "ear.veraison.annotated-evidence", "ear.trustee.identifiers"));
  EXPECT_THAT(names(jws.payload.at("/submods/cpu0/ear.trustworthiness-vector")),
              ElementsAre("instance-identity", "hardware"));
}

TEST_F(SignerTest, FillsWhatIsTheVerifiersOwn) {
  const jose::Jws jws = sign(Signer::make(certified_key(), {}).value());
  EXPECT_EQ(*jws.header.find("typ"), Json("JWT"));
  EXPECT_EQ(*jws.header.find("alg"), Json("ES256"));
  EXPECT_EQ(*jws.payload.find("eat_profile"), Json("tag:github.com,2024:confidential-containers/Trustee"));
  EXPECT_EQ(*jws.payload.find("iss"), Json("CoCo-Attestation-Service"));
  EXPECT_EQ(*jws.payload.at("/ear.verifier-id/developer"), Json("Avouch"));
  EXPECT_EQ(*jws.payload.find("iat"), Json(1'800'000'000));
  EXPECT_EQ(*jws.payload.find("exp"), Json(1'800'000'300));
  EXPECT_EQ(*jws.payload.find("jti"), Json("01decision"));
}

TEST_F(SignerTest, TakesTheNamesAndTheLifetimeThatItIsGiven) {
  SignerOptions options;
  options.issuer = "us";
  options.developer = "d";
  options.build = "b";
  options.profile = "p";
  options.lifetime = std::chrono::minutes(1);
  const jose::Jws jws = sign(Signer::make(certified_key(), options).value());
  EXPECT_EQ(*jws.payload.find("iss"), Json("us"));
  EXPECT_EQ(*jws.payload.find("eat_profile"), Json("p"));
  EXPECT_EQ(*jws.payload.find("ear.verifier-id"), Json::object({{"developer", "d"}, {"build", "b"}}));
  EXPECT_EQ(*jws.payload.find("exp"), Json(1'800'000'060));
}

TEST_F(SignerTest, LeavesOutTheEvidenceOfFurtherDevicesAndNothingElseWhereItIsToBeBrief) {
  const auto annotated = [this](bool is_verbose) {
    SignerOptions options;
    options.is_verbose = is_verbose;
    const Signer signer = Signer::make(certified_key(), options).value();
    ear::Submod device = submod();
    device.annotated_evidence.set("runtime_data_claims",
                                  Json::object({{"tee-pubkey", "key"}, {"additional-evidence", "large"}}));
    const std::string token = signer.sign({std::move(device)}, "01decision", clock_.now()).value();
    return *jose::parse_jws(token)->payload.at("/submods/cpu0/ear.veraison.annotated-evidence");
  };
  const Json whole = Json::object({{"tee-pubkey", "key"}, {"additional-evidence", "large"}});
  EXPECT_EQ(*annotated(true).find("runtime_data_claims"), whole);
  EXPECT_EQ(*annotated(false).find("runtime_data_claims"), Json::object({{"tee-pubkey", "key"}}));
  EXPECT_EQ(*annotated(false).find("cca"), Json::object());
}

TEST_F(SignerTest, NamesItsKeyByThumbprintInTokensAndInTheJwks) {
  const Signer signer = Signer::make(certified_key(), {.certificates = certificates(), .certificate_url = {}}).value();
  const Json header = sign(signer).header;
  EXPECT_EQ(signer.key_id(), jose::thumbprint_sha256(certified_key().public_key()));
  EXPECT_EQ(*header.find_string("kid"), signer.key_id());
  const Json jwks = signer.jwks();
  ASSERT_EQ(jwks.find("keys")->as_array()->size(), 1U);
  const Json& published = *jwks.at("/keys/0");
  EXPECT_EQ(*published.find_string("kid"), signer.key_id());
  EXPECT_EQ(*published.find_string("use"), "sig");
  EXPECT_EQ(*published.find_string("alg"), "ES256");
  EXPECT_EQ(jose::public_key_from_jwk(published)->to_spki_der(), certified_key().public_key().to_spki_der());
}

TEST_F(SignerTest, NeverPublishesThePrivateKey) {
  for (const crypto::PrivateKey& key : {certified_key(), crypto::PrivateKey::generate_ed25519()}) {
    const Signer signer = Signer::make(key, {}).value();
    EXPECT_EQ(sign(signer).header.at("/jwk/d"), nullptr);
    EXPECT_EQ(signer.jwks().at("/keys/0/d"), nullptr);
  }
}

TEST_F(SignerTest, ShowsItsCertificatesAsBase64OfDer) {
  const SignerOptions options{.certificates = certificates(), .certificate_url = "https://a.example/chain"};
  const Json header = sign(Signer::make(certified_key(), options).value()).header;
  EXPECT_EQ(*header.at("/jwk/x5c"), Json::array({codec::to_base64(certificates()[0].to_der())}));
  EXPECT_EQ(*header.at("/jwk/x5u"), Json("https://a.example/chain"));
  const Json plain = sign(Signer::make(certified_key(), {}).value()).header;
  EXPECT_EQ(plain.at("/jwk/x5c"), nullptr);
  EXPECT_EQ(plain.at("/jwk/x5u"), nullptr);
}

TEST_F(SignerTest, RefusesACertificateOfAnotherKey) {
  const Result<Signer> signer = Signer::make(crypto::PrivateKey::generate_ec(crypto::Curve::kP256),
                                             {.certificates = certificates(), .certificate_url = {}});
  ASSERT_FALSE(signer.has_value());
  EXPECT_STREQ(signer.error().code, "signer.certificate");
  EXPECT_EQ(signer.error().blame, Blame::kRequest);
}

TEST_F(SignerTest, SignsWithTheAlgorithmOfItsKey) {
  const std::vector<std::pair<crypto::PrivateKey, const char*>> keys = {
      {crypto::PrivateKey::generate_ec(crypto::Curve::kP256), "ES256"},
      {crypto::PrivateKey::generate_ec(crypto::Curve::kP384), "ES384"},
      {crypto::PrivateKey::generate_ec(crypto::Curve::kP521), "ES512"},
      {crypto::PrivateKey::generate_ed25519(), "EdDSA"},
      {crypto::PrivateKey::generate_rsa(2048), "RS256"}};
  for (const auto& [key, algorithm] : keys) {
    const Json header = sign(Signer::make(key, {}).value()).header;
    EXPECT_EQ(*header.find("alg"), Json(algorithm));
    EXPECT_EQ(*header.at("/jwk/alg"), Json(algorithm));
  }
}

TEST_F(SignerTest, SignsNoResultWithoutASubmodule) {
  const Signer signer = Signer::make(certified_key(), {}).value();
  EXPECT_EQ(code_of(signer.sign({}, "01decision", clock_.now())), "signer.empty");
}

TEST_F(SignerTest, WritesAPlainResultWithoutIssuerAndKey) {
  const Signer signer = Signer::make(certified_key(), {}).value();
  const Result<std::string> token =
      signer.sign_plain({"tag:example.com,2026:x", {{"eat_nonce", "AQ=="}}}, {submod()}, "01decision", clock_.now());
  ASSERT_EQ(code_of(token), "ok");
  const jose::Jws jws = jose::parse_jws(*token).value();
  EXPECT_EQ(code_of(jose::verify_jws(jws, signer.public_key())), "ok");
  EXPECT_EQ(jws.header, Json::object({{"alg", "ES256"}, {"typ", "JWT"}}));
  EXPECT_THAT(names(&jws.payload),
              ElementsAre("eat_profile", "iat", "ear.verifier-id", "submods", "exp", "eat_nonce", "jti"));
  EXPECT_EQ(*jws.payload.find("eat_profile"), Json("tag:example.com,2026:x"));
  EXPECT_EQ(code_of(signer.sign_plain({}, {}, "01decision", clock_.now())), "signer.empty");
}

TEST_F(SignerTest, NeverSignsAStatusBetterThanItsVector) {
  ear::Submod dressed_up = submod();
  dressed_up.vector.set(ear::TrustClaim::kExecutables, 97);
  const Signer signer = Signer::make(certified_key(), {}).value();
  const std::string token = signer.sign({dressed_up}, "01decision", clock_.now()).value();
  EXPECT_EQ(*jose::parse_jws(token)->payload.at("/submods/cpu0/ear.status"), Json("contraindicated"));
}

}  // namespace
}  // namespace avouch::appraise
