#include "format/jwk.h"

#include <gtest/gtest.h>

namespace avouch::jose {
namespace {

Json json(std::string_view text) {
  Result<Json> value = parse_json(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.has_value() ? *std::move(value) : Json();
}

const char* refusal(std::string_view text) {
  const Result<crypto::PublicKey> key = public_key_from_jwk(json(text));
  return key.has_value() ? "accepted" : key.error().code;
}

// The point of RFC 7517 appendix A.1.
constexpr std::string_view kP256 = R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
                                   R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"})";

TEST(Jwk, RoundTripsEveryKindOfKey) {
  for (const crypto::PrivateKey& key :
       {crypto::PrivateKey::generate_ec(crypto::Curve::kP256), crypto::PrivateKey::generate_ec(crypto::Curve::kP384),
        crypto::PrivateKey::generate_ec(crypto::Curve::kP521), crypto::PrivateKey::generate_rsa(2048),
        crypto::PrivateKey::generate_ed25519()}) {
    const Json jwk = jwk_from_public_key(key.public_key());
    const Result<crypto::PublicKey> again = public_key_from_jwk(jwk);
    ASSERT_TRUE(again.has_value()) << to_text(jwk) << again.error().detail;
    EXPECT_EQ(again->to_spki_der(), key.public_key().to_spki_der());
  }
}

TEST(Jwk, WritesMembersInTheOrderPromised) {
  const Json jwk = jwk_from_public_key(*public_key_from_jwk(json(kP256)));
  EXPECT_EQ(to_text(jwk), kP256);
}

TEST(Jwk, ThumbprintIsThatOfRfc7638Section3_1) {
  const Json rsa = json(
      R"({"kty":"RSA","e":"AQAB","alg":"RS256","kid":"2011-04-29","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM7)"
      R"(8LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w)"
      R"(6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4)"
      R"(vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"})");
  EXPECT_EQ(thumbprint_sha256(*public_key_from_jwk(rsa)), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(Jwk, ThumbprintOfEd25519IsThatOfRfc8037AppendixA3) {
  const Json okp = json(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  EXPECT_EQ(thumbprint_sha256(*public_key_from_jwk(okp)), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(Jwk, ReadsTheKeyPairOfRfc8037AppendixA1) {
  const Json pair = json(R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
                         R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  const Result<crypto::PrivateKey> key = private_key_from_jwk(pair);
  ASSERT_TRUE(key.has_value()) << key.error().detail;
  EXPECT_EQ(thumbprint_sha256(key->public_key()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(Jwk, ReadsTheKeyPairOfRfc7517AppendixA2) {
  Json pair = json(kP256);
  pair.set("d", "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE");
  const Result<crypto::PrivateKey> key = private_key_from_jwk(pair);
  ASSERT_TRUE(key.has_value()) << key.error().detail;
  EXPECT_EQ(to_text(jwk_from_public_key(key->public_key())), kP256);
}

TEST(Jwk, RefusesAPrivateKeyWhereAPublicOneBelongs) {
  Json pair = json(kP256);
  pair.set("d", "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE");
  EXPECT_STREQ(public_key_from_jwk(pair).error().code, "jwk.private");
  pair.set("d", nullptr);  // even an empty one: somebody took the wrong file
  EXPECT_STREQ(public_key_from_jwk(pair).error().code, "jwk.private");
}

TEST(Jwk, RefusesAPrivateKeyThatBelongsToAnotherPublicOne) {
  const crypto::PrivateKey other = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  Json pair = jwk_from_public_key(other.public_key());
  pair.set("d", "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE");
  EXPECT_STREQ(private_key_from_jwk(pair).error().code, "jwk.mismatch");
}

TEST(Jwk, RefusesAPrivateKeyWithoutItsScalarOrWithAShortOne) {
  Json pair = json(kP256);
  EXPECT_STREQ(private_key_from_jwk(pair).error().code, "jwk.shape");
  pair.set("d", "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3");
  EXPECT_STREQ(private_key_from_jwk(pair).error().code, "key.scalar");
  EXPECT_STREQ(private_key_from_jwk(json(R"({"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"})")).error().code, "jwk.kty");
}

TEST(Jwk, RefusesAPointOffItsCurve) {
  Json jwk = json(kP256);
  jwk.set("y", *jwk.find_string("x"));
  EXPECT_STREQ(public_key_from_jwk(jwk).error().code, "key.point");
}

TEST(Jwk, RefusesACoordinateOfAnyOtherWidth) {
  const std::string zeros(100, 'A');
  for (std::size_t length : {0U, 4U, 40U, 42U, 44U, 64U, 88U}) {
    Json jwk = json(kP256);
    jwk.set("x", zeros.substr(0, length));
    EXPECT_STREQ(public_key_from_jwk(jwk).error().code, "key.coordinate") << length;
  }
  Json wrong_curve = json(kP256);
  wrong_curve.set("crv", "P-384");
  EXPECT_STREQ(public_key_from_jwk(wrong_curve).error().code, "key.coordinate");
}

TEST(Jwk, RefusesBase64ThatIsNotUrlSafeOrIsPadded) {
  for (const char* text :
       {"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4=", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D+",
        "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D5", "MKBC TNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"}) {
    Json jwk = json(kP256);
    jwk.set("x", text);
    EXPECT_STREQ(public_key_from_jwk(jwk).error().code, "base64.syntax") << text;
  }
}

TEST(Jwk, RefusesWhatItDoesNotKnow) {
  EXPECT_STREQ(refusal(R"([])"), "jwk.shape");
  EXPECT_STREQ(refusal(R"("EC")"), "jwk.shape");
  EXPECT_STREQ(refusal(R"({})"), "jwk.shape");
  EXPECT_STREQ(refusal(R"({"kty":1})"), "jwk.shape");
  EXPECT_STREQ(refusal(R"({"kty":"EC"})"), "jwk.shape");
  EXPECT_STREQ(refusal(R"({"kty":"EC","crv":"P-256","x":"AA"})"), "jwk.shape");
  EXPECT_STREQ(refusal(R"({"kty":"EC","crv":"P-256","x":1,"y":"AA"})"), "jwk.shape");
  EXPECT_STREQ(refusal(R"({"kty":"RSA","n":"AQAB"})"), "jwk.shape");
  EXPECT_STREQ(refusal(R"({"kty":"OKP","x":"AA"})"), "jwk.shape");
  EXPECT_STREQ(refusal(R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})"), "jwk.crv");
  EXPECT_STREQ(refusal(R"({"kty":"OKP","crv":"X25519","x":"AA"})"), "jwk.crv");
  EXPECT_STREQ(refusal(R"({"kty":"oct","k":"AA"})"), "jwk.kty");
  EXPECT_STREQ(refusal(R"({"kty":"ec","crv":"P-256","x":"AA","y":"AA"})"), "jwk.kty");
}

TEST(Jwk, RefusesRsaKeysOfASizeThatIsBrokenOrDear) {
  EXPECT_STREQ(refusal(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"), "key.rsa");
  const std::string huge(4096, 'B');
  EXPECT_STREQ(refusal(R"({"kty":"RSA","e":"AQAB","n":")" + huge + "\"}"), "key.rsa");
}

}  // namespace
}  // namespace avouch::jose
