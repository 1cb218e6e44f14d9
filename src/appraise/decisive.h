// Decisive: which reference values a verdict hung on, found out by asking its policy again with other answers.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "policy/policy.h"

namespace avouch::appraise {

inline constexpr std::string_view kTrustClaimsRule = "data.policy.trust_claims";

// The answers that a policy got, from the record of a decision ("lookups"), and measured values added to them.
class Answers {
 public:
  explicit Answers(const Json& lookups) : lookups_(lookups) {}  // must outlive this
  void add(const std::string& name, const Json& measured) { added_.emplace_back(name, measured); }
  void remove(std::size_t index) { added_.erase(added_.begin() + static_cast<std::ptrdiff_t>(index)); }
  Json find(const std::string& name) const;

 private:
  const Json& lookups_;
  std::vector<std::pair<std::string, Json>> added_;
};

// Sets "decisive" in each of the references that a policy read (those with a "rule"): whether the verdict hung on it.
// With all that are decisive endorsed it would be better, and worse again without any one of them.
void mark_decisive(Json::Array& references, const policy::Program& program, const Json& input, const Json& lookups);

}  // namespace avouch::appraise
