#include "format/jwe.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "crypto/encryption.h"
#include "format/jwk.h"
#include "testing/vectors.h"

namespace avouch::jose {
namespace {

constexpr std::string_view kPlaintext = "the secret of the guest";

Json with_alg(const crypto::PrivateKey& key, const char* alg) {
  Json jwk = jwk_from_public_key(key.public_key());
  jwk.set("alg", alg);
  return jwk;
}

const char* refusal(const Json& jwk, bool allow_rsa1_5 = false) {
  const Result<RecipientKey> key = RecipientKey::from_jwk(jwk, allow_rsa1_5);
  if (key.has_value()) return "accepted";
  EXPECT_EQ(key.error().blame, Blame::kRequest);
  return key.error().code;
}

struct Recipient {
  crypto::PrivateKey key;
  Json jwk;
};

std::vector<Recipient> recipients() {
  std::vector<Recipient> all;
  for (const crypto::Curve curve : {crypto::Curve::kP256, crypto::Curve::kP384, crypto::Curve::kP521}) {
    const crypto::PrivateKey key = crypto::PrivateKey::generate_ec(curve);
    all.push_back({key, with_alg(key, "ECDH-ES+A256KW")});
  }
  const crypto::PrivateKey rsa = crypto::PrivateKey::generate_rsa(2048);
  all.push_back({rsa, with_alg(rsa, "RSA-OAEP-256")});
  all.push_back({rsa, with_alg(rsa, "RSA1_5")});
  return all;
}

Json seal_to(const Json& jwk, Bytes plaintext = as_bytes(kPlaintext)) {
  const Result<RecipientKey> recipient = RecipientKey::from_jwk(jwk, true);
  EXPECT_TRUE(recipient.has_value());
  Result<Json> jwe = seal_jwe(*recipient, plaintext);
  EXPECT_TRUE(jwe.has_value());
  return *std::move(jwe);
}

std::string protected_header(const Json& jwe) {
  const Result<Buffer> text = codec::from_base64url(*jwe.find_string("protected"));
  return text.has_value() ? std::string(as_text(*text)) : "";
}

const char* opened(const Json& jwe, const crypto::PrivateKey& key) {
  const Result<Secret> secret = open_jwe(jwe, key);
  if (secret.has_value()) return "opened";
  EXPECT_EQ(secret.error().blame, Blame::kEvidence);
  return secret.error().code;
}

TEST(Jwe, OpensWhatItSealed) {
  for (const Recipient& recipient : recipients()) {
    const Json jwe = seal_to(recipient.jwk);
    const Result<Secret> secret = open_jwe(jwe, recipient.key);
    ASSERT_TRUE(secret.has_value()) << to_text(jwe) << secret.error().code;
    EXPECT_EQ(as_text(secret->reveal()), kPlaintext);
  }
}

TEST(Jwe, SealsAnEmptySecretAndALargeOne) {
  const Recipient recipient = recipients()[0];
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{2} * 1024 * 1024}) {
    const Buffer plaintext(size, 0xA5);
    const Result<Secret> secret = open_jwe(seal_to(recipient.jwk, plaintext), recipient.key);
    ASSERT_TRUE(secret.has_value());
    EXPECT_EQ(to_buffer(secret->reveal()), plaintext);
  }
}

TEST(Jwe, WritesTheProtectedHeaderAsRustClientsWillWriteItAgain) {
  const crypto::PrivateKey rsa = crypto::PrivateKey::generate_rsa(2048);
  EXPECT_EQ(protected_header(seal_to(with_alg(rsa, "RSA-OAEP-256"))), R"({"alg":"RSA-OAEP-256","enc":"A256GCM"})");
  EXPECT_EQ(protected_header(seal_to(with_alg(rsa, "RSA1_5"))), R"({"alg":"RSA1_5","enc":"A256GCM"})");
  const crypto::PrivateKey ec = crypto::PrivateKey::generate_ec(crypto::Curve::kP521);
  const Json jwe = seal_to(with_alg(ec, "ECDH-ES+A256KW"));
  const Json header = *parse_json(protected_header(jwe));
  const std::string x = *header.at("/epk/x")->as_string();
  const std::string y = *header.at("/epk/y")->as_string();
  EXPECT_EQ(protected_header(jwe), R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM","epk":{"crv":"P-521","kty":"EC","x":")" +
                                       x + R"(","y":")" + y + R"("}})");
  EXPECT_EQ(x.size(), 88U);  // 66 octets, never fewer
  EXPECT_EQ(y.size(), 88U);
}

