#include "cmd/compat/arc/claims.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "cmd/compat/arc/go_text.h"
#include "codec/base64.h"
#include "format/ear.h"

namespace avouch::arc {
namespace {

constexpr std::array<const char*, 2> kProfiles{"tag:github.com,2023:veraison/ear",
                                               "tag:github.com,2024:confidential-containers/Trustee"};
// draft-ietf-rats-eat section 4.1, nonces in JSON.
constexpr std::size_t kNonceBytesMin = 8;
constexpr std::size_t kNonceBytesMax = 88;

std::string joined(const std::vector<std::string>& parts, const char* separator) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : separator) + part;
  return out;
}

// What is wrong with an object, collected so that people can mend it in one go.
struct Problems {
  std::vector<std::string> missing, invalid, unexpected;

  Status status() const {
    std::vector<std::string> summary;
    if (!missing.empty()) summary.push_back("missing mandatory " + joined(missing, ", "));
    if (!invalid.empty()) summary.push_back("invalid value(s) for " + joined(invalid, ", "));
    if (!unexpected.empty()) summary.push_back("unexpected: " + joined(unexpected, ", "));
    ENSURE(summary.empty(), refused(joined(summary, "; ")));
    return ok();
  }
};

struct Field {
  const char* name;
  bool mandatory;
  Result<Json> (*parse)(const Json& value);  // null: leave the member out
};
enum class Unknown : unsigned char { kDropped, kRefused };

// The members that `fields` names, in their order.
Result<Json> read_fields(const Json& object, std::span<const Field> fields, Unknown unknown) {
  Problems problems;
  Json out = Json::object();
  Json left = object;
  for (const Field& field : fields) {
    const Json* value = object.find(field.name);
    if (value == nullptr && field.mandatory) problems.missing.push_back("'" + std::string(field.name) + "'");
    if (value == nullptr) continue;
    left.erase(field.name);
    Result<Json> parsed = field.parse(*value);
    if (!parsed.has_value()) {
      problems.invalid.push_back("'" + std::string(field.name) + "' (" + parsed.error().detail + ")");
    } else if (!parsed->is_null()) {
      out.set(field.name, *std::move(parsed));
    }
  }
  if (unknown == Unknown::kRefused) {
    for (const Json::Member& member : *left.as_object()) problems.unexpected.push_back(printable(member.first));
  }
  TRY(problems.status());
  return out;
}

Result<Json> read_string(const Json& value) {
  ENSURE(value.as_string() != nullptr, refused("not a string"));
  return value;
}

Result<Json> read_map(const Json& value) {
  ENSURE(value.as_object() != nullptr, refused("not a map[string]interface{}"));
  return sorted(value);
}

Result<Json> read_time(const Json& value) {
  const std::optional<double> seconds = value.as_number();
  ENSURE(seconds.has_value() && std::abs(*seconds) < 9e15, refused("not an int64"));
  return Json(static_cast<std::int64_t>(*seconds));
}

Result<Json> read_raw_evidence(const Json& value) {
  ENSURE(value.as_string() != nullptr, refused("not a base64 string"));
  TRY(decode_base64url(*value.as_string()));
  return value;
}

