#include "format/jws.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "codec/base64.h"
#include "testing/vectors.h"

namespace avouch::jose {
namespace {

using crypto::SignatureAlgorithm;

std::string b64(std::string_view text) {
  return codec::to_base64url(as_bytes(text));
}

std::string sign(const crypto::PrivateKey& key, SignatureAlgorithm algorithm) {
  const Json header = Json::object({{"alg", crypto::to_string(algorithm)}, {"typ", "JWT"}});
  Result<std::string> token = sign_jws(header, Json::object({{"sub", "guest"}, {"exp", 1000}}), key, algorithm);
  EXPECT_TRUE(token.has_value());
  return token.has_value() ? *std::move(token) : "";
}

const char* refusal(std::string_view compact) {
  const Result<Jws> jws = parse_jws(compact);
  if (jws.has_value()) return "accepted";
  EXPECT_EQ(jws.error().blame, Blame::kEvidence) << jws.error().code;
  return jws.error().code;
}

bool believed(std::string_view compact, const crypto::PublicKey& key) {
  const Result<Jws> jws = parse_jws(compact);
  return jws.has_value() && verify_jws(*jws, key).has_value();
}

TEST(Jws, RoundTripsEveryAlgorithm) {
  const crypto::PrivateKey rsa = crypto::PrivateKey::generate_rsa(2048);
  const std::vector<std::pair<crypto::PrivateKey, SignatureAlgorithm>> signers{
      {crypto::PrivateKey::generate_ec(crypto::Curve::kP256), SignatureAlgorithm::kEs256},
      {crypto::PrivateKey::generate_ec(crypto::Curve::kP384), SignatureAlgorithm::kEs384},
      {crypto::PrivateKey::generate_ec(crypto::Curve::kP521), SignatureAlgorithm::kEs512},
      {crypto::PrivateKey::generate_ed25519(), SignatureAlgorithm::kEdDsa},
      {rsa, SignatureAlgorithm::kRs256},
      {rsa, SignatureAlgorithm::kRs384},
      {rsa, SignatureAlgorithm::kRs512},
      {rsa, SignatureAlgorithm::kPs256},
      {rsa, SignatureAlgorithm::kPs384},
      {rsa, SignatureAlgorithm::kPs512}};
  for (const auto& [key, algorithm] : signers) {
    const Result<Jws> jws = parse_jws(sign(key, algorithm));
    ASSERT_TRUE(jws.has_value()) << crypto::to_string(algorithm);
    EXPECT_EQ(jws->algorithm, algorithm);
    EXPECT_EQ(to_text(jws->payload), R"({"sub":"guest","exp":1000})");
    EXPECT_TRUE(verify_jws(*jws, key.public_key()).has_value()) << crypto::to_string(algorithm);
  }
}

TEST(Jws, RefusesEveryFlippedBit) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const std::string token = sign(key, SignatureAlgorithm::kEs256);
  ASSERT_TRUE(believed(token, key.public_key()));
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    std::string forged = token;
    forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(believed(forged, key.public_key())) << bit;
  }
}

TEST(Jws, RefusesEveryTruncationAndAnythingAppended) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const std::string token = sign(key, SignatureAlgorithm::kEs256);
  for (std::size_t length = 0; length < token.size(); ++length) {
    EXPECT_FALSE(believed(std::string_view(token).substr(0, length), key.public_key())) << length;
  }
  for (const char* tail : {"A", "=", ".", "\n", " "}) EXPECT_FALSE(believed(token + tail, key.public_key())) << tail;
}

TEST(Jws, RefusesAnotherKeyAndAKeyOfAnotherKind) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const Result<Jws> jws = parse_jws(sign(key, SignatureAlgorithm::kEs256));
  ASSERT_TRUE(jws.has_value());
  const auto code = [&](const crypto::PrivateKey& other) { return verify_jws(*jws, other.public_key()).error().code; };
  EXPECT_STREQ(code(crypto::PrivateKey::generate_ec(crypto::Curve::kP256)), "signature.invalid");
  EXPECT_STREQ(code(crypto::PrivateKey::generate_ec(crypto::Curve::kP384)), "signature.algorithm");
  EXPECT_STREQ(code(crypto::PrivateKey::generate_ed25519()), "signature.algorithm");
}

TEST(Jws, RefusesASignatureOfTheWrongSize) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  Result<Jws> jws = parse_jws(sign(key, SignatureAlgorithm::kEs256));
  ASSERT_TRUE(jws.has_value());
  jws->signature.pop_back();
  EXPECT_STREQ(verify_jws(*jws, key.public_key()).error().code, "signature.size");
}