TEST(Jwe, HasItsMembersInTheOrderOfThePeer) {
  const Json jwe = seal_to(recipients()[0].jwk);
  std::string names;
  for (const Json::Member& member : *jwe.as_object()) names += member.first + " ";
  EXPECT_EQ(names, "protected encrypted_key iv ciphertext tag ");
}

TEST(Jwe, NeverSealsTwiceAlike) {
  const Recipient recipient = recipients()[0];
  const Json first = seal_to(recipient.jwk);
  const Json second = seal_to(recipient.jwk);
  for (const char* name : {"protected", "encrypted_key", "iv", "ciphertext", "tag"}) {
    EXPECT_NE(*first.find_string(name), *second.find_string(name)) << name;
  }
}

TEST(Jwe, RefusesEveryFlippedBitOfEveryMember) {
  const Recipient recipient = recipients()[0];
  const Json jwe = seal_to(recipient.jwk);
  for (const Json::Member& member : *jwe.as_object()) {
    const Buffer octets = *codec::from_base64url(*member.second.as_string());
    for (std::size_t bit = 0; bit < octets.size() * 8; ++bit) {
      Buffer forged = octets;
      forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ (1U << (bit % 8)));
      Json changed = jwe;
      changed.set(member.first, codec::to_base64url(forged));
      EXPECT_STRNE(opened(changed, recipient.key), "opened") << member.first << " bit " << bit;
    }
  }
}

TEST(Jwe, RefusesAnotherKey) {
  for (const Recipient& recipient : recipients()) {
    const Json jwe = seal_to(recipient.jwk);
    const crypto::PrivateKey other = recipient.key.kind() == crypto::KeyKind::kEc
                                         ? crypto::PrivateKey::generate_ec(*recipient.key.public_key().curve())
                                         : crypto::PrivateKey::generate_rsa(2048);
    EXPECT_STREQ(opened(jwe, other), "seal.open");
  }
}

TEST(Jwe, RefusesAKeyOfAnotherKindOrCurve) {
  const std::vector<Recipient> all = recipients();
  EXPECT_STREQ(opened(seal_to(all[0].jwk), all[3].key), "jwe.algorithm");
  EXPECT_STREQ(opened(seal_to(all[3].jwk), all[0].key), "jwe.algorithm");
  EXPECT_STREQ(opened(seal_to(all[0].jwk), all[1].key), "key.agreement");
  EXPECT_STREQ(opened(seal_to(all[0].jwk), crypto::PrivateKey::generate_ed25519()), "jwe.algorithm");
}

// RFC 7516 section 11.5: an oracle for padding would open every RSA1_5 secret ever recorded.
TEST(Jwe, SaysTheSameOfBadPaddingAndOfABadTag) {
  const std::vector<Recipient> all = recipients();
  for (const Recipient& recipient : {all[3], all[4]}) {
    Json bad_padding = seal_to(recipient.jwk);
    bad_padding.set("encrypted_key", codec::to_base64url(Buffer(256, 1)));
    Json bad_tag = seal_to(recipient.jwk);
    bad_tag.set("tag", codec::to_base64url(Buffer(16, 1)));
    const Result<Secret> first = open_jwe(bad_padding, recipient.key);
    const Result<Secret> second = open_jwe(bad_tag, recipient.key);
    ASSERT_FALSE(first.has_value() || second.has_value());
    EXPECT_STREQ(first.error().code, second.error().code);
    EXPECT_EQ(first.error().detail, second.error().detail);
  }
}

TEST(Jwe, RefusesAContentKeyOfAnotherSize) {
  const Recipient recipient = recipients()[3];
  Json jwe = seal_to(recipient.jwk);
  const Buffer short_key(16, 7);
  const Result<Buffer> wrapped =
      crypto::rsa_encrypt(recipient.key.public_key(), crypto::RsaPadding::kOaepSha256, short_key);
  ASSERT_TRUE(wrapped.has_value());
  jwe.set("encrypted_key", codec::to_base64url(*wrapped));
  EXPECT_STREQ(opened(jwe, recipient.key), "seal.open");
}