std::optional<int> parse_integer(std::string_view text) {
  int number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

struct TierCode {
  int code;
  ear::Tier tier;
};
constexpr std::array<TierCode, 4> kTierCodes{
    {{0, ear::Tier::kNone}, {2, ear::Tier::kAffirming}, {32, ear::Tier::kWarning}, {96, ear::Tier::kContraindicated}}};

Result<Json> tier_from_code(double code, const std::string& shown) {
  for (const TierCode& known : kTierCodes) {
    if (code == known.code) return Json(ear::to_string(known.tier));
  }
  return refused("not a valid TrustTier value: " + shown);
}

Result<Json> read_status(const Json& value) {
  if (const std::string* name = value.as_string()) {
    for (const TierCode& known : kTierCodes) {
      if (*name == ear::to_string(known.tier)) return value;
    }
    const std::optional<int> code = parse_integer(*name);
    ENSURE(code.has_value(), refused("not a valid TrustTier name: " + quoted(*name)));
    return tier_from_code(*code, *name);
  }
  if (const std::optional<double> code = value.as_number()) {
    const std::string shown = std::to_string(*code);
    return tier_from_code(*code, shown + " (" + shown.substr(0, shown.find('.')) + ")");
  }
  const std::string shown = value.is_null() ? "<nil>" : to_text(value);
  return refused("cannot convert " + printable(shown) + " (type " + go_type(value) + ") to TrustTier");
}

// "Unsafe Config" and "unsafe-config" are both the tag unsafe_config.
std::string canonical_tag(std::string_view text) {
  std::string tag;
  for (const char letter : text) {
    const bool is_separator = letter == '.' || letter == '-' || letter == ' ';
    tag += is_separator ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return tag;
}

// A number without a fraction; 2.0 is one. What is far out of every range stays out of it.
std::optional<int> whole_number(const Json& value) {
  const std::optional<double> number = value.as_number();
  if (!number.has_value() || *number != std::trunc(*number)) return std::nullopt;
  return static_cast<int>(std::clamp(*number, -1e9, 1e9));
}

Result<Json> read_trust_claim(const Json& value) {
  std::optional<int> number = whole_number(value);
  if (const std::string* text = value.as_string()) {
    const std::optional<std::int8_t> tagged = ear::value_from_tag(canonical_tag(*text));
    number = tagged.has_value() ? std::optional<int>(*tagged) : parse_integer(*text);
    ENSURE(number.has_value(), refused("not a valid TrustClaim value: " + quoted(*text)));
  }
  if (value.is_null()) number = 0;
  ENSURE(number.has_value(), refused("not a valid TrustClaim value: " + printable(to_text(value))));
  ENSURE(-128 <= *number && *number <= 127, refused("out of range for TrustClaim: " + std::to_string(*number)));
  return Json(*number);
}

Result<Json> read_vector(const Json& value) {
  if (value.is_null()) return Json();
  if (value.as_object() == nullptr) {
    const std::string shown = value.as_string() != nullptr ? *value.as_string() : to_text(value);
    return refused("invalid value '" + printable(shown) + "': expected a TrustVector, but found " + go_type(value));
  }
  std::array<Field, ear::kTrustClaimCount> fields{};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    fields[i] = {ear::to_string(static_cast<ear::TrustClaim>(i)), false, read_trust_claim};
  }
  const Json made = TRY(read_fields(value, fields, Unknown::kRefused));
  Json all = Json::object();
  for (const Field& field : fields) {
    const Json* claim = made.find(field.name);
    all.set(field.name, claim == nullptr ? Json(0) : *claim);
  }
  return sorted(all);
}

Result<Json> read_appraisal(const Json& value) {
  constexpr std::array<Field, 6> kFields{{
      {"ear.status", true, read_status},
      {"ear.trustworthiness-vector", false, read_vector},
      {"ear.appraisal-policy-id", false, read_string},
      {"ear.veraison.annotated-evidence", false, read_map},
      {"ear.veraison.policy-claims", false, read_map},
      {"ear.veraison.key-attestation", false, read_map},
  }};
  ENSURE(value.as_object() != nullptr, refused("not a JSON object"));
  return read_fields(value, kFields, Unknown::kDropped);
}

Result<Json> read_submods(const Json& value) {
  ENSURE(value.as_object() != nullptr, refused("not a map object"));
  std::vector<std::string> problems;
  Json out = Json::object();
  for (const Json::Member& member : *value.as_object()) {
    Result<Json> appraisal = read_appraisal(member.second);
    if (appraisal.has_value()) {
      out.set(member.first, *std::move(appraisal));
    } else {
      problems.push_back(printable(member.first) + ": " + appraisal.error().detail);
    }
  }
  ENSURE(problems.empty(), refused(joined(problems, "; ")));
  return sorted(out);
}

Result<Json> read_verifier_id(const Json& value) {
  constexpr std::array<Field, 2> kFields{{{"build", true, read_string}, {"developer", true, read_string}}};
  ENSURE(value.as_object() != nullptr, refused("not a JSON object"));
  return read_fields(value, kFields, Unknown::kRefused);
}

// The one object that Go writes in the order of a struct.
Result<Json> read_tee_info(const Json& value) {
  ENSURE(value.as_object() != nullptr, refused("unexpected format for \"tee-info\""));
  for (const Json::Member& member : *value.as_object()) {
    const bool known = member.first == "tee-name" || member.first == "evidence-id" || member.first == "evidence";
    ENSURE(known, refused("found unknown key " + quoted(member.first) + " in \"tee-info\" object"));
  }
  Json out = Json::object();
  for (const char* name : {"tee-name", "evidence-id"}) {
    const std::string* text = value.find_string(name);
    ENSURE(text != nullptr && !text->empty(),
           refused("\"tee-info\" validation failed: empty or missing " + quoted(name)));
    out.set(name, *text);
  }
  if (const Json* evidence = value.find("evidence")) {
    const bool is_base64 = evidence->as_string() != nullptr && codec::from_base64(*evidence->as_string()).has_value();
    ENSURE(is_base64, refused("decoding \"evidence\": illegal base64 data"));
    out.set("evidence", *evidence);
  }
  return out;
}

}  // namespace

Result<Json> read_claims(const Json& claims) {
  constexpr std::array<Field, 7> kFields{{
      // in the order in which the Go library complains
      {"eat_profile", true, read_string},
      {"ear.verifier-id", true, read_verifier_id},
      {"ear.raw-evidence", false, read_raw_evidence},
      {"iat", true, read_time},
      {"eat_nonce", false, read_string},
      {"submods", true, read_submods},
      {"ear.veraison.tee-info", false, read_tee_info},
  }};
  const Json read = TRY(read_fields(claims, kFields, Unknown::kDropped));
  Json out = Json::object();
  for (const char* name :
       {"ear.raw-evidence", "ear.veraison.tee-info", "ear.verifier-id", "eat_nonce", "eat_profile", "iat", "submods"}) {
    if (const Json* value = read.find(name)) out.set(name, *value);
  }
  return out;
}

Status validate_claims(const Json& claims) {
  Problems problems;
  const std::string* profile = claims.find_string("eat_profile");
  ENSURE(profile != nullptr, refused("missing mandatory 'eat_profile'"));
  if (std::find(kProfiles.begin(), kProfiles.end(), *profile) == kProfiles.end()) {
    problems.invalid.push_back("eat_profile (" + printable(*profile) + ")");
  }
  if (const std::string* nonce = claims.find_string("eat_nonce")) {
    const bool fits = kNonceBytesMin <= nonce->size() && nonce->size() <= kNonceBytesMax;
    if (!fits) problems.invalid.push_back("eat_nonce (" + std::to_string(nonce->size()) + " bytes)");
  }
  const Json* submods = claims.find("submods");
  if (submods == nullptr || submods->as_object() == nullptr || submods->as_object()->empty()) {
    problems.missing.push_back("'submods' (at least one appraisal must be present)");
  }
  return problems.status();
}

}  // namespace avouch::arc
