#include "dialect/veraison/messages.h"

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "format/jwk.h"
#include "net/http_grammar.h"

namespace avouch::dialect::veraison {
namespace {

constexpr std::size_t kProblemBytes = 256;

Error malformed(std::string problem) {
  return Error{Blame::kUnavailable, "veraison.protocol", std::move(problem)};
}

Result<Json> object_in(std::string_view body, const char* what) {
  Result<Json> document = parse_json(body);
  ENSURE(document.has_value() && document->as_object() != nullptr, malformed(std::string(what) + " is no JSON object"));
  return document;
}

Result<std::vector<std::string>> texts_in(const Json* list, const char* name) {
  std::vector<std::string> out;
  if (list == nullptr) return out;
  const Json::Array* items = list->as_array();
  ENSURE(items != nullptr && items->size() <= limits::kVeraisonMediaTypes,
         malformed(std::string(name) + " is no list, or too long"));
  for (const Json& item : *items) {
    ENSURE(item.as_string() != nullptr, malformed(std::string(name) + " holds other things than texts"));
    out.push_back(*item.as_string());
  }
  return out;
}

bool is_local_path(std::string_view path) {
  return path.starts_with('/') && !path.starts_with("//") && path.size() <= limits::kHttpTargetBytes &&
         net::is_target_text(path) && path.find_first_of("?#") == std::string_view::npos;
}

Result<Session::State> state_of(const Json& document) {
  const std::string* status = document.find_string("status");
  ENSURE(status != nullptr, malformed("a session without status"));
  if (*status == "waiting") return Session::State::kWaiting;
  if (*status == "processing") return Session::State::kProcessing;
  if (*status == "complete") return Session::State::kComplete;
  ENSURE(*status == "failed", malformed("a session of an unknown status"));
  return Session::State::kFailed;
}

}  // namespace

Result<Discovery> parse_discovery(std::string_view body) {
  const Json document = TRY(object_in(body, "the discovery document"));
  const std::string* state = document.find_string("service-state");
  ENSURE(state == nullptr || *state == "READY",
         Error{Blame::kUnavailable, "veraison.state",
               "the service is " + std::string(codec::utf8_prefix(state ? *state : "", 32))});
  const Json* jwk = document.find("ear-verification-key");
  ENSURE(jwk != nullptr, Error{Blame::kUnavailable, "veraison.no-key", "no ear-verification-key is published"});
  const Result<crypto::PublicKey> key = jose::public_key_from_jwk(*jwk);
  ENSURE(key.has_value(), Error{Blame::kUnavailable, "veraison.no-key", key.error().code});
  const std::string* algorithm = jwk->find_string("alg");
  const Json* endpoints = document.find("api-endpoints");
  const std::string* path = endpoints != nullptr ? endpoints->find_string("newChallengeResponseSession") : nullptr;
  ENSURE(path != nullptr && is_local_path(*path), malformed("no usable endpoint newChallengeResponseSession"));
  std::vector<std::string> types = TRY(texts_in(document.find("media-types"), "media-types"));
  return Discovery{*key, algorithm != nullptr ? *algorithm : "", std::move(types), *path};
}

Result<Session> parse_session(std::string_view body) {
  const Json document = TRY(object_in(body, "the session"));
  Session out{};
  out.state = TRY(state_of(document));
  const std::string* nonce = document.find_string("nonce");
  ENSURE(nonce != nullptr, malformed("a session without nonce"));
  Result<Buffer> octets = codec::from_any_base64(*nonce);
  ENSURE(octets.has_value(), malformed("the nonce of the session is no base64"));
  out.nonce = *std::move(octets);
  out.accept = TRY(texts_in(document.find("accept"), "accept"));
  const std::string* result = document.find_string("result");
  ENSURE(out.state != Session::State::kComplete || result != nullptr, malformed("a complete session without result"));
  if (out.state == Session::State::kComplete) out.result = *result;
  return out;
}

Result<std::string> session_path(std::string_view location, std::string_view new_session_path) {
  std::string path(location);
  if (!location.starts_with('/')) {
    path = std::string(new_session_path.substr(0, new_session_path.rfind('/') + 1)) + path;
  }
  const bool climbs = path.find("/../") != std::string::npos || path.find("/./") != std::string::npos;
  ENSURE(!location.empty() && location.find(':') == std::string_view::npos && is_local_path(path) && !climbs,
         malformed("the Location of the session is none of this server"));
  return path;
}

std::string problem_in(std::string_view body) {
  const Result<Json> document = parse_json(body);
  if (!document.has_value()) return "";
  const std::string* detail = document->find_string("detail");
  return std::string(codec::utf8_prefix(detail != nullptr ? *detail : "", kProblemBytes));
}

}  // namespace avouch::dialect::veraison