TEST(Jwe, RefusesMembersThatChangeItsMeaning) {
  const Recipient recipient = recipients()[0];
  for (const char* name : {"aad", "unprotected", "header", "recipients"}) {
    Json jwe = seal_to(recipient.jwk);
    jwe.set(name, "AAAA");
    EXPECT_STREQ(opened(jwe, recipient.key), "jwe.shape") << name;
  }
  for (const char* name : {"protected", "encrypted_key", "iv", "ciphertext", "tag"}) {
    Json jwe = seal_to(recipient.jwk);
    jwe.erase(name);
    EXPECT_STREQ(opened(jwe, recipient.key), "jwe.shape") << name;
    jwe.set(name, 5);
    EXPECT_STREQ(opened(jwe, recipient.key), "jwe.shape") << name;
    jwe.set(name, "A=");
    EXPECT_STREQ(opened(jwe, recipient.key), "base64.syntax") << name;
  }
  EXPECT_STREQ(opened(Json("text"), recipient.key), "jwe.shape");
}

const char* opened_under(std::string_view header, const Recipient& recipient) {
  Json jwe = seal_to(recipient.jwk);
  jwe.set("protected", codec::to_base64url(as_bytes(header)));
  return opened(jwe, recipient.key);
}

TEST(Jwe, RefusesHeadersThatItDoesNotServe) {
  const Recipient recipient = recipients()[0];
  EXPECT_STREQ(opened_under("", recipient), "jwe.shape");
  EXPECT_STREQ(opened_under(R"([])", recipient), "jwe.shape");
  EXPECT_STREQ(opened_under(R"({)", recipient), "json.syntax");
  EXPECT_STREQ(opened_under(R"({"enc":"A256GCM"})", recipient), "jwe.algorithm");
  EXPECT_STREQ(opened_under(R"({"alg":"dir","enc":"A256GCM"})", recipient), "jwe.algorithm");
  EXPECT_STREQ(opened_under(R"({"alg":"ECDH-ES+A256KW","enc":"A128CBC-HS256"})", recipient), "jwe.algorithm");
  EXPECT_STREQ(opened_under(R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM","zip":"DEF"})", recipient), "jwe.algorithm");
  EXPECT_STREQ(opened_under(R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM","crit":["x"]})", recipient), "jwe.algorithm");
  EXPECT_STREQ(opened_under(R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM","apu":"AA"})", recipient), "jwe.algorithm");
  EXPECT_STREQ(opened_under(R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM"})", recipient), "jwe.shape");
  EXPECT_STREQ(opened_under(R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM","epk":{}})", recipient), "jwk.shape");
}

TEST(Jwe, RefusesAnEphemeralKeyOffTheCurve) {
  const Recipient recipient = recipients()[0];
  Json jwe = seal_to(recipient.jwk);
  Json header = *parse_json(protected_header(jwe));
  header.find("epk")->set("y", *header.at("/epk/x")->as_string());
  EXPECT_STREQ(opened_under(to_text(header), recipient), "key.point");  // an invalid-curve attack would leak the key
}

