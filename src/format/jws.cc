#include "format/jws.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/limits.h"
#include "codec/base64.h"
#include "format/jose_parts.h"

namespace avouch::jose {
namespace {

struct Segments {
  std::string_view header, payload, signature;
  std::string_view signing_input;  // header "." payload
};

// RFC 7515 section 7.1. All three parts must hold something: an empty signature is "alg": "none" by another name.
Result<Segments> split(std::string_view compact) {
  const std::size_t first = compact.find('.');
  const std::size_t last = compact.rfind('.');
  ENSURE(first != std::string_view::npos && first != last,
         Error{Blame::kEvidence, "jws.shape", "not three parts with dots between"});
  const Segments parts{compact.substr(0, first), compact.substr(first + 1, last - first - 1), compact.substr(last + 1),
                       compact.substr(0, last)};
  ENSURE(parts.payload.find('.') == std::string_view::npos,
         Error{Blame::kEvidence, "jws.shape", "more than three parts"});
  ENSURE(!parts.header.empty() && !parts.payload.empty() && !parts.signature.empty(),
         Error{Blame::kEvidence, "jws.shape", "an empty part"});
  return parts;
}

Result<Json> decode_object(std::string_view segment, const char* code) {
  const Buffer text = TRY(blame_evidence(codec::from_base64url(segment)));
  Json value = TRY(blame_evidence(parse_json(as_text(text))));
  ENSURE(value.as_object() != nullptr, Error{Blame::kEvidence, code, "not an object"});
  return value;
}

Result<crypto::SignatureAlgorithm> algorithm_of(const Json& header) {
  const std::string* name = header.find_string("alg");
  ENSURE(name != nullptr, Error{Blame::kEvidence, "jws.algorithm", "alg is missing or no text"});
  const std::optional<crypto::SignatureAlgorithm> algorithm = crypto::signature_algorithm_from_name(*name);
  ENSURE(algorithm.has_value(), Error{Blame::kEvidence, "jws.algorithm", *name});
  return *algorithm;
}

// A NumericDate (RFC 7519 section 2): seconds, possibly with a fraction, as a double because a token may name any
// number.
Result<std::optional<double>> numeric_date(const Json& claims, std::string_view name) {
  const Json* claim = claims.find(name);
  if (claim == nullptr) return std::optional<double>();
  const std::optional<double> seconds = claim->as_number();
  ENSURE(seconds.has_value(), Error{Blame::kEvidence, "jwt.time", std::string(name) + " is not a number"});
  return seconds;
}

double to_seconds(Instant instant) {
  return std::chrono::duration<double>(instant.time_since_epoch()).count();
}

}  // namespace

Result<Jws> parse_jws(std::string_view compact) {
  ENSURE(compact.size() <= limits::kTokenBytes,
         Error{Blame::kEvidence, "jws.size", std::to_string(compact.size()) + " bytes"});
  const Segments parts = TRY(split(compact));
  Json header = TRY(decode_object(parts.header, "jws.header"));
  const crypto::SignatureAlgorithm algorithm = TRY(algorithm_of(header));
  // RFC 7515 section 4.1.11: whoever does not know a critical member must refuse. We know none. RFC 7797's b64 must be
  // listed as critical; a token that forgets to would be read in two ways.
  ENSURE(header.find("crit") == nullptr && header.find("b64") == nullptr,
         Error{Blame::kEvidence, "jws.critical", "crit or b64 in the header"});
  Json payload = TRY(decode_object(parts.payload, "jws.payload"));
  Buffer signature = TRY(blame_evidence(codec::from_base64url(parts.signature)));
  return Jws{algorithm, std::move(header), std::move(payload), std::string(parts.signing_input), std::move(signature)};
}

Status verify_jws(const Jws& jws, const crypto::PublicKey& key) {
  return crypto::verify(key, jws.algorithm, as_bytes(jws.signing_input), jws.signature);
}

Result<std::string> sign_jws(const Json& header, const Json& payload, const crypto::PrivateKey& key,
                             crypto::SignatureAlgorithm algorithm) {
  const std::string* name = header.find_string("alg");
  ENSURE(name != nullptr && *name == crypto::to_string(algorithm),
         Error{Blame::kInternal, "jws.algorithm", "the header names another algorithm"});
  return sign_jws_with(encode_header(header), payload, key, algorithm);
}

std::string encode_header(const Json& header) {
  return codec::to_base64url(as_bytes(to_text(header)));
}

Result<std::string> sign_jws_with(std::string_view encoded_header, const Json& payload, const crypto::PrivateKey& key,
                                  crypto::SignatureAlgorithm algorithm) {
  std::string token = std::string(encoded_header) + "." + codec::to_base64url(as_bytes(to_text(payload)));
  const Buffer signature = TRY(crypto::sign(key, algorithm, as_bytes(token)));
  return token + "." + codec::to_base64url(signature);
}

namespace {

// For people; as the token has it where that is no date.
std::string date_text(double seconds) {
  constexpr double kDatesMax = 253'402'300'799;  // 9999-12-31T23:59:59Z
  if (!(seconds >= 0 && seconds <= kDatesMax)) return std::to_string(seconds);
  return to_rfc3339(from_unix_seconds(static_cast<std::int64_t>(seconds)));
}

Error untimely(const char* code, const char* claim, double seconds, Instant now) {
  return Error{Blame::kEvidence, code, std::string(claim) + " " + date_text(seconds) + ", now " + to_rfc3339(now)};
}

}  // namespace

Status check_times(const Json& claims, Instant now, std::chrono::seconds leeway) {
  const double present = to_seconds(now);
  const double slack = std::chrono::duration<double>(leeway).count();
  const std::optional<double> issued = TRY(numeric_date(claims, "iat"));
  ENSURE(!issued.has_value() || *issued <= present + slack,
         untimely("jwt.issued-in-future", "iat", issued.value_or(0), now));
  const std::optional<double> expires = TRY(numeric_date(claims, "exp"));
  ENSURE(expires.has_value(), Error{Blame::kEvidence, "jwt.exp-missing", "a token without an end"});
  ENSURE(present < *expires + slack, untimely("jwt.expired", "exp", *expires, now));
  const std::optional<double> valid_from = TRY(numeric_date(claims, "nbf"));
  ENSURE(!valid_from.has_value() || *valid_from <= present + slack,
         untimely("jwt.not-yet-valid", "nbf", valid_from.value_or(0), now));
  return ok();
}

bool has_audience(const Json& claims, std::string_view audience) {
  const Json* named = claims.find("aud");
  if (named == nullptr) return false;
  const Json::Array* list = named->as_array();
  const auto is_audience = [audience](const Json& entry) {
    return entry.as_string() != nullptr && *entry.as_string() == audience;
  };
  return list == nullptr ? is_audience(*named) : std::any_of(list->begin(), list->end(), is_audience);
}

}  // namespace avouch::jose
