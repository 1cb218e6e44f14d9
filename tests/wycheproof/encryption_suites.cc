// What seals secrets: AES-GCM, AES key wrap, RSA key transport.
#include <gtest/gtest.h>

#include "crypto/encryption.h"
#include "wycheproof/suite.h"

namespace avouch::wycheproof {
namespace {

using crypto::RsaPadding;

Outcome compare(const Result<Secret>& opened, Bytes wanted) {
  if (!opened.has_value()) return Outcome::kRefused;
  return to_buffer(opened->reveal()) == to_buffer(wanted) ? Outcome::kRight : Outcome::kWrong;
}

// Opens with both interfaces, which have to agree. Ours is AES-256 with a nonce of 12 octets and a tag of 16.
Outcome open_gcm(const Case& one) {
  const Secret key(one.octets("key"));
  const Buffer nonce = one.octets("iv"), ciphertext = one.octets("ct"), tag = one.octets("tag");
  const Buffer associated_data = one.octets("aad");
  const Outcome outcome =
      compare(crypto::aes_gcm_open(key, nonce, ciphertext, tag, associated_data), one.octets("msg"));
  if (key.size_bytes() == crypto::kAesKeyBytes && nonce.size() == crypto::kGcmNonceBytes) {
    Buffer record = nonce;
    record.insert(record.end(), ciphertext.begin(), ciphertext.end());
    record.insert(record.end(), tag.begin(), tag.end());
    const crypto::RecordCipher cipher(key);
    EXPECT_EQ(compare(cipher.open(record, associated_data), one.octets("msg")), outcome);
  }
  return outcome;
}

bool is_other_gcm(const Case& one) {
  return one.group_number("keySize") != 256 || one.group_number("ivSize") != 96 || one.group_number("tagSize") != 128;
}

Outcome unwrap(const Case& one) {
  const Secret key_encryption_key(one.octets("key"));
  const Buffer wrapped = one.octets("ct"), key = one.octets("msg");
  if (one.text("result") == "valid") {
    EXPECT_EQ(crypto::aes_key_wrap(key_encryption_key, Secret(key)), wrapped);
  }
  return compare(crypto::aes_key_unwrap(key_encryption_key, wrapped), key);
}

std::function<Outcome(const Case&)> decrypting(RsaPadding padding) {
  return [padding](const Case& one) {
    const Result<crypto::PrivateKey> key = crypto::PrivateKey::from_pem(one.group_text("privateKeyPem"));
    if (!key.has_value()) return Outcome::kRefused;
    return compare(crypto::rsa_decrypt(*key, padding, one.octets("ct")), one.octets("msg"));
  };
}

bool has_label(const Case& one) {
  return !one.text("label").empty();
}

// Labels are not ours: JOSE has none (RFC 7518 section 4.3).
Suite oaep(const char* file, RsaPadding padding) {
  Suite suite{file, decrypting(padding)};
  suite.is_outside = has_label;
  return suite;
}

RsaPadding padding_of(const Case& one) {
  return one.group_text("sha") == "SHA-1" ? RsaPadding::kOaepSha1 : RsaPadding::kOaepSha256;
}

bool is_oaep_of_jose(const Case& one) {
  const std::string& hash = one.group_text("sha");
  return one.group_number("keySize") >= 2048 && hash == one.group_text("mgfSha") &&
         (hash == "SHA-1" || hash == "SHA-256");
}

// Every combination of key sizes and hashes, put to the padding that the hash names.
Suite oaep_of_every_kind() {
  Suite suite{"rsa_oaep_misc_test.json", [](const Case& one) { return decrypting(padding_of(one))(one); }};
  suite.is_outside = [](const Case& one) { return !is_oaep_of_jose(one) || has_label(one); };
  return suite;
}

Suite oaep_outside(const char* file, RsaPadding padding) {
  Suite suite{file, decrypting(padding)};
  suite.is_outside = [](const Case&) { return true; };
  return suite;
}

}  // namespace

std::vector<Suite> encryption_suites() {
  Suite gcm{"aes_gcm_test.json", open_gcm};
  gcm.is_outside = is_other_gcm;
  Suite key_wrap{"aes_wrap_test.json", unwrap};
  key_wrap.refused = {"ShortKey"};  // RFC 3394 section 2 wraps two blocks of 8 octets at least.
  return {
      gcm,
      key_wrap,
      oaep("rsa_oaep_2048_sha1_mgf1sha1_test.json", RsaPadding::kOaepSha1),
      oaep("rsa_oaep_2048_sha256_mgf1sha256_test.json", RsaPadding::kOaepSha256),
      oaep("rsa_oaep_3072_sha256_mgf1sha256_test.json", RsaPadding::kOaepSha256),
      oaep("rsa_oaep_4096_sha256_mgf1sha256_test.json", RsaPadding::kOaepSha256),
      oaep_of_every_kind(),
      oaep_outside("rsa_oaep_2048_sha256_mgf1sha1_test.json", RsaPadding::kOaepSha256),
      oaep_outside("rsa_oaep_4096_sha256_mgf1sha1_test.json", RsaPadding::kOaepSha256),
      {"rsa_pkcs1_2048_test.json", decrypting(RsaPadding::kPkcs1v15)},
      {"rsa_pkcs1_3072_test.json", decrypting(RsaPadding::kPkcs1v15)},
      {"rsa_pkcs1_4096_test.json", decrypting(RsaPadding::kPkcs1v15)},
  };
}

}  // namespace avouch::wycheproof