TEST(RecipientKey, KeepsOnlyTheMembersThatCountSorted) {
  Json jwk = recipients()[0].jwk;
  jwk.set("kid", "k1");
  jwk.set("use", "enc");
  const Result<RecipientKey> key = RecipientKey::from_jwk(jwk, false);
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(to_text(key->filtered_jwk()), to_canonical_text(key->filtered_jwk()));
  EXPECT_EQ(key->filtered_jwk().as_object()->size(), 5U);
  EXPECT_EQ(key->filtered_jwk().find("kid"), nullptr);
  const Result<RecipientKey> rsa = RecipientKey::from_jwk(recipients()[3].jwk, false);
  ASSERT_TRUE(rsa.has_value());
  EXPECT_EQ(to_text(rsa->filtered_jwk()).rfind(R"({"alg":"RSA-OAEP-256","e":"AQAB","kty":"RSA","n":")", 0), 0U);
  EXPECT_EQ(rsa->key_management(), KeyManagement::kRsaOaep256);
}

TEST(RecipientKey, RefusesAlgorithmsThatAreMissingUnknownOrOfAnotherKind) {
  const std::vector<Recipient> all = recipients();
  for (const char* alg : {"ECDH-ES", "RSA-OAEP", "A256KW", "", "ecdh-es+a256kw"}) {
    Json jwk = all[0].jwk;
    jwk.set("alg", alg);
    EXPECT_STREQ(refusal(jwk), "teekey.alg") << alg;
  }
  Json without = all[0].jwk;
  without.erase("alg");
  EXPECT_STREQ(refusal(without), "teekey.alg");
  EXPECT_STREQ(refusal(with_alg(all[0].key, "RSA-OAEP-256")), "teekey.alg");
  EXPECT_STREQ(refusal(with_alg(all[3].key, "ECDH-ES+A256KW")), "teekey.alg");
  EXPECT_STREQ(refusal(with_alg(crypto::PrivateKey::generate_ed25519(), "ECDH-ES+A256KW")), "teekey.alg");
  EXPECT_STREQ(refusal(Json::array()), "teekey.alg");
}

TEST(RecipientKey, RefusesRsa1_5UnlessAllowed) {
  const Json jwk = recipients()[4].jwk;
  EXPECT_STREQ(refusal(jwk), "teekey.alg-forbidden");
  EXPECT_STREQ(refusal(jwk, true), "accepted");
}

TEST(RecipientKey, RefusesABadKeyHereAndNotLater) {
  Json off_curve = recipients()[0].jwk;
  off_curve.set("y", *off_curve.find_string("x"));
  EXPECT_STREQ(refusal(off_curve), "key.point");
  Json short_x = recipients()[0].jwk;
  short_x.set("x", "NNb20fhmyvd6f-0UVfSF");
  EXPECT_STREQ(refusal(short_x), "key.coordinate");
  Json secret = recipients()[0].jwk;
  secret.set("d", "AAAA");
  EXPECT_STREQ(refusal(secret), "jwk.private");
}

struct RecordedJwe {
  const char* file;
  const char* key;
  const char* header;  // how the protected header begins
};
constexpr RecordedJwe kRecorded[] = {
    {"117-cli-get-resource-p256-get-resource-default-test-secret", "tee-p256", R"({"alg":"ECDH-ES+A256KW",)"},
    {"121-cli-get-resource-p521-get-resource-default-test-secret", "tee-p521", R"({"alg":"ECDH-ES+A256KW",)"},
    {"125-cli-get-resource-rsa2048-get-resource-default-test-secret", "tee-rsa2048", R"({"alg":"RSA-OAEP-256",)"},
    {"348-get-jwe-p521", "tee-p521", R"({"alg":"ECDH-ES+A256KW",)"},
    {"349-get-jwe-rsa2048", "tee-rsa2048", R"({"alg":"RSA-OAEP-256",)"},
    {"350-get-jwe-rsa4096", "tee-rsa4096", R"({"alg":"RSA-OAEP-256",)"},
    {"351-get-jwe-rsa1_5", "tee-rsa2048", R"({"alg":"RSA1_5",)"},
};

TEST(Jwe, OpensWhatTrusteeSealed) {
  NEEDS_VECTORS();
  for (const RecordedJwe& recorded : kRecorded) {
    const Json recording = *parse_json(testing::vector_text(std::string("trustee/") + recorded.file + ".json"));
    const Json jwe = *parse_json(*recording.at("/response/body")->as_string());
    const Result<crypto::PrivateKey> key = crypto::PrivateKey::from_pem(
        testing::vector_text(std::string("trustee/keys-test-only/") + recorded.key + ".pem"));
    ASSERT_TRUE(key.has_value()) << recorded.key;
    EXPECT_EQ(protected_header(jwe).rfind(recorded.header, 0), 0U) << protected_header(jwe);
    const Result<Secret> secret = open_jwe(jwe, *key);
    ASSERT_TRUE(secret.has_value()) << recorded.file << " " << secret.error().code;
    EXPECT_FALSE(secret->empty());
  }
}

TEST(RecipientKey, JudgesTheRecordedKeysOfTrustee) {
  NEEDS_VECTORS();
  const auto judge = [](const char* file) {
    const Json recording = *parse_json(testing::vector_text(std::string("trustee/") + file + ".json"));
    const Json body = *parse_json(*recording.at("/request/body")->as_string());
    return refusal(*body.at("/runtime-data/tee-pubkey"));
  };
  EXPECT_STREQ(judge("343-flow1-attest"), "accepted");
  EXPECT_STREQ(judge("347-attest-replay-other-key-junk-evidence"), "accepted");
  EXPECT_STREQ(judge("360-attest-jwk-extra-members-hash-over-filtered"), "accepted");
  EXPECT_STREQ(judge("352-attest-teekey-alg-unknown"), "teekey.alg");
  EXPECT_STREQ(judge("354-attest-teekey-crv-p384"), "key.coordinate");
  EXPECT_STREQ(judge("356-attest-teekey-point-off-curve"), "key.point");
  EXPECT_STREQ(judge("358-attest-teekey-x-short"), "key.coordinate");
}

}  // namespace
}  // namespace avouch::jose