TEST(Jws, RefusesAlgorithmsThatAreNoneOrSymmetricOrMissing) {
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"HS256"})", R"({"alg":""})",
                             R"({"alg":5})", R"({"typ":"JWT"})", R"({"alg":["ES256"]})", R"({"alg":"es256"})"}) {
    EXPECT_STREQ(refusal(b64(header) + "." + b64("{}") + ".AAAA"), "jws.algorithm") << header;
  }
}

TEST(Jws, RefusesCriticalHeaders) {
  for (const char* header : {R"({"alg":"ES256","crit":["exp"]})", R"({"alg":"ES256","crit":[]})",
                             R"({"alg":"ES256","b64":false,"crit":["b64"]})", R"({"alg":"ES256","b64":true})"}) {
    EXPECT_STREQ(refusal(b64(header) + "." + b64("{}") + ".AAAA"), "jws.critical") << header;
  }
}

TEST(Jws, RefusesAnythingButThreeFullParts) {
  const std::string header = b64(R"({"alg":"ES256"})");
  const std::string payload = b64("{}");
  for (const std::string& text : {std::string(), std::string("abc"), std::string(".."), header, header + "." + payload,
                                  header + "." + payload + ".", header + "..AAAA", "." + payload + ".AAAA",
                                  header + "." + payload + ".AAAA.", header + "." + payload + ".AAAA.AAAA"}) {
    EXPECT_STREQ(refusal(text), "jws.shape") << text;
  }
}

TEST(Jws, RefusesPartsThatAreNoObjects) {
  const std::string header = b64(R"({"alg":"ES256"})");
  EXPECT_STREQ(refusal(b64("[]") + "." + b64("{}") + ".AAAA"), "jws.header");
  EXPECT_STREQ(refusal(header + "." + b64("[]") + ".AAAA"), "jws.payload");
  EXPECT_STREQ(refusal(header + "." + b64("\"text\"") + ".AAAA"), "jws.payload");
  EXPECT_STREQ(refusal(header + "." + b64("{") + ".AAAA"), "json.syntax");
  EXPECT_STREQ(refusal(b64(R"({"alg":"ES256","alg":"none"})") + "." + b64("{}") + ".AAAA"), "json.duplicate");
  EXPECT_STREQ(refusal(header + "." + b64("{}") + ".AA=="), "base64.syntax");
  EXPECT_STREQ(refusal(header + "." + b64("{}") + ".AB"),
               "base64.syntax");  // trailing bits: two spellings of one token
}

TEST(Jws, RefusesATokenLargerThanItsLimit) {
  EXPECT_STREQ(refusal(std::string(limits::kTokenBytes + 1, 'A')), "jws.size");
}

TEST(Jws, RefusesToSignUnderAHeaderThatNamesAnotherAlgorithm) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  for (const Json& header : {Json::object(), Json::object({{"alg", "ES384"}}), Json::object({{"alg", "none"}})}) {
    const Result<std::string> token = sign_jws(header, Json::object(), key, SignatureAlgorithm::kEs256);
    EXPECT_STREQ(token.error().code, "jws.algorithm");
    EXPECT_EQ(token.error().blame, Blame::kInternal);
  }
}

TEST(Jws, RefusesToSignWithAKeyThatDoesNotSuitTheAlgorithm) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const Json header = Json::object({{"alg", "ES384"}});
  const Result<std::string> token = sign_jws(header, Json::object(), key, SignatureAlgorithm::kEs384);
  EXPECT_STREQ(token.error().code, "signature.algorithm");
  EXPECT_EQ(token.error().blame, Blame::kInternal);
}

const char* times(std::string_view claims, std::int64_t now, int leeway = 0) {
  const Status status = check_times(*parse_json(claims), from_unix_seconds(now), std::chrono::seconds(leeway));
  return status.has_value() ? "valid" : status.error().code;
}

TEST(JwtTimes, EndAtExpWithTheLeeway) {
  EXPECT_STREQ(times(R"({"exp":1000})", 999), "valid");
  EXPECT_STREQ(times(R"({"exp":1000})", 1000), "jwt.expired");
  EXPECT_STREQ(times(R"({"exp":1000})", 1059, 60), "valid");
  EXPECT_STREQ(times(R"({"exp":1000})", 1060, 60), "jwt.expired");
  EXPECT_STREQ(times(R"({"exp":1000.5})", 1000), "valid");
}

