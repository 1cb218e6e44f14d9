#include "appraise/record.h"

#include "appraise/lifecycle.h"

namespace avouch::appraise {
namespace {

Json comparisons_json(const std::vector<tee::ReferenceComparison>& comparisons) {
  Json out = Json::array();
  for (const tee::ReferenceComparison& comparison : comparisons) out.push_back(to_json(comparison));
  return out;
}

}  // namespace

Json to_json(const tee::ReferenceComparison& comparison) {
  return Json::object({{"name", comparison.name},
                       {"claim", comparison.claim},
                       {"measured", comparison.measured},
                       {"expected", comparison.expected},
                       {"state", tee::to_string(comparison.state)}});
}

void record_claims(ledger::Decision& decision, const tee::Claims& claims) {
  decision.facts.set("compared", comparisons_json(claims.comparisons));
  Json findings = Json::array();
  for (const tee::Finding& finding : claims.findings) {
    findings.push_back(Json::object({{"claim", ear::to_string(finding.claim)},
                                     {"value", int{finding.value}},
                                     {"code", finding.code},
                                     {"detail", finding.detail}}));
  }
  decision.facts.set("findings", std::move(findings));
}

void record_refusal(ledger::Decision& decision, const std::vector<tee::ReferenceComparison>& comparisons) {
  if (!comparisons.empty()) decision.claimed.set("compared", comparisons_json(comparisons));
}

void record_hearing(ledger::Decision& decision, const Hearing& hearing) {
  decision.facts.set("policy", Json::object({{"id", hearing.policy_id}, {"sha256", hearing.policy_digest}}));
  if (hearing.policy_digest.empty()) return;
  decision.facts.set("input", hearing.input);
  decision.facts.set("said", hearing.said);
  Json lookups = Json::array();
  for (const auto& [name, consulted] : hearing.consulted) {
    Json lookup = Json::object({{"name", name}, {"value", consulted.value}});
    if (consulted.expired_at.has_value()) lookup.set("expired", to_rfc3339(*consulted.expired_at));
    if (consulted.is_damaged) lookup.set("damaged", true);
    if (!elements(consulted.life).empty()) lookup.set("life", consulted.life);
    lookups.push_back(std::move(lookup));
  }
  decision.facts.set("lookups", std::move(lookups));
}

std::string revocation_subject(std::string_view trust_anchor) {
  return "revoke trust anchor " + std::string(trust_anchor);
}

void record_appraisal(ledger::Decision& decision, const Appraisal& appraisal) {
  decision.facts.set("status", ear::to_string(appraisal.status));
  decision.facts.set("vector", appraisal.vector.to_json());
}

}  // namespace avouch::appraise
