#include "dialect/coco_as/evaluator.h"

namespace avouch::dialect::coco_as {

tl::expected<std::string, ledger::Refusal> Evaluator::evaluate_grpc(Bytes message, const std::string& peer) const {
  return evaluate(read_grpc_request(message, options_), peer);
}

tl::expected<std::string, ledger::Refusal> Evaluator::evaluate_rest(const Json& message,
                                                                    const std::string& peer) const {
  return evaluate(read_rest_request(message, options_), peer);
}

tl::expected<std::string, ledger::Refusal> Evaluator::evaluate(Result<EvaluationRequest> request,
                                                               const std::string& peer) const {
  if (!request.has_value()) {
    ledger::Decision decision = parts_.decisions.begin("attest", peer, "");
    decision.error = std::move(request).error();
    parts_.decisions.record(decision);
    return tl::unexpected(ledger::Refusal{*decision.error, decision.id});
  }
  std::vector<appraise::Exhibit> exhibits;
  for (const Item& item : request->items) {
    exhibits.push_back({item.tee, item.evidence, item.binding, item.runtime_claims, item.init_data_claims});
  }
  tl::expected<appraise::IssuedEar, ledger::Refusal> issued =
      parts_.appraiser.evaluate(exhibits, request->policy_ids, peer);
  if (!issued.has_value()) return tl::unexpected(std::move(issued).error());
  return std::move(issued->token);
}

Status Evaluator::set_policy(const std::string& id, std::string_view encoded, const std::string& peer) const {
  const std::string text = TRY(policy_text(encoded));
  TRY(parts_.policies.set(id, text));
  ledger::Decision decision = parts_.decisions.begin("admin", peer, "set attestation policy " + id);
  decision.outcome = "granted";
  parts_.decisions.record(decision);
  return ok();
}

Result<std::string> Evaluator::challenge(std::string_view tee) const {
  TRY(parts_.rooms.find(tee));
  return std::string();
}

std::string public_cause(const Error& error) {
  const std::string code = error.code;
  switch (error.blame) {
    case Blame::kRequest:
      return error.detail + " (" + code + ")";
    case Blame::kEvidence:
      return "Verifier evaluate failed: " + code;
    case Blame::kPolicy:
      return code == "policy.unknown" ? "Policy not found: " + error.detail : "Policy evaluation failed: " + code;
    case Blame::kUnavailable:
      return "Not available now: " + code;
    case Blame::kInternal:
      break;
  }
  return "Internal fault: " + code;
}

std::string public_cause(const ledger::Refusal& refusal) {
  return public_cause(refusal.error) + "; decision " + refusal.decision_id;
}

}  // namespace avouch::dialect::coco_as
