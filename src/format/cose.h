// COSE (RFC 9052, RFC 9053): COSE_Sign1 messages and COSE_Key public keys, as attestation tokens use them.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/key.h"
#include "crypto/signature.h"
#include "crypto/verification_memo.h"

namespace avouch::cose {

// A COSE_Sign1, split and not believed. Borrows from the octets parsed.
struct Sign1 {
  crypto::SignatureAlgorithm algorithm;  // from the protected header, and from nowhere else
  Bytes protected_header;                // the very octets received; they are signed
  Bytes payload;                         // attached
  Bytes signature;                       // raw r then s
};

// Splits one tagged (18) COSE_Sign1 with nothing after it.
//   fails   kEvidence: cbor.*, cose.untagged, cose.shape, cose.algorithm (missing or unknown),
//           cose.algorithm-unprotected, cose.critical (a critical header that we do not know), cose.detached,
//           cose.empty-signature
//   source  RFC 9052 sections 2, 3, 4.2
Result<Sign1> parse_sign1(Bytes message, const char* what);

//   fails   kEvidence: signature.algorithm, signature.size, signature.invalid
Status verify_sign1(const Sign1& message, const crypto::PublicKey& key, Bytes external_aad = {});
// The same for a message that comes again and again.
Status verify_sign1(const Sign1& message, const crypto::PublicKey& key, crypto::VerificationMemo& memo);

// Makes a tagged COSE_Sign1 (for emulators, tests and tools).
//   fails   kInternal: cose.algorithm (COSE has no number for it), signature.algorithm, signature.failed
Result<Buffer> make_sign1(const crypto::PrivateKey& key, crypto::SignatureAlgorithm algorithm, Bytes payload);

// A COSE_Key of type EC2. Members may come in any order; unknown members are passed over.
//   fails   kEvidence: cbor.*, cose.key.shape, cose.key.private (it carries d), cose.key.curve,
//           key.coordinate, key.point
//   source  RFC 9052 section 7, RFC 9053 section 7.1.1
Result<crypto::PublicKey> parse_ec2_key(Bytes key, const char* what);
Buffer encode_ec2_key(const crypto::EcPoint& point);

}  // namespace avouch::cose
