#include "appraise/combine.h"

#include <algorithm>

#include "base/check.h"

namespace avouch::appraise {
namespace {

constexpr const char* kAppraisals = "avouch.appraisals";

// Of two values of one claim. A policy that does not name a claim leaves it to the others.
std::int8_t least_trusted_claim(std::int8_t left, std::int8_t right) {
  const ear::Tier left_tier = ear::tier_of(left), right_tier = ear::tier_of(right);
  return least_trusted(left_tier, right_tier) == left_tier ? left : right;
}

void add(ear::TrustVector& sum, const ear::TrustVector& vector) {
  for (std::size_t i = 0; i < ear::kTrustClaimCount; ++i) {
    const auto claim = static_cast<ear::TrustClaim>(i);
    const std::optional<std::int8_t> said = vector.get(claim);
    if (said.has_value()) sum.set(claim, least_trusted_claim(sum.get(claim).value_or(*said), *said));
  }
}

void add(Json::Object& sum, const Json::Object& extensions) {
  for (const Json::Member& extension : extensions) {
    const auto has_its_name = [&](const Json::Member& known) { return known.first == extension.first; };
    if (std::none_of(sum.begin(), sum.end(), has_its_name)) sum.push_back(extension);
  }
}

}  // namespace

ear::Tier least_trusted(ear::Tier left, ear::Tier right) {
  if (left == ear::Tier::kAffirming) return right;
  if (right == ear::Tier::kAffirming) return left;
  return ear::worse(left, right);
}

ear::Submod combine(std::vector<Verdict> verdicts, Json annotated_evidence) {
  CHECK(!verdicts.empty());
  Appraisal& first = verdicts.front().appraisal;
  ear::Submod out{
      verdicts.front().submod,    first.status, first.vector, verdicts.front().policy_id, std::move(annotated_evidence),
      std::move(first.extensions)};
  if (verdicts.size() == 1) return out;
  Json each = Json::object();
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const Appraisal& appraisal = verdicts[i].appraisal;
    each.set(verdicts[i].policy_id, Json::object({{"ear.status", ear::to_string(appraisal.status)},
                                                  {"ear.trustworthiness-vector", appraisal.vector.to_json()}}));
    if (i == 0) continue;
    add(out.vector, appraisal.vector);
    add(out.extensions, appraisal.extensions);
    out.status = least_trusted(out.status, appraisal.status);
    out.appraisal_policy_id += "," + verdicts[i].policy_id;
  }
  out.extensions.emplace_back(kAppraisals, std::move(each));
  return out;
}

Json to_json(const std::vector<Verdict>& verdicts) {
  Json out = Json::array();
  for (const Verdict& verdict : verdicts) {
    out.push_back(Json::object({{"submod", verdict.submod},
                                {"policy", verdict.policy_id},
                                {"status", ear::to_string(verdict.appraisal.status)},
                                {"vector", verdict.appraisal.vector.to_json()}}));
  }
  return out;
}

}  // namespace avouch::appraise
