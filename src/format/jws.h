// JSON Web Signatures in compact form (RFC 7515) and the time claims of JSON Web Tokens (RFC 7519).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"
#include "crypto/key.h"
#include "crypto/signature.h"

namespace avouch::jose {

// A compact JWS, split and not believed. Owns what it holds.
struct Jws {
  crypto::SignatureAlgorithm algorithm;
  Json header;
  Json payload;               // a JSON object
  std::string signing_input;  // the very octets received: header "." payload
  Buffer signature;
};

// Splits a JWS whose payload is a JSON object. `alg: none`, `crit` and `b64` are refused.
//   fails   kEvidence: jws.shape, jws.size, jws.header, jws.algorithm, jws.critical, jws.payload, base64.syntax, json.*
Result<Jws> parse_jws(std::string_view compact);
//   fails   kEvidence: signature.algorithm, signature.size, signature.invalid
Status verify_jws(const Jws& jws, const crypto::PublicKey& key);
// Signs header and payload as they are; `header` must name the algorithm.
//   fails   kInternal: jws.algorithm (the header names another one), signature.algorithm
Result<std::string> sign_jws(const Json& header, const Json& payload, const crypto::PrivateKey& key,
                             crypto::SignatureAlgorithm algorithm);
// The same in two steps, for a signer whose header is always the same.
std::string encode_header(const Json& header);
Result<std::string> sign_jws_with(std::string_view encoded_header, const Json& payload, const crypto::PrivateKey& key,
                                  crypto::SignatureAlgorithm algorithm);

// Checks exp (mandatory), nbf and iat (when present) against `now`, with `leeway` on each side.
//   fails   kEvidence: jwt.exp-missing, jwt.expired, jwt.not-yet-valid, jwt.issued-in-future, jwt.time (not a number)
Status check_times(const Json& claims, Instant now, std::chrono::seconds leeway);

// Whether `aud` names this audience, alone or in a list.   source   RFC 7519 section 4.1.3
bool has_audience(const Json& claims, std::string_view audience);

}  // namespace avouch::jose
