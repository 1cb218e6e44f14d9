#include <openssl/aead.h>

#include <algorithm>

#include "base/check.h"
#include "crypto/encryption.h"
#include "crypto/native.h"
#include "crypto/random.h"

namespace avouch::crypto {
namespace {

Error cannot_open() {
  return {Blame::kEvidence, "seal.open", "AES-256-GCM"};
}

bool set_key(EVP_AEAD_CTX* context, const Secret& key) {
  return EVP_AEAD_CTX_init(context, EVP_aead_aes_256_gcm(), key.reveal().data(), key.size_bytes(), kGcmTagBytes,
                           nullptr) == 1;
}

// Decrypts; `nonce` and `tag` have their right sizes.
Result<Secret> open_parts(const EVP_AEAD_CTX* context, Bytes nonce, Bytes ciphertext, Bytes tag,
                          Bytes associated_data) {
  Buffer plaintext(ciphertext.size());
  ENSURE(EVP_AEAD_CTX_open_gather(context, plaintext.data(), nonce.data(), nonce.size(), ciphertext.data(),
                                  ciphertext.size(), tag.data(), tag.size(), associated_data.data(),
                                  associated_data.size()) == 1,
         cannot_open());
  return Secret(std::move(plaintext));
}

void seal_parts(const EVP_AEAD_CTX* context, const std::uint8_t* nonce, Bytes plaintext, Bytes associated_data,
                std::uint8_t* ciphertext, std::uint8_t* tag) {
  std::size_t tag_bytes = 0;
  CHECK(EVP_AEAD_CTX_seal_scatter(context, ciphertext, tag, &tag_bytes, kGcmTagBytes, nonce, kGcmNonceBytes,
                                  plaintext.data(), plaintext.size(), nullptr, 0, associated_data.data(),
                                  associated_data.size()) == 1 &&
        tag_bytes == kGcmTagBytes);
}

}  // namespace

GcmSealed aes_gcm_seal(const Secret& key, Bytes plaintext, Bytes associated_data) {
  bssl::ScopedEVP_AEAD_CTX context;
  CHECK(set_key(context.get(), key));
  GcmSealed sealed{random_array<kGcmNonceBytes>(), Buffer(plaintext.size()), {}};
  seal_parts(context.get(), sealed.nonce.data(), plaintext, associated_data, sealed.ciphertext.data(),
             sealed.tag.data());
  return sealed;
}

Result<Secret> aes_gcm_open(const Secret& key, Bytes nonce, Bytes ciphertext, Bytes tag, Bytes associated_data) {
  const native::QuietErrors quiet;
  ENSURE(key.size_bytes() == kAesKeyBytes && nonce.size() == kGcmNonceBytes && tag.size() == kGcmTagBytes,
         cannot_open());
  bssl::ScopedEVP_AEAD_CTX context;
  CHECK(set_key(context.get(), key));
  return open_parts(context.get(), nonce, ciphertext, tag, associated_data);
}

// A context of AES-GCM may be used by many threads at once (openssl/aead.h, EVP_AEAD_CTX_seal).
struct RecordCipher::Context {
  bssl::ScopedEVP_AEAD_CTX aead;
};

RecordCipher::RecordCipher(const Secret& key) : context_(std::make_unique<Context>()) {
  CHECK(set_key(context_->aead.get(), key));
}
RecordCipher::~RecordCipher() = default;
RecordCipher::RecordCipher(RecordCipher&&) noexcept = default;
RecordCipher& RecordCipher::operator=(RecordCipher&&) noexcept = default;

Buffer RecordCipher::seal(Bytes plaintext, Bytes associated_data) const {
  Buffer sealed(kGcmNonceBytes + plaintext.size() + kGcmTagBytes);
  fill_random(std::span(sealed).first<kGcmNonceBytes>());
  seal_parts(context_->aead.get(), sealed.data(), plaintext, associated_data, sealed.data() + kGcmNonceBytes,
             sealed.data() + kGcmNonceBytes + plaintext.size());
  return sealed;
}

Result<Secret> RecordCipher::open(Bytes sealed, Bytes associated_data) const {
  const native::QuietErrors quiet;
  ENSURE(sealed.size() >= kGcmNonceBytes + kGcmTagBytes, cannot_open());
  const Bytes ciphertext = sealed.subspan(kGcmNonceBytes, sealed.size() - kGcmNonceBytes - kGcmTagBytes);
  return open_parts(context_->aead.get(), sealed.first(kGcmNonceBytes), ciphertext, sealed.last(kGcmTagBytes),
                    associated_data);
}

}  // namespace avouch::crypto
