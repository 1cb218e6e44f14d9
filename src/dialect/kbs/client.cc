#include "dialect/kbs/client.h"

#include "dialect/kbs/messages.h"
#include "format/jwe.h"
#include "format/jwk.h"
#include "net/http_grammar.h"

namespace avouch::dialect::kbs {
namespace {

Error protocol_error(std::string detail) {
  return Error{Blame::kUnavailable, "kbs.protocol", std::move(detail)};
}

// "kbs-session-id=…" of a Set-Cookie header.
Result<std::string> session_cookie(const net::HttpResponse& response) {
  const std::optional<std::string_view> header = response.header("Set-Cookie");
  ENSURE(header.has_value() && header->starts_with("kbs-session-id="),
         protocol_error("the server sent no session cookie with its challenge"));
  return std::string(header->substr(0, header->find(';')));
}

}  // namespace

Result<Json> KbsClient::tee_public_key(const crypto::PrivateKey& key) {
  const crypto::PublicKey public_key = key.public_key();
  ENSURE(public_key.kind() != crypto::KeyKind::kEd25519,
         Error{Blame::kRequest, "kbs.tee-key", "nothing can be sealed to an Ed25519 key: use RSA or EC"});
  Json jwk = jose::jwk_from_public_key(public_key);
  jwk.set("alg", public_key.kind() == crypto::KeyKind::kRsa ? "RSA-OAEP-256" : "ECDH-ES+A256KW");
  return jwk;
}

Result<std::string> KbsClient::attest(const guest::Attester& attester, const crypto::PrivateKey& tee_key,
                                      const std::optional<std::string>& init_data) {
  const Json jwk = TRY(tee_public_key(tee_key));
  const Json hello = Json::object(
      {{"version", kVersionSpoken},
       {"tee", attester.tee()},
       {"extra-params", Json::object({{"supported-hash-algorithms", Json::array({"sha256", "sha384", "sha512"})}})}});
  const net::HttpResponse challenge =
      TRY(call("POST", "/kbs/v0/auth", {{"Content-Type", "application/json"}}, to_text(hello)));
  const std::string cookie = TRY(session_cookie(challenge));
  const Json challenge_body = TRY(parse_json(challenge.body));
  const std::string* nonce = challenge_body.find_string("nonce");
  ENSURE(nonce != nullptr, protocol_error("the challenge has no nonce"));

  AttestRequest bound;
  bound.nonce = *nonce;
  bound.filtered_jwk = jwk;
  const Json evidence = TRY(attester.evidence(report_data(bound, *nonce)));
  const Json answer = Json::object(
      {{"init-data", init_data.has_value() ? Json::object({{"format", "toml"}, {"body", *init_data}}) : Json(nullptr)},
       {"runtime-data", Json::object({{"nonce", *nonce}, {"tee-pubkey", jwk}})},
       {"tee-evidence", Json::object({{"primary_evidence", evidence}, {"additional_evidence", ""}})}});
  const net::HttpResponse result =
      TRY(call("POST", "/kbs/v0/attest", {{"Content-Type", "application/json"}, {"Cookie", cookie}}, to_text(answer)));
  const Json body = TRY(parse_json(result.body));
  const std::string* token = body.find_string("token");
  // Without blanks and control characters: it is printed, and goes into a header.
  ENSURE(token != nullptr && net::is_token(*token), protocol_error("the answer to the evidence has no token"));
  return *token;
}

Result<Secret> KbsClient::get_resource(std::string_view path, std::string_view token,
                                       const crypto::PrivateKey& tee_key) {
  const net::HttpResponse response = TRY(
      call("GET", "/kbs/v0/resource/" + std::string(path), {{"Authorization", "Bearer " + std::string(token)}}, ""));
  const Json jwe = TRY(parse_json(response.body));
  return jose::open_jwe(jwe, tee_key);
}

Result<std::string> KbsClient::administer(std::string_view method, std::string_view path, std::string_view token,
                                          std::string_view body) {
  std::vector<net::HeaderField> headers = {{"Content-Type", "application/json"}};
  if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + std::string(token));
  net::HttpResponse response = TRY(call(method, path, std::move(headers), body));
  return std::move(response.body);
}

Result<net::HttpResponse> KbsClient::call(std::string_view method, std::string_view path,
                                          std::vector<net::HeaderField> headers, std::string_view body) {
  refusal_ = {};
  net::HttpResponse response = TRY(http_.request(method, path, headers, body));
  body_ = response.body;
  if (response.status == 200) return response;
  refusal_.status = response.status;
  if (const Result<Json> said = parse_json(response.body); said.has_value()) {
    for (const auto& [member, target] : {std::pair{"type", &refusal_.type}, std::pair{"detail", &refusal_.detail},
                                         std::pair{"decision", &refusal_.decision_id}}) {
      if (const std::string* text = said->find_string(member)) *target = *text;
    }
  }
  return Error{
      Blame::kPolicy, "kbs.refused",
      "status " + std::to_string(response.status) + ": " + (refusal_.detail.empty() ? response.body : refusal_.detail)};
}

}  // namespace avouch::dialect::kbs
