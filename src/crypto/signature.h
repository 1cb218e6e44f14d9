// Digital signatures in the raw forms of JOSE and COSE: ECDSA as r then s (RFC 7518 section 3.4, RFC 9053 section 2.1),
// RSASSA (RFC 8017), Ed25519 (RFC 8032).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/key.h"

namespace avouch::crypto {

// Names of RFC 7518 section 3.1; each fixes the hash, and for ECDSA here also the curve.
enum class SignatureAlgorithm : unsigned char {
  kEs256,
  kEs384,
  kEs512,
  kEdDsa,
  kRs256,
  kRs384,
  kRs512,
  kPs256,
  kPs384,
  kPs512,
};

const char* to_string(SignatureAlgorithm algorithm);  // "ES256"
std::optional<SignatureAlgorithm> signature_algorithm_from_name(std::string_view name);

// The algorithm that a key signs with when nobody says otherwise: ES256/384/512 by curve, EdDSA, RS256.
SignatureAlgorithm default_algorithm(const PublicKey& key);

// Whether `signature` is one of `message` by `key`. One key may serve many threads at once.
// ECDSA has two valid signatures for each it makes, (r, s) and (r, n - s): a signature's octets identify nothing.
//   fails   kEvidence: signature.algorithm (the key is of another kind or curve), signature.size, signature.invalid
Status verify(const PublicKey& key, SignatureAlgorithm algorithm, Bytes message, Bytes signature);

//   fails   kInternal: signature.algorithm, signature.failed
Result<Buffer> sign(const PrivateKey& key, SignatureAlgorithm algorithm, Bytes message);

}  // namespace avouch::crypto
