// JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037) and their thumbprints (RFC 7638).
#pragma once

#include <string>

#include "base/result.h"
#include "codec/json.h"
#include "crypto/key.h"
#include "crypto/signature.h"

namespace avouch::jose {

// The public key in a JWK of kty EC (P-256, P-384, P-521), RSA or OKP (Ed25519). `d` is refused: a private key that
// travels as a public one is compromised.
//   fails   kRequest: jwk.shape, jwk.kty, jwk.crv, jwk.private, base64.syntax, key.*
Result<crypto::PublicKey> public_key_from_jwk(const Json& jwk);
// A key pair of kty EC or OKP (Ed25519); RSA pairs travel as PEM.
//   fails   kRequest: jwk.shape, jwk.kty, jwk.crv, jwk.mismatch (d belongs to another public key), base64.syntax, key.*
Result<crypto::PrivateKey> private_key_from_jwk(const Json& jwk);
// Members in the order kty, crv, x, y (or kty, n, e): no alg, no kid.
Json jwk_from_public_key(const crypto::PublicKey& key);
std::string thumbprint_sha256(const crypto::PublicKey& key);  // base64url; our `kid`

}  // namespace avouch::jose
