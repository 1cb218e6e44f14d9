#include "dialect/kbs/messages.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/limits.h"
#include "crypto/digest.h"

namespace avouch::dialect::kbs {
namespace {

constexpr std::string_view kErrorTypePrefix = "https://github.com/confidential-containers/kbs/errors/";

Error bad(const char* code, std::string detail) {
  return Error{Blame::kRequest, code, std::move(detail)};
}

// Major, minor and patch of a semantic version; a pre-release counts as none, build metadata is passed over
// (semver.org 2.0.0).
std::optional<std::array<int, 3>> parse_version(std::string_view text) {
  text = text.substr(0, text.find('+'));
  std::array<int, 3> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i > 0) {
      if (text.empty() || text.front() != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out[i]);
    const auto length = static_cast<std::size_t>(end - text.data());
    if (failure != std::errc() || out[i] < 0 || (length > 1 && text.front() == '0')) return std::nullopt;
    text.remove_prefix(length);
  }
  if (!text.empty()) return std::nullopt;
  return out;
}

const Json* object_member(const Json& object, std::string_view name) {
  const Json* member = object.find(name);
  return member != nullptr && member->as_object() != nullptr ? member : nullptr;
}

}  // namespace

Result<AuthRequest> parse_auth_request(std::string_view body) {
  const Result<Json> json = parse_json(body);
  ENSURE(json.has_value(), bad("kbs.auth.shape", json.error().detail));
  const std::string* version = json->find_string("version");
  const std::string* tee = json->find_string("tee");
  ENSURE(version != nullptr && tee != nullptr && json->find("extra-params") != nullptr,
         bad("kbs.auth.shape", "version (text), tee (text) and extra-params have to be there"));
  const std::optional<std::array<int, 3>> parsed = parse_version(*version);
  ENSURE(parsed.has_value(), bad("kbs.auth.version-syntax", *version));
  ENSURE((*parsed)[0] == 0 && (*parsed)[1] == 4, bad("kbs.auth.version", *version));
  return AuthRequest{*version, *tee};
}

Result<AttestRequest> parse_attest_request(std::string_view body, bool allow_rsa1_5) {
  const Json json = TRY(parse_json(body));
  const Json* runtime = object_member(json, "runtime-data");
  const Json* evidence = object_member(json, "tee-evidence");
  ENSURE(runtime != nullptr && evidence != nullptr,
         bad("kbs.attest.shape", "runtime-data and tee-evidence have to be objects"));
  const std::string* nonce = runtime->find_string("nonce");
  const Json* key = object_member(*runtime, "tee-pubkey");
  const Json* primary = evidence->find("primary_evidence");
  const std::string* additional = evidence->find_string("additional_evidence");
  ENSURE(nonce != nullptr && key != nullptr && primary != nullptr && additional != nullptr,
         bad("kbs.attest.shape", "nonce, tee-pubkey, primary_evidence and additional_evidence have to be there"));
  ENSURE(additional->empty() || *additional == "{}",
         bad("kbs.attest.additional", "evidence of devices beside the CPU is not verified by this build"));

  AttestRequest out;
  const jose::RecipientKey recipient = TRY(jose::RecipientKey::from_jwk(*key, allow_rsa1_5));
  out.nonce = *nonce;
  out.filtered_jwk = recipient.filtered_jwk();
  out.primary_evidence = *primary;
  out.additional_evidence = *additional;
  if (const Json* init_data = json.find("init-data"); init_data != nullptr && !init_data->is_null()) {
    const std::string* format = init_data->find_string("format");
    const std::string* text = init_data->find_string("body");
    ENSURE(format != nullptr && text != nullptr, bad("kbs.attest.shape", "init-data needs format and body"));
    out.init_data = {*format, *text};
  }
  return out;
}

Buffer report_data(const AttestRequest& request, std::string_view nonce) {
  const Json bound = Json::object(
      {{"additional-evidence", request.additional_evidence}, {"nonce", nonce}, {"tee-pubkey", request.filtered_jwk}});
  return to_buffer(crypto::digest(crypto::Hash::kSha384, as_bytes(to_canonical_text(bound))).bytes());
}

Result<Buffer> evidence_octets(std::string_view tee, const Json& primary_evidence) {
  if (tee != "cca") return to_buffer(as_bytes(to_text(primary_evidence)));
  const Error bad_token{Blame::kEvidence, "kbs.evidence.shape", "CCA evidence is {\"token\": [octets as numbers]}"};
  const Json* token = primary_evidence.find("token");
  ENSURE(token != nullptr && token->as_array() != nullptr, bad_token);
  const Json::Array& numbers = *token->as_array();
  ENSURE(numbers.size() <= limits::kEvidenceBytes, bad_token);
  Buffer out;
  out.reserve(numbers.size());
  for (const Json& number : numbers) {
    const std::optional<std::int64_t> octet = number.as_integer();
    ENSURE(octet.has_value() && 0 <= *octet && *octet <= 255, bad_token);
    out.push_back(static_cast<std::uint8_t>(*octet));
  }
  return out;
}

std::string error_body(std::string_view variant, std::string_view detail, std::string_view decision_id) {
  Json body = Json::object({{"type", std::string(kErrorTypePrefix) + std::string(variant)}, {"detail", detail}});
  if (!decision_id.empty()) body.set("decision", decision_id);
  return to_text(body);
}

}  // namespace avouch::dialect::kbs
