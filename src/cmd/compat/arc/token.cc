#include "cmd/compat/arc/token.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "cmd/compat/arc/go_text.h"
#include "format/jwk.h"
#include "format/jws.h"

namespace avouch::arc {
namespace {

constexpr std::array<const char*, 15> kAlgorithms{"ES256", "ES256K", "ES384", "ES512", "EdDSA",
                                                  "HS256", "HS384",  "HS512", "PS256", "PS384",
                                                  "PS512", "RS256",  "RS384", "RS512", "none"};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// What jwx says of text that is no compact JWS at all.
Status require_three_parts(std::string_view compact) {
  ENSURE(!compact.empty() && compact[0] != '{',
         refused("jwt.verifyFast: failed to split compact: jwsbb: invalid number of segments"));
  const auto dots = std::count(compact.begin(), compact.end(), '.');
  ENSURE(dots != 4, refused("unsupported format (layer: #1)"));
  ENSURE(dots == 2, refused("unknown payload type (payload is not JWT?)"));
  return ok();
}

const char* curve_name(crypto::Curve curve) {
  switch (curve) {
    case crypto::Curve::kP256:
      return "P-256";
    case crypto::Curve::kP384:
      return "P-384";
    case crypto::Curve::kP521:
      return "P-521";
  }
  return "";
}

// Why a signature of so many octets is refused, given the key.
std::string signature_problem(const crypto::PublicKey& key, std::size_t signature_bytes) {
  if (key.kind() == crypto::KeyKind::kRsa) return "jwsbb.Verify: crypto/rsa: verification error";
  if (key.kind() == crypto::KeyKind::kEd25519) return "jwsbb.Verify: invalid EdDSA signature";
  const crypto::Curve curve = *key.curve();
  if (signature_bytes == 2 * crypto::coordinate_bytes(curve)) return "jwsbb.ECDSAVerifier: invalid ECDSA signature";
  return "jwsbb.ECDSAVerifier: failed to unpack ECDSA signature: invalid signature length for curve " +
         quoted(curve_name(curve));
}

Result<jose::Jws> verify_signature(std::string_view compact, const crypto::PublicKey& key, const Algorithm& algorithm) {
  const std::string prefix = "jwt.VerifyCompact: signature verification failed for " + algorithm.name + ": ";
  Result<Buffer> signature = decode_base64url(compact.substr(compact.rfind('.') + 1));
  ENSURE(signature.has_value(),
         refused("jwt.verifyFast: failed to decode signature: failed to decode source: " + signature.error().detail));
  ENSURE(algorithm.algorithm.has_value(),
         refused(prefix + "jwsbb.Verify: unsupported signature algorithm " + quoted(algorithm.name)));
  Result<jose::Jws> jws = jose::parse_jws(compact);
  const bool malformed =
      !jws.has_value() && std::string_view(jws.error().code) != "jws.algorithm" && !signature->empty();
  ENSURE(!malformed, refused(prefix + jws.error().code + ": " + jws.error().detail));
  // The peer never compares --alg with the header; we insist that both say the same.
  const bool believed =
      jws.has_value() && jws->algorithm == *algorithm.algorithm && jose::verify_jws(*jws, key).has_value();
  ENSURE(believed, refused(prefix + signature_problem(key, signature->size())));
  return jws;
}

// In the words of jwx for the codes of check_times.
std::string time_problem(const Error& error) {
  const std::string prefix = "jwt.Validate: validation failed: ";
  const std::string_view code = error.code;
  if (code == "jwt.expired") return prefix + "\"exp\" not satisfied: token is expired";
  if (code == "jwt.issued-in-future") return prefix + "\"iat\" not satisfied";
  if (code == "jwt.not-yet-valid") return prefix + "\"nbf\" not satisfied: token is not yet valid";
  return "failed to parse token: " + error.detail;
}

Status check_token_times(Json claims, Instant now) {
  constexpr std::int64_t kNever = 253'402'300'799;  // the last second of the year 9999
  if (claims.find("exp") == nullptr) claims.set("exp", kNever);
  const Instant second = std::chrono::floor<std::chrono::seconds>(now);  // jwx cuts the present to seconds
  const Status times = jose::check_times(claims, second, std::chrono::seconds(0));
  ENSURE(times.has_value(), refused(time_problem(times.error())));
  return ok();
}

Result<Json> verify_trimmed(std::string_view compact, const crypto::PublicKey& key, const Algorithm& algorithm,
                            Instant now) {
  TRY(require_three_parts(compact));
  jose::Jws jws = TRY(verify_signature(compact, key, algorithm));
  TRY(check_token_times(jws.payload, now));
  return std::move(jws.payload);
}

}  // namespace

Result<Algorithm> algorithm_from_name(const std::string& name) {
  const bool known = std::find(kAlgorithms.begin(), kAlgorithms.end(), name) != kAlgorithms.end();
  ENSURE(known, refused("invalid key value: " + quoted(name) + ": invalid key algorithm"));
  return Algorithm{name, crypto::signature_algorithm_from_name(name)};
}

Result<UnverifiedToken> decode_token(std::string_view text) {
  const std::string_view compact = trimmed(text);
  ENSURE(!compact.empty(), refused("jws.Parse: invalid byte sequence"));
  const std::string prefix = "jws.Parse: failed to parse compact format: ";
  ENSURE(std::count(compact.begin(), compact.end(), '.') == 2,
         refused(prefix + "invalid compact serialization format: jws.Parse: jwsbb: invalid number of segments"));
  const std::size_t first = compact.find('.');
  const std::size_t last = compact.rfind('.');
  const Result<Buffer> header = decode_base64url(compact.substr(0, first));
  ENSURE(header.has_value(),
         refused(prefix + "failed to decode protected headers: failed to decode source: " + header.error().detail));
  Result<Json> parsed = parse_json(as_text(*header));
  ENSURE(parsed.has_value() && parsed->as_object() != nullptr, refused(prefix + "failed to parse JWS headers"));
  const Result<Buffer> payload = decode_base64url(compact.substr(first + 1, last - first - 1));
  ENSURE(payload.has_value(),
         refused(prefix + "failed to decode payload: failed to decode source: " + payload.error().detail));
  const Result<Buffer> signature = decode_base64url(compact.substr(last + 1));
  ENSURE(signature.has_value(),
         refused(prefix + "failed to decode signature: failed to decode source: " + signature.error().detail));
  return UnverifiedToken{*std::move(parsed), std::string(as_text(*payload))};
}

Result<Json> verify_token(std::string_view compact, const crypto::PublicKey& key, const Algorithm& algorithm,
                          Instant now) {
  Result<Json> claims = verify_trimmed(trimmed(compact), key, algorithm, now);
  ENSURE(claims.has_value(),
         refused("failed verifying JWT message: jwt.Parse: failed to parse token: " + claims.error().detail));
  return claims;
}

Result<Json> parse_key_file(std::string_view text) {
  const std::string prefix = "jwk.Parse: failed to probe data: probe: failed to unmarshal data: ";
  ENSURE(!trimmed(text).empty(), refused(prefix + "EOF"));
  // A PEM file where a JWK belongs, the commonest mistake.
  ENSURE(!trimmed(text).starts_with("--"), refused(prefix + "invalid character '-' in numeric literal"));
  Result<Json> jwk = parse_json(text);
  ENSURE(jwk.has_value(), refused(prefix + jwk.error().detail));
  ENSURE(jwk->as_object() != nullptr, refused(prefix + "json: cannot unmarshal into a key"));
  ENSURE(jwk->find_string("kty") != nullptr, refused("invalid key type from JSON ()"));
  return jwk;
}

Result<crypto::PublicKey> verification_key(const Json& jwk) {
  Json public_half = jwk;
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi"}) public_half.erase(name);
  Result<crypto::PublicKey> key = jose::public_key_from_jwk(public_half);
  ENSURE(key.has_value(), refused(std::string(key.error().code) + ": " + key.error().detail));
  return key;
}

}  // namespace avouch::arc
