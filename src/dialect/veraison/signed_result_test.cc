#include "dialect/veraison/signed_result.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "crypto/key.h"
#include "crypto/signature.h"
#include "format/jws.h"
#include "testing/code_of.h"

namespace avouch::dialect::veraison {
namespace {

using crypto::SignatureAlgorithm;
using testing::code_of;

const Buffer kNonce(64, 0xfb);
const Instant kNow = from_unix_seconds(1'800'000'000);

class VeraisonSignedResult : public ::testing::Test {
 protected:
  static Json claims() {
    return Json::object({{"eat_nonce", codec::to_base64url(kNonce)},
                         {"iat", to_unix_seconds(kNow)},
                         {"submods", Json::object({{"CCA_REALM", Json::object()}})}});
  }
  std::string signed_with(const crypto::PrivateKey& key, const Json& content,
                          SignatureAlgorithm algorithm = SignatureAlgorithm::kEs256) const {
    const Json header = Json::object({{"alg", crypto::to_string(algorithm)}, {"typ", "JWT"}});
    return jose::sign_jws(header, content, key, algorithm).value();
  }
  std::string check(const std::string& token) const { return code_of(check_result(token, publisher_, kNonce, kNow)); }
  std::string check(const Json& content) const { return check(signed_with(key_, content)); }

  crypto::PrivateKey key_ = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  Discovery publisher_{key_.public_key(), "ES256", {}, "/"};
};

TEST_F(VeraisonSignedResult, CountsByThePublishedKeyForTheNonce) {
  EXPECT_EQ(check(claims()), "ok");
  EXPECT_EQ(check(claims().set("eat_nonce", codec::to_base64(kNonce))), "ok");
  EXPECT_EQ(check(claims().set("eat_nonce", Json::array({codec::to_base64(kNonce)}))), "ok");
  publisher_.algorithm.clear();
  EXPECT_EQ(check(claims()), "ok");
}

TEST_F(VeraisonSignedResult, CountsByTheOtherAlgorithmsThatAKeyMayBeFor) {
  key_ = crypto::PrivateKey::generate_ec(crypto::Curve::kP384);
  publisher_ = {key_.public_key(), "ES384", {}, "/"};
  EXPECT_EQ(check(signed_with(key_, claims(), SignatureAlgorithm::kEs384)), "ok");
}

TEST_F(VeraisonSignedResult, RefusesEveryOtherKeyAndAlgorithm) {
  EXPECT_EQ(check(signed_with(crypto::PrivateKey::generate_ec(crypto::Curve::kP256), claims())), "veraison.signature");
  publisher_.algorithm = "ES384";
  EXPECT_EQ(check(claims()), "veraison.signature");
  publisher_.algorithm = "ES256";
  const std::string token = signed_with(key_, claims());
  const std::string none = jose::encode_header(Json::object({{"alg", "none"}})) + token.substr(token.find('.'));
  EXPECT_EQ(check(none), "veraison.result");
  const std::string other = jose::encode_header(Json::object({{"alg", "ES384"}})) + token.substr(token.find('.'));
  publisher_.algorithm.clear();
  EXPECT_EQ(check(other), "veraison.signature");
}

TEST_F(VeraisonSignedResult, RefusesATokenWithAnyBitOfItsSignatureFlipped) {
  const jose::Jws jws = jose::parse_jws(signed_with(key_, claims())).value();
  for (std::size_t bit = 0; bit < jws.signature.size() * 8; ++bit) {
    Buffer signature = jws.signature;
    signature[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_EQ(check(jws.signing_input + "." + codec::to_base64url(signature)), "veraison.signature") << bit;
  }
}

TEST_F(VeraisonSignedResult, RefusesAnotherNonceOrNone) {
  for (const Json& nonce :
       {Json(codec::to_base64url(Buffer(64, 0xfa))), Json(codec::to_base64url(Buffer(63, 0xfb))), Json(""), Json(1),
        Json("!!"), Json::array(), Json::array({codec::to_base64url(kNonce), codec::to_base64url(kNonce)})}) {
    EXPECT_EQ(check(claims().set("eat_nonce", nonce)), "veraison.nonce") << to_text(nonce);
  }
  Json without = claims();
  without.erase("eat_nonce");
  EXPECT_EQ(check(without), "veraison.nonce");
}

TEST_F(VeraisonSignedResult, RefusesTimesThatDoNotHoldWhereTheyAreThere) {
  EXPECT_EQ(check(claims().set("exp", to_unix_seconds(kNow) + 10)), "ok");
  EXPECT_EQ(check(claims().set("exp", to_unix_seconds(kNow) - 301)), "veraison.result");
  EXPECT_EQ(check(claims().set("exp", "never")), "veraison.result");
  EXPECT_EQ(check(claims().set("nbf", to_unix_seconds(kNow) + 302)), "veraison.result");
  EXPECT_EQ(check(claims().set("iat", to_unix_seconds(kNow) + 302)), "veraison.result");
  Json timeless = claims();
  timeless.erase("iat");
  EXPECT_EQ(check(timeless), "ok");
}

TEST_F(VeraisonSignedResult, RefusesWhatHasNoSubmodules) {
  EXPECT_EQ(check(claims().set("submods", Json::array())), "veraison.result");
  Json without = claims();
  without.erase("submods");
  EXPECT_EQ(check(without), "veraison.result");
  EXPECT_EQ(check(std::string("no token")), "veraison.result");
  EXPECT_EQ(check(std::string()), "veraison.result");
}

}  // namespace
}  // namespace avouch::dialect::veraison
