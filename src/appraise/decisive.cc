#include "appraise/decisive.h"

#include <optional>

#include "format/ear.h"

namespace avouch::appraise {
namespace {

constexpr std::size_t kCandidatesMax = 64;  // values tried out; each costs two evaluations of the policy

std::optional<Json> verdict_with(const policy::Program& program, const Json& input, const Answers& answers) {
  const Result<policy::Evaluation> verdict = program.evaluate(
      kTrustClaimsRule, input, Json::object(), [&](const std::string& name) { return answers.find(name); });
  return verdict.has_value() ? verdict->value : std::nullopt;
}

// How bad a verdict is in one claim: affirming, not asserted, warning, contraindicated, no valid verdict at all.
int badness(const std::optional<Json>& verdict, ear::TrustClaim claim) {
  if (!verdict.has_value() || verdict->as_object() == nullptr) return 4;
  const Json* value = verdict->find(ear::to_string(claim));
  if (value == nullptr) return 1;
  const std::optional<std::int64_t> number = value->as_integer();
  if (!number.has_value() || *number < -128 || *number > 127) return 4;
  const ear::Tier tier = ear::tier_of(static_cast<std::int8_t>(*number));
  if (tier == ear::Tier::kAffirming) return 0;
  return tier == ear::Tier::kNone ? 1 : static_cast<int>(tier);
}

bool is_no_worse(const std::optional<Json>& verdict, const std::optional<Json>& than) {
  for (std::size_t i = 0; i < ear::kTrustClaimCount; ++i) {
    const auto claim = static_cast<ear::TrustClaim>(i);
    if (badness(verdict, claim) > badness(than, claim)) return false;
  }
  return true;
}

bool is_better(const std::optional<Json>& verdict, const std::optional<Json>& than) {
  return is_no_worse(verdict, than) && !is_no_worse(than, verdict);
}

}  // namespace

Json Answers::find(const std::string& name) const {
  Json value;
  if (lookups_.as_array() != nullptr) {
    for (const Json& lookup : *lookups_.as_array()) {
      const std::string* asked = lookup.find_string("name");
      if (asked != nullptr && *asked == name && lookup.find("value") != nullptr) value = *lookup.find("value");
    }
  }
  for (const auto& [added_name, measured] : added_) {
    if (added_name != name) continue;
    if (value.as_array() == nullptr) value = value.is_null() ? Json::array() : Json::array({value});
    value.push_back(measured);
  }
  return value;
}

// Starts from everything that was measured in vain, and takes away first what does harm (a policy may also ask what is
// revoked), then what does nothing.
void mark_decisive(Json::Array& references, const policy::Program& program, const Json& input, const Json& lookups) {
  Answers answers(lookups);
  const std::optional<Json> was = verdict_with(program, input, answers);
  std::vector<std::size_t> added;
  for (std::size_t i = 0; i < references.size(); ++i) {
    if (references[i].find("rule") == nullptr) continue;  // the room's own comparison: no policy asked for it
    references[i].set("decisive", false);
    const std::string* name = references[i].find_string("name");
    const std::string* state = references[i].find_string("state");
    const Json* measured = references[i].find("measured");
    const bool is_whole = name != nullptr && state != nullptr && measured != nullptr;  // not damaged in the store
    if (!is_whole || *state == "matched" || added.size() == kCandidatesMax) continue;
    added.push_back(i);
    answers.add(*name, *measured);
  }
  std::optional<Json> best = verdict_with(program, input, answers);
  for (const auto suffices : {is_better, is_no_worse}) {
    for (std::size_t position = added.size(); position-- > 0;) {
      Answers fewer = answers;
      fewer.remove(position);
      std::optional<Json> verdict = verdict_with(program, input, fewer);
      if (!suffices(verdict, best)) continue;
      answers.remove(position);
      added.erase(added.begin() + static_cast<std::ptrdiff_t>(position));
      best = std::move(verdict);
    }
  }
  if (!is_better(best, was)) return;
  for (const std::size_t i : added) references[i].set("decisive", true);
}

}  // namespace avouch::appraise
