#include "appraise/appraiser.h"

#include "appraise/record.h"

namespace avouch::appraise {
namespace {

// The peer's policies are chosen by class, and its results name them without it.
constexpr const char* kPolicyId = "default";

ear::Submod to_submod(const tee::Claims& claims, const Appraisal& appraisal) {
  return ear::Submod{claims.submod + "0", appraisal.status,       appraisal.vector,
                     kPolicyId,           appraisal.policy_input, appraisal.extensions};
}

}  // namespace

tl::expected<SignedEar, ledger::Refusal> Appraiser::attest(const Submission& submission) {
  ledger::Decision decision = parts_.decisions.begin("attest", submission.peer, "");
  Session session;
  Result<std::string> token = judge(submission, session, decision);
  if (token.has_value()) {
    decision.outcome = "granted";
  } else {
    decision.error = token.error();
  }
  parts_.decisions.record(decision);
  if (!token.has_value()) return tl::unexpected(ledger::Refusal{std::move(token).error(), decision.id});
  return SignedEar{*std::move(token), decision.id, std::move(session)};
}

Result<std::string> Appraiser::judge(const Submission& submission, Session& session, ledger::Decision& decision) {
  session = TRY(parts_.sessions.redeem(submission.ticket));
  decision.subject = session.tee;
  const tee::Room* room = TRY(parts_.rooms.find(session.tee));
  Buffer report_data = TRY(submission.report_data(session));
  const tee::Binding binding = TRY(tee::Binding::make(std::move(report_data), submission.init_data));
  const tee::Needs needs = TRY(room->needs(submission.evidence));  // unauthenticated: a hint what to look up
  const tee::Collateral collateral = TRY(parts_.endorsements.get(needs));
  const tee::Claims claims = TRY(room->verify(submission.evidence, binding, collateral, parts_.clock.now()));
  record_claims(decision, claims);
  const Appraisal appraisal = TRY(appraise_claims(claims, submission.runtime_claims, submission.init_data_claims));
  record_appraisal(decision, appraisal);
  return parts_.signer.sign({to_submod(claims, appraisal)}, decision.id, parts_.clock.now());
}

Result<Appraisal> Appraiser::appraise_claims(const tee::Claims& claims, const Json& runtime_claims,
                                             const Json& init_data_claims) {
  const ledger::ActivePolicy policy = TRY(parts_.policies.get(std::string(kPolicyId) + "_" + claims.submod));
  const std::shared_ptr<const ReferenceSnapshot> references = TRY(parts_.reference_values.snapshot());
  return appraise(claims, policy_input(claims, runtime_claims, init_data_claims), policy, *references,
                  parts_.clock.now());
}

}  // namespace avouch::appraise
