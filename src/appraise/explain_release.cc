#include "appraise/explain_release.h"

#include <sstream>

#include "format/ear.h"

namespace avouch::appraise {
namespace {

constexpr std::string_view kAllowRule = "data.policy.allow";
constexpr std::string_view kVector = "ear.trustworthiness-vector";
constexpr std::size_t kLinesMax = 16;
constexpr int kAffirming = 2;  // the best value of most trust claims

const Json::Object& members_of(const Json* value) {
  static const Json::Object kNone;
  const Json::Object* members = value == nullptr ? nullptr : value->as_object();
  return members == nullptr ? kNone : *members;
}

bool falls_short(const Json& value) {
  const std::optional<std::int64_t> number = value.as_integer();
  if (!number.has_value() || *number < -128 || *number > 127) return true;
  const ear::Tier tier = ear::tier_of(static_cast<std::int8_t>(*number));
  return tier != ear::Tier::kAffirming && tier != ear::Tier::kNone;
}

void add_short_claims(Json::Array& out, const std::string& submod, const Json& content) {
  const std::string* status = content.find_string("ear.status");
  for (const auto& [name, value] : members_of(content.find(kVector))) {
    if (!falls_short(value)) continue;
    const std::optional<ear::TrustClaim> claim = ear::trust_claim_from_name(name);
    const std::optional<std::int64_t> number = value.as_integer();
    const bool is_known = claim.has_value() && number.has_value() && -128 <= *number && *number <= 127;
    out.push_back(Json::object(
        {{"submod", submod},
         {"status", status == nullptr ? Json() : Json(*status)},
         {"claim", name},
         {"value", value},
         {"meaning", is_known ? Json(ear::describe(*claim, static_cast<std::int8_t>(*number))) : Json()}}));
  }
}

// The same result, with nothing in it that falls short.
Json all_affirming(const Json& input) {
  Json submods = Json::object();
  for (const auto& [name, content] : members_of(input.find("submods"))) {
    Json better = content;
    better.set("ear.status", "affirming");
    Json vector = Json::object();
    for (const auto& [claim, value] : members_of(content.find(kVector))) {
      vector.set(claim, falls_short(value) ? Json(kAffirming) : value);
    }
    better.set(std::string(kVector), std::move(vector));
    submods.set(name, std::move(better));
  }
  Json out = input;
  out.set("submods", std::move(submods));
  return out;
}

Json::Array failed_lines(const policy::Program& program, const std::vector<int>& failed) {
  std::vector<std::string> source;
  std::istringstream text(program.source());
  for (std::string line; std::getline(text, line);) source.push_back(line);
  Json::Array out;
  for (const int number : failed) {
    if (number < 1 || static_cast<std::size_t>(number) > source.size() || out.size() == kLinesMax) continue;
    const std::string& line = source[static_cast<std::size_t>(number) - 1];
    out.push_back(
        Json::object({{"line", number}, {"text", line.substr(std::min(line.find_first_not_of(" \t"), line.size()))}}));
  }
  return out;
}

}  // namespace

ReleaseView explain_release(const Json& record, const policy::Program* program) {
  ReleaseView out;
  const Json* input = record.find("input");
  const Json* data = record.find("data");
  if (input == nullptr || data == nullptr) return out;
  for (const auto& [name, content] : members_of(input->find("submods"))) {
    add_short_claims(out.fell_short, name, content);
  }
  if (program == nullptr) return out;
  const policy::ReferenceLookup no_references = [](const std::string&) -> Json { return nullptr; };
  const Result<policy::Evaluation> if_affirming =
      program->evaluate(kAllowRule, all_affirming(*input), *data, no_references);
  out.is_for_the_evidence = if_affirming.has_value() && if_affirming->value == Json(true);
  const Result<policy::Explanation> explanation = program->explain(kAllowRule, *input, *data, no_references);
  if (explanation.has_value()) out.lines = failed_lines(*program, explanation->lines_that_failed);
  return out;
}

}  // namespace avouch::appraise
