#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "base/check.h"
#include "crypto/encryption.h"
#include "crypto/native.h"

namespace avouch::crypto {
namespace {

// OAEP's two hashes, of the label and of MGF1, are the same one (RFC 7518 section 4.3).
bool set_padding(EVP_PKEY_CTX* context, RsaPadding padding) {
  if (padding == RsaPadding::kPkcs1v15) return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  const EVP_MD* digest_method = padding == RsaPadding::kOaepSha256 ? EVP_sha256() : EVP_sha1();
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, digest_method) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest_method) == 1;
}

}  // namespace

Result<Buffer> rsa_encrypt(const PublicKey& key, RsaPadding padding, Bytes plaintext) {
  const native::QuietErrors quiet;
  ENSURE(key.kind() == KeyKind::kRsa, Error{Blame::kRequest, "rsa.encrypt", "not an RSA key"});
  const bssl::UniquePtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key.native(), nullptr));
  CHECK(context && EVP_PKEY_encrypt_init(context.get()) == 1 && set_padding(context.get(), padding));
  Buffer ciphertext(RSA_size(EVP_PKEY_get0_RSA(key.native())));
  std::size_t size_bytes = ciphertext.size();
  ENSURE(EVP_PKEY_encrypt(context.get(), ciphertext.data(), &size_bytes, plaintext.data(), plaintext.size()) == 1 &&
             size_bytes == ciphertext.size(),
         Error{Blame::kRequest, "rsa.encrypt", "the message is too long for the key"});
  return ciphertext;
}

// One error for every failure. PKCS#1 v1.5 tells valid padding from invalid all the same, by success (RFC 8017 section
// 7.2.2): whoever offers it must not let a stranger ask often, or see what follows.
Result<Secret> rsa_decrypt(const PrivateKey& key, RsaPadding padding, Bytes ciphertext) {
  const native::QuietErrors quiet;
  const Error cannot_open{Blame::kEvidence, "seal.open", "RSA"};
  ENSURE(key.kind() == KeyKind::kRsa, cannot_open);
  Buffer padded(RSA_size(EVP_PKEY_get0_RSA(key.native())));
  ENSURE(ciphertext.size() == padded.size(), cannot_open);
  const bssl::UniquePtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key.native(), nullptr));
  CHECK(context && EVP_PKEY_decrypt_init(context.get()) == 1 && set_padding(context.get(), padding));
  std::size_t size_bytes = padded.size();
  const int opened = EVP_PKEY_decrypt(context.get(), padded.data(), &size_bytes, ciphertext.data(), ciphertext.size());
  const Secret plaintext(std::move(padded));  // wiped, whatever came out
  ENSURE(opened == 1, cannot_open);
  return Secret(plaintext.reveal().first(size_bytes));
}

}  // namespace avouch::crypto
