#include "appraise/record.h"

namespace avouch::appraise {

Json to_json(const tee::ReferenceComparison& comparison) {
  return Json::object({{"name", comparison.name},
                       {"claim", comparison.claim},
                       {"measured", comparison.measured},
                       {"expected", comparison.expected},
                       {"state", tee::to_string(comparison.state)}});
}

void record_claims(ledger::Decision& decision, const tee::Claims& claims) {
  Json compared = Json::array();
  for (const tee::ReferenceComparison& comparison : claims.comparisons) compared.push_back(to_json(comparison));
  decision.facts.set("compared", std::move(compared));
  Json findings = Json::array();
  for (const tee::Finding& finding : claims.findings) {
    findings.push_back(Json::object({{"claim", ear::to_string(finding.claim)},
                                     {"value", int{finding.value}},
                                     {"code", finding.code},
                                     {"detail", finding.detail}}));
  }
  decision.facts.set("findings", std::move(findings));
}

void record_appraisal(ledger::Decision& decision, const Appraisal& appraisal) {
  decision.facts.set("status", ear::to_string(appraisal.status));
  decision.facts.set("vector", appraisal.vector.to_json());
  decision.facts.set("policy", Json::object({{"id", appraisal.policy_id}, {"sha256", appraisal.policy_digest}}));
  decision.facts.set("input", appraisal.policy_input);
  Json lookups = Json::array();
  for (const policy::Lookup& lookup : appraisal.lookups) {
    lookups.push_back(Json::object({{"name", lookup.name}, {"value", lookup.value}}));
  }
  decision.facts.set("lookups", std::move(lookups));
}

}  // namespace avouch::appraise
