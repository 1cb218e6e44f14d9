#include "appraise/init_data.h"

#include <map>

#include "base/limits.h"
#include "codec/json_depth.h"
#include "codec/toml.h"
#include "crypto/digest.h"

namespace avouch::appraise {
namespace {

constexpr std::string_view kPolicyDataMark = "policy_data := {";

Error bad(const char* code, std::string detail) {
  return Error{Blame::kRequest, code, std::move(detail)};
}

// Kata's agent policy ends in `policy_data := {…}`: that object is what says which containers may run.
Result<Json> agent_policy_data(const std::string& policy) {
  const std::size_t mark = policy.find(kPolicyDataMark);
  ENSURE(mark != std::string::npos, bad("initdata.shape", "no policy_data"));
  return parse_json(std::string_view(policy).substr(mark + kPolicyDataMark.size() - 1));
}

// Tokens and decision records carry the claims within theirs, and have to be readable: what is nested too deeply for
// that stays the text that it is.
bool can_be_claim(const Result<Json>& parsed) {
  return parsed.has_value() && depth_of(*parsed) <= limits::kEmbeddedJsonDepth;
}

Json::Member claim_of(const std::string& name, const std::string& text) {
  if (name == "cdh.toml" || name == "aa.toml") {
    Result<Json> parsed = codec::parse_toml(text, name);
    if (can_be_claim(parsed)) return {name, *std::move(parsed)};
  }
  if (name == "policy.rego") {
    Result<Json> policy_data = agent_policy_data(text);
    if (can_be_claim(policy_data)) return {"agent_policy_claims", *std::move(policy_data)};
  }
  return {name, text};
}

Json claims_of(const Json::Object& data) {
  std::map<std::string, Json> out;  // a document may have a hundred thousand names
  for (const auto& [name, value] : data) {
    Json::Member claim = claim_of(name, *value.as_string());
    out.insert_or_assign(std::move(claim.first), std::move(claim.second));
  }
  return Json(Json::Object(out.begin(), out.end()));
}

}  // namespace

Result<InitData> parse_init_data(std::string_view format, std::string_view body) {
  ENSURE(format == "toml",
         bad("initdata.format", "init data of format \"" + std::string(format) + "\": only toml is known"));
  const Json document = TRY(codec::parse_toml(body, "init data"));
  const std::string* version = document.find_string("version");
  ENSURE(version != nullptr && *version == "0.1.0", bad("initdata.version", "version has to be \"0.1.0\""));
  const std::string* algorithm = document.find_string("algorithm");
  ENSURE(algorithm != nullptr, bad("initdata.algorithm", "algorithm is missing"));
  const std::optional<crypto::Hash> hash = crypto::hash_from_name(*algorithm);
  ENSURE(hash.has_value(), bad("initdata.algorithm", "algorithm \"" + *algorithm + "\": sha256, sha384 or sha512"));
  const Json* data = document.find("data");
  ENSURE(data != nullptr && data->as_object() != nullptr, bad("initdata.shape", "the table data is missing"));
  for (const auto& [name, value] : *data->as_object()) {
    ENSURE(value.as_string() != nullptr, bad("initdata.shape", "data." + name + " is not a text"));
  }
  const crypto::Digest digest = crypto::digest(*hash, as_bytes(body));
  return InitData{to_buffer(digest.bytes()), claims_of(*data->as_object())};
}

}  // namespace avouch::appraise
