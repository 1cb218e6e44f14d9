// What seals secrets: AES-256-GCM (NIST SP 800-38D), AES key wrap (RFC 3394), ECDH (SP 800-56A), the concatenation KDF
// as JOSE fills it (RFC 7518 section 4.6.2), HKDF-SHA-256 (RFC 5869), RSA key transport (RFC 8017).
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/key.h"

namespace avouch::crypto {

inline constexpr std::size_t kAesKeyBytes = 32;
inline constexpr std::size_t kGcmNonceBytes = 12;
inline constexpr std::size_t kGcmTagBytes = 16;

struct GcmSealed {
  std::array<std::uint8_t, kGcmNonceBytes> nonce;
  Buffer ciphertext;
  std::array<std::uint8_t, kGcmTagBytes> tag;
};

// Seals under a fresh random nonce. `key` has kAesKeyBytes.
GcmSealed aes_gcm_seal(const Secret& key, Bytes plaintext, Bytes associated_data);
//   fails   kEvidence: seal.open (key, nonce, data or tag differ; nothing says which)
Result<Secret> aes_gcm_open(const Secret& key, Bytes nonce, Bytes ciphertext, Bytes tag, Bytes associated_data);

// One key, expanded once, for many small records: nonce then ciphertext then tag in one run of octets. May be used by
// many threads at once. Nonces are random: one key is good for 2^32 records (SP 800-38D section 8.3).
class RecordCipher {
 public:
  explicit RecordCipher(const Secret& key);
  ~RecordCipher();
  RecordCipher(RecordCipher&&) noexcept;
  RecordCipher& operator=(RecordCipher&&) noexcept;
  Buffer seal(Bytes plaintext, Bytes associated_data) const;
  Result<Secret> open(Bytes sealed, Bytes associated_data) const;  // fails   kEvidence: seal.open

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Both keys come from us: 16, 24 or 32 octets to wrap with, at least 16 and a multiple of 8 to be wrapped. The result
// is 8 octets longer than `key`.
Buffer aes_key_wrap(const Secret& key_encryption_key, const Secret& key);
//   fails   kEvidence: seal.open
Result<Secret> aes_key_unwrap(const Secret& key_encryption_key, Bytes wrapped);

// The x coordinate of the shared point, full width.   fails   kRequest: key.agreement (curves differ, not EC)
Result<Secret> ecdh(const PrivateKey& own, const PublicKey& peer);
// `algorithm` is the AlgorithmID text; PartyUInfo and PartyVInfo are empty. `shared` and the result are not.
Secret concat_kdf_sha256(const Secret& shared, std::string_view algorithm, std::size_t size_bytes);
// At most 255 * 32 octets (RFC 5869 section 2.3).
Secret hkdf_sha256(const Secret& input, Bytes salt, std::string_view info, std::size_t size_bytes);

enum class RsaPadding : unsigned char { kOaepSha256, kOaepSha1, kPkcs1v15 };
//   fails   kRequest: rsa.encrypt (not an RSA key, or the message is too long for it)
Result<Buffer> rsa_encrypt(const PublicKey& key, RsaPadding padding, Bytes plaintext);
//   fails   kEvidence: seal.open
Result<Secret> rsa_decrypt(const PrivateKey& key, RsaPadding padding, Bytes ciphertext);

}  // namespace avouch::crypto
