// Signatures, in the forms of JOSE and COSE. ECDSA in DER is not ours: it occurs in certificates, which AWS-LC
// verifies.
#include <gtest/gtest.h>

#include "codec/hex.h"
#include "crypto/signature.h"
#include "format/jwk.h"
#include "wycheproof/suite.h"

namespace avouch::wycheproof {
namespace {

using crypto::SignatureAlgorithm;

// The key of a group, read from each form that the group has it in; all must be the same key.
Result<crypto::PublicKey> public_key(const Case& one, const char* jwk_name) {
  const crypto::PublicKey key =
      TRY(crypto::PublicKey::from_spki_der(codec::from_hex(one.group_text("publicKeyDer")).value()));
  EXPECT_EQ(crypto::PublicKey::from_pem(one.group_text("publicKeyPem")).value().to_spki_der(), key.to_spki_der());
  if (const Json* jwk = one.group.find(jwk_name)) {
    EXPECT_EQ(jose::public_key_from_jwk(*jwk).value().to_spki_der(), key.to_spki_der());
  }
  return key;
}

std::function<Outcome(const Case&)> verifying(SignatureAlgorithm algorithm, const char* jwk_name = "publicKeyJwk") {
  return [algorithm, jwk_name](const Case& one) {
    const Result<crypto::PublicKey> key = public_key(one, jwk_name);
    if (!key.has_value()) return Outcome::kRefused;
    const bool is_valid = crypto::verify(*key, algorithm, one.octets("msg"), one.octets("sig")).has_value();
    return is_valid ? Outcome::kRight : Outcome::kRefused;
  };
}

// RFC 8017 section 8.2.2 compares encodings whole, so a DigestInfo without its NULL is another one.
Suite pkcs1(const char* file, SignatureAlgorithm algorithm) {
  Suite suite{file, verifying(algorithm, "keyJwk")};
  suite.refused = {"MissingNull"};
  return suite;
}

bool always(const Case&) {
  return true;
}

// A file whose hash, MGF or salt length no algorithm of RFC 7518 section 3.5 has. (The file for salts of 0 octets is
// none of these: what it calls invalid has a salt of 32 octets, and that is PS256. rsa_pss_misc has salts of 0 octets
// as well.)
Suite pss_outside(const char* file, SignatureAlgorithm algorithm) {
  Suite suite{file, verifying(algorithm)};
  suite.is_outside = always;
  return suite;
}

// Every combination of hashes and salt lengths, put to the algorithm that the hash names.
SignatureAlgorithm pss_algorithm(const Case& one) {
  const std::string& hash = one.group_text("sha");
  if (hash == "SHA-384") return SignatureAlgorithm::kPs384;
  return hash == "SHA-512" ? SignatureAlgorithm::kPs512 : SignatureAlgorithm::kPs256;
}

bool is_pss_of_jose(const Case& one) {
  const std::string& hash = one.group_text("sha");
  const std::int64_t salt_bytes = one.group_number("sLen");
  return hash == one.group_text("mgfSha") &&
         ((hash == "SHA-256" && salt_bytes == 32) || (hash == "SHA-384" && salt_bytes == 48) ||
          (hash == "SHA-512" && salt_bytes == 64));
}

Suite pss_of_every_kind() {
  Suite suite{"rsa_pss_misc_test.json", [](const Case& one) { return verifying(pss_algorithm(one))(one); }};
  suite.is_outside = [](const Case& one) { return !is_pss_of_jose(one); };
  return suite;
}

}  // namespace

std::vector<Suite> signature_suites() {
  using enum SignatureAlgorithm;
  return {
      {"ecdsa_secp256r1_sha256_p1363_test.json", verifying(kEs256)},
      {"ecdsa_secp384r1_sha384_p1363_test.json", verifying(kEs384)},
      {"ecdsa_secp521r1_sha512_p1363_test.json", verifying(kEs512)},
      {"ed25519_test.json", verifying(kEdDsa)},
      pkcs1("rsa_signature_2048_sha256_test.json", kRs256),
      pkcs1("rsa_signature_2048_sha384_test.json", kRs384),
      pkcs1("rsa_signature_2048_sha512_test.json", kRs512),
      pkcs1("rsa_signature_3072_sha256_test.json", kRs256),
      pkcs1("rsa_signature_3072_sha384_test.json", kRs384),
      pkcs1("rsa_signature_3072_sha512_test.json", kRs512),
      pkcs1("rsa_signature_4096_sha256_test.json", kRs256),
      pkcs1("rsa_signature_4096_sha384_test.json", kRs384),
      pkcs1("rsa_signature_4096_sha512_test.json", kRs512),
      pkcs1("rsa_signature_8192_sha256_test.json", kRs256),
      pkcs1("rsa_signature_8192_sha384_test.json", kRs384),
      pkcs1("rsa_signature_8192_sha512_test.json", kRs512),
      {"rsa_pss_2048_sha256_mgf1_32_test.json", verifying(kPs256)},
      {"rsa_pss_2048_sha384_mgf1_48_test.json", verifying(kPs384)},
      {"rsa_pss_3072_sha256_mgf1_32_test.json", verifying(kPs256)},
      {"rsa_pss_4096_sha256_mgf1_32_test.json", verifying(kPs256)},
      {"rsa_pss_4096_sha384_mgf1_48_test.json", verifying(kPs384)},
      {"rsa_pss_4096_sha512_mgf1_64_test.json", verifying(kPs512)},
      pss_outside("rsa_pss_2048_sha256_mgf1sha1_20_test.json", kPs256),
      pss_outside("rsa_pss_4096_sha512_mgf1_32_test.json", kPs512),
      pss_of_every_kind(),
      // Keys that name id-RSASSA-PSS and parameters of their own are none that we take.
      pss_outside("rsa_pss_2048_sha256_mgf1_32_params_test.json", kPs256),
      pss_outside("rsa_pss_4096_sha512_mgf1_64_params_test.json", kPs512),
  };
}

}  // namespace avouch::wycheproof
