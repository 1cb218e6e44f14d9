#include "dialect/kbs/messages.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "crypto/digest.h"
#include "format/jwe.h"

namespace avouch::dialect::kbs {
namespace {

constexpr std::string_view kErrorTypePrefix = "https://github.com/confidential-containers/kbs/errors/";

Error bad(const char* code, std::string detail) {
  return Error{Blame::kRequest, code, std::move(detail)};
}

struct Version {
  std::array<int, 3> numbers;  // major, minor, patch
  bool is_pre_release;
};

// What may follow '-' or '+': identifiers between dots.
bool is_version_suffix(std::string_view text) {
  const auto is_ours = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), is_ours);
}

// A semantic version (semver.org 2.0.0); build metadata is passed over.
std::optional<Version> parse_version(std::string_view text) {
  Version out{};
  if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    if (!is_version_suffix(text.substr(plus + 1))) return std::nullopt;
    text = text.substr(0, plus);
  }
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    if (!is_version_suffix(text.substr(dash + 1))) return std::nullopt;
    out.is_pre_release = true;
    text = text.substr(0, dash);
  }
  for (std::size_t i = 0; i < out.numbers.size(); ++i) {
    if (i > 0) {
      if (text.empty() || text.front() != '.') return std::nullopt;
      text.remove_prefix(1);
    }
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out.numbers[i]);
    const auto length = static_cast<std::size_t>(end - text.data());
    if (failure != std::errc() || (length > 1 && text.front() == '0')) return std::nullopt;
    text.remove_prefix(length);
  }
  if (!text.empty()) return std::nullopt;
  return out;
}

Json* object_member(Json& object, std::string_view name) {
  Json* member = object.find(name);
  return member != nullptr && member->as_object() != nullptr ? member : nullptr;
}

Result<AttestRequest> with_key(const Json& key, bool allow_rsa1_5) {
  const jose::RecipientKey recipient = TRY(jose::RecipientKey::from_jwk(key, allow_rsa1_5));
  AttestRequest out;
  out.filtered_jwk = recipient.filtered_jwk();
  return out;
}

// Evidence is moved, not copied: a CCA token comes as thousands of numbers.
Status read_composite_evidence(Json& evidence, AttestRequest& out) {
  Json* primary = evidence.find("primary_evidence");
  const std::string* additional = evidence.find_string("additional_evidence");
  ENSURE(primary != nullptr && additional != nullptr,
         bad("kbs.attest.shape", "primary_evidence and additional_evidence have to be there"));
  ENSURE(additional->empty() || *additional == "{}",
         bad("kbs.attest.additional", "evidence of devices beside the CPU is not verified by this build"));
  out.additional_evidence = *additional;
  out.primary_evidence = std::move(*primary);
  return ok();
}

Status read_init_data(const Json& message, AttestRequest& out) {
  const Json* init_data = message.find("init-data");
  if (init_data == nullptr || init_data->is_null()) return ok();
  const std::string* format = init_data->find_string("format");
  const std::string* text = init_data->find_string("body");
  ENSURE(format != nullptr && text != nullptr, bad("kbs.attest.shape", "init-data needs format and body"));
  out.init_data = {*format, *text};
  return ok();
}

Result<AttestRequest> parse_current(Json& message, Json& runtime, bool allow_rsa1_5) {
  const std::string* nonce = runtime.find_string("nonce");
  const Json* key = object_member(runtime, "tee-pubkey");
  Json* evidence = object_member(message, "tee-evidence");
  ENSURE(nonce != nullptr && key != nullptr && evidence != nullptr,
         bad("kbs.attest.shape", "runtime-data needs nonce and tee-pubkey, and tee-evidence has to be an object"));
  AttestRequest out = TRY(with_key(*key, allow_rsa1_5));
  out.nonce = *nonce;
  TRY(read_composite_evidence(*evidence, out));
  TRY(read_init_data(message, out));
  return out;
}

// Versions 0.1.0 to 0.3.0.
Result<AttestRequest> parse_older(Json& message, bool allow_rsa1_5) {
  const Json* key = object_member(message, "tee-pubkey");
  Json* evidence = message.find("tee-evidence");
  ENSURE(key != nullptr && evidence != nullptr,
         bad("kbs.attest.shape", "neither runtime-data (0.4.x) nor tee-pubkey and tee-evidence (before) are there"));
  AttestRequest out = TRY(with_key(*key, allow_rsa1_5));
  if (evidence->find("primary_evidence") != nullptr) {
    TRY(read_composite_evidence(*evidence, out));
    return out;
  }
  out.binds_additional_evidence = false;
  const std::string* text = evidence->as_string();
  if (text == nullptr) {
    out.primary_evidence = std::move(*evidence);
  } else {
    out.primary_evidence = TRY(parse_json(*text));
  }
  return out;
}

}  // namespace

Result<AuthRequest> parse_auth_request(std::string_view body) {
  const Result<Json> json = parse_json(body);
  ENSURE(json.has_value(), bad("kbs.auth.shape", json.error().detail));
  const std::string* version = json->find_string("version");
  const std::string* tee = json->find_string("tee");
  ENSURE(version != nullptr && tee != nullptr && json->find("extra-params") != nullptr,
         bad("kbs.auth.shape", "version (text), tee (text) and extra-params have to be there"));
  const std::optional<Version> parsed = parse_version(*version);
  ENSURE(parsed.has_value(), bad("kbs.auth.version-syntax", *version));
  const auto [major, minor, patch] = parsed->numbers;
  ENSURE(major == 0 && 1 <= minor && minor <= 4 && !parsed->is_pre_release, bad("kbs.auth.version", *version));
  return AuthRequest{*version, *tee};
}

Result<AttestRequest> parse_attest_request(std::string_view body, bool allow_rsa1_5) {
  Json message = TRY(parse_json(body));
  Json* runtime = message.find("runtime-data");
  if (runtime == nullptr) return parse_older(message, allow_rsa1_5);
  ENSURE(runtime->as_object() != nullptr, bad("kbs.attest.shape", "runtime-data has to be an object"));
  return parse_current(message, *runtime, allow_rsa1_5);
}

Json runtime_claims(const AttestRequest& request, std::string_view nonce) {
  Json out = Json::object();
  if (request.binds_additional_evidence) out.set("additional-evidence", request.additional_evidence);
  out.set("nonce", nonce);
  out.set("tee-pubkey", request.filtered_jwk);
  return out;
}

Buffer report_data(const AttestRequest& request, std::string_view nonce) {
  const std::string bound = to_canonical_text(runtime_claims(request, nonce));
  return to_buffer(crypto::digest(crypto::Hash::kSha384, as_bytes(bound)).bytes());
}

std::string error_body(std::string_view variant, std::string_view detail, std::string_view decision_id) {
  Json body = Json::object({{"type", std::string(kErrorTypePrefix) + std::string(variant)}, {"detail", detail}});
  if (!decision_id.empty()) body.set("decision", decision_id);
  return to_text(body);
}

}  // namespace avouch::dialect::kbs
