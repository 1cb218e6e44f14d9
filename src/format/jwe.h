// JSON Web Encryption in flattened JSON form (RFC 7516 section 7.2.2), content always A256GCM: how a secret travels to
// the key that evidence bound.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "codec/json.h"
#include "crypto/key.h"

namespace avouch::jose {

enum class KeyManagement : unsigned char {
  kRsaOaep256,    // "RSA-OAEP-256"
  kRsa1_5,        // "RSA1_5": a padding oracle in waiting; only where a config allows it
  kEcdhEsA256Kw,  // "ECDH-ES+A256KW" on P-256, P-384, P-521
};

// A public key that a secret can be sealed to: the JWK a guest presented, its members checked and its `alg` known.
class RecipientKey {
 public:
  // `jwk` has kty, alg and the key's members; others are passed over.
  //   fails   kRequest: teekey.alg, teekey.alg-forbidden (RSA1_5 and not allowed), jwk.*, key.*, base64.syntax
  static Result<RecipientKey> from_jwk(const Json& jwk, bool allow_rsa1_5);
  const crypto::PublicKey& key() const { return key_; }
  KeyManagement key_management() const { return key_management_; }
  // Only the members that count, in the order of RFC 8785: what the peers hash into the report data.
  const Json& filtered_jwk() const { return jwk_; }

 private:
  RecipientKey(crypto::PublicKey key, KeyManagement management, Json jwk)
      : key_(std::move(key)), key_management_(management), jwk_(std::move(jwk)) {}
  crypto::PublicKey key_;
  KeyManagement key_management_;
  Json jwk_;
};

// The JWE as a JSON object: protected, encrypted_key, iv, ciphertext, tag. The protected header is, octet for octet,
// {"alg":…,"enc":"A256GCM"} or {"alg":…,"enc":"A256GCM","epk":{"crv":…,"kty":"EC","x":…,"y":…}}: Rust clients parse and
// re-serialise it, members sorted, before they check the tag.
//   fails   kInternal: jwe.seal
Result<Json> seal_jwe(const RecipientKey& recipient, Bytes plaintext);

// Opens what seal_jwe makes, with P-256, P-384, P-521 or RSA keys.
//   fails   kEvidence: jwe.shape, jwe.algorithm, seal.open, base64.syntax, json.*, jwk.*, key.*
Result<Secret> open_jwe(const Json& jwe, const crypto::PrivateKey& key);

}  // namespace avouch::jose
