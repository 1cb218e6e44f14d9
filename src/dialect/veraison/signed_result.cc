#include "dialect/veraison/signed_result.h"

#include <chrono>

#include "codec/base64.h"
#include "crypto/signature.h"
#include "format/jws.h"

namespace avouch::dialect::veraison {
namespace {

constexpr std::chrono::seconds kLeeway{300};  // between two machines' clocks

Error unusable(const std::string& why) {
  return Error{Blame::kUnavailable, "veraison.result", "the result is unusable: " + why};
}

// One value, or a list with that one alone (RFC 9711 section 4.1).
const std::string* nonce_in(const Json& claims) {
  const Json* nonce = claims.find("eat_nonce");
  if (nonce == nullptr) return nullptr;
  if (const Json::Array* list = nonce->as_array()) return list->size() == 1 ? list->front().as_string() : nullptr;
  return nonce->as_string();
}

// Those times that are there, and an end for the rule that there has to be one.
Status check_given_times(const Json& claims, Instant now) {
  Json times = Json::object({{"exp", to_unix_seconds(now) + 1}});
  for (const char* name : {"exp", "nbf", "iat"}) {
    if (const Json* time = claims.find(name)) times.set(name, *time);
  }
  const Status timely = jose::check_times(times, now, kLeeway);
  ENSURE(timely.has_value(), unusable(std::string(timely.error().code) + " " + timely.error().detail));
  return ok();
}

Status check_signature(const jose::Jws& jws, const Discovery& publisher) {
  const auto refused = [](const std::string& why) {
    return Error{Blame::kUnavailable, "veraison.signature", "not signed by the published key: " + why};
  };
  const std::string* named = jws.header.find_string("alg");
  ENSURE(publisher.algorithm.empty() || (named != nullptr && *named == publisher.algorithm),
         refused("another algorithm than " + publisher.algorithm));
  // A key on a curve, or for Ed25519, has one algorithm; RSA has several, of which verify_jws() knows.
  ENSURE(publisher.key.kind() == crypto::KeyKind::kRsa || jws.algorithm == crypto::default_algorithm(publisher.key),
         refused("an algorithm that is not the key's"));
  const Status status = jose::verify_jws(jws, publisher.key);
  ENSURE(status.has_value(), refused(status.error().code));
  return ok();
}

}  // namespace

Result<Json> check_result(std::string_view token, const Discovery& publisher, Bytes nonce, Instant now) {
  Result<jose::Jws> jws = jose::parse_jws(token);
  ENSURE(jws.has_value(), unusable(jws.error().code));
  TRY(check_signature(*jws, publisher));
  Json& claims = jws->payload;
  const std::string* text = nonce_in(claims);
  const Result<Buffer> said = codec::from_any_base64(text != nullptr ? *text : "");
  ENSURE(text != nullptr && said.has_value() && equal_constant_time(*said, nonce),
         Error{Blame::kUnavailable, "veraison.nonce", "the result is for another nonce, or for none"});
  TRY(check_given_times(claims, now));
  const Json* submods = claims.find("submods");
  ENSURE(submods != nullptr && submods->as_object() != nullptr, unusable("no submodules"));
  return std::move(claims);
}

}  // namespace avouch::dialect::veraison