TEST(JwtTimes, BeginAtNbfAndIatWithTheLeeway) {
  EXPECT_STREQ(times(R"({"exp":9000,"nbf":1000})", 999), "jwt.not-yet-valid");
  EXPECT_STREQ(times(R"({"exp":9000,"nbf":1000})", 1000), "valid");
  EXPECT_STREQ(times(R"({"exp":9000,"nbf":1000})", 940, 60), "valid");
  EXPECT_STREQ(times(R"({"exp":9000,"nbf":1000})", 939, 60), "jwt.not-yet-valid");
  EXPECT_STREQ(times(R"({"exp":9000,"iat":1000})", 999), "jwt.issued-in-future");
  EXPECT_STREQ(times(R"({"exp":9000,"iat":1000})", 940, 60), "valid");
}

TEST(JwtTimes, RefuseATokenWithoutAnEnd) {
  EXPECT_STREQ(times(R"({})", 1000), "jwt.exp-missing");
  EXPECT_STREQ(times(R"({"iat":1,"nbf":1})", 1000), "jwt.exp-missing");
}

TEST(JwtTimes, RefuseWhatIsNoNumber) {
  EXPECT_STREQ(times(R"({"exp":"9000"})", 1000), "jwt.time");
  EXPECT_STREQ(times(R"({"exp":null})", 1000), "jwt.time");
  EXPECT_STREQ(times(R"({"exp":9000,"nbf":true})", 1000), "jwt.time");
  EXPECT_STREQ(times(R"({"exp":9000,"iat":{}})", 1000), "jwt.time");
}

TEST(JwtTimes, SurviveNumbersBeyondEveryClock) {
  EXPECT_STREQ(times(R"({"exp":9223372036854775807})", 1000), "valid");
  EXPECT_STREQ(times(R"({"exp":1e300})", 1000), "valid");
  EXPECT_STREQ(times(R"({"exp":-9223372036854775808})", 1000), "jwt.expired");
  EXPECT_STREQ(times(R"({"exp":9000,"nbf":18446744073709551615})", 1000), "jwt.not-yet-valid");
}

// What Trustee's KBS was sent as bearer tokens at 03:30:47, and what we make of each.
struct RecordedToken {
  const char* file;
  const char* verdict;
};
constexpr RecordedToken kRecorded[] = {
    {"391-get-token-tampered-sig", "signature.invalid"},
    {"392-get-token-resigned-other-key", "signature.invalid"},
    {"393-get-token-other-key-with-good-x5c", "signature.invalid"},
    {"394-get-token-resigned-same-key", "valid"},
    {"395-get-token-expired-30s", "valid"},
    {"396-get-token-expired-59s", "valid"},
    {"397-get-token-expired-61s", "jwt.expired"},
    {"398-get-token-expired-90s", "jwt.expired"},
    {"399-get-token-no-exp", "jwt.exp-missing"},
    {"400-get-token-nbf-future", "jwt.not-yet-valid"},     // the peer lets this one in
    {"401-get-token-iat-future", "jwt.issued-in-future"},  // and this one
    {"402-get-token-no-jwk", "valid"},                     // which key to use is for the caller to say
    {"404-get-token-alg-none", "jws.shape"},               // it has no signature at all
    {"406-get-token-teekey-toplevel", "valid"},
};

std::string bearer_of(const Json& recording) {
  for (const Json& header : *recording.at("/request/headers")->as_array()) {
    const std::string& value = *header.at("/1")->as_string();
    if (value.starts_with("Bearer ")) return value.substr(7);
  }
  return "";
}

TEST(Jws, JudgesTheRecordedTokensOfTrustee) {
  NEEDS_VECTORS();
  const Result<crypto::PublicKey> signer =
      crypto::PublicKey::from_pem(testing::vector_text("trustee/keys-test-only/token-signer.pub.pem"));
  ASSERT_TRUE(signer.has_value());
  const Instant then = from_unix_seconds(1795318247);
  for (const RecordedToken& recorded : kRecorded) {
    const Json recording = *parse_json(testing::vector_text(std::string("trustee/") + recorded.file + ".json"));
    const auto judge = [&]() -> Status {
      const Jws jws = TRY(parse_jws(bearer_of(recording)));
      TRY(verify_jws(jws, *signer));
      return check_times(jws.payload, then, std::chrono::seconds(60));
    };
    const Status verdict = judge();
    EXPECT_STREQ(verdict.has_value() ? "valid" : verdict.error().code, recorded.verdict) << recorded.file;
  }
}

}  // namespace
}  // namespace avouch::jose
