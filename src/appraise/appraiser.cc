#include "appraise/appraiser.h"

#include "appraise/record.h"

namespace avouch::appraise {
namespace {

// The peer's policies are chosen by class, and its results name them without it.
constexpr const char* kPolicyId = "default";

ear::Submod to_submod(const tee::Claims& claims, Appraisal appraisal, Hearing hearing) {
  return ear::Submod{claims.submod + "0", appraisal.status,         appraisal.vector,
                     kPolicyId,           std::move(hearing.input), std::move(appraisal.extensions)};
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
  std::string id = decision.id;
  parts_.decisions.record(std::move(decision));
  if (!token.has_value()) return tl::unexpected(ledger::Refusal{std::move(token).error(), std::move(id)});
  return SignedEar{*std::move(token), std::move(id), std::move(session)};
}

Result<std::string> Appraiser::judge(const Submission& submission, Session& session, ledger::Decision& decision) {
  session = TRY(parts_.sessions.redeem(submission.ticket));
  decision.subject = session.tee;
  const tee::Room* room = TRY(parts_.rooms.find(session.tee));
  Buffer report_data = TRY(submission.report_data(session));
  const tee::Binding binding = TRY(tee::Binding::make(std::move(report_data), submission.init_data));
  const tee::Claims claims = TRY(verify(*room, submission, binding, decision));
  Hearing hearing;
  Result<Appraisal> appraisal =
      appraise_claims(claims, submission.runtime_claims, submission.init_data_claims, hearing);
  record_hearing(decision, hearing);  // also what led to no verdict
  ENSURE(appraisal.has_value(), appraisal.error());
  record_appraisal(decision, *appraisal);
  std::vector<ear::Submod> submods;
  submods.push_back(to_submod(claims, *std::move(appraisal), std::move(hearing)));
  return parts_.signer.sign(std::move(submods), decision.id, parts_.clock.now());
}

Result<tee::Claims> Appraiser::verify(const tee::Room& room, const Submission& submission, const tee::Binding& binding,
                                      ledger::Decision& decision) {
  const tee::Needs needs = TRY(room.needs(submission.evidence));  // unauthenticated: a hint what to look up
  const tee::Collateral collateral = TRY(parts_.endorsements.get(needs));
  Result<tee::Claims> claims = room.verify(submission.evidence, binding, collateral, parts_.clock.now());
  if (claims.has_value()) {
    record_claims(decision, *claims);
  } else {
    record_refusal(decision, room.compared(submission.evidence, binding, collateral, claims.error()));
  }
  return claims;
}

Result<Appraisal> Appraiser::appraise_claims(const tee::Claims& claims, const Json& runtime_claims,
                                             const Json& init_data_claims, Hearing& hearing) {
  hearing.policy_id = std::string(kPolicyId) + "_" + claims.submod;  // on record also where there is no such policy
  const ledger::ActivePolicy policy = TRY(parts_.policies.get(hearing.policy_id));
  const std::shared_ptr<const ReferenceSnapshot> references = TRY(parts_.reference_values.snapshot());
  return appraise(claims, policy_input(claims, runtime_claims, init_data_claims), policy, *references,
                  parts_.clock.now(), hearing);
}

}  // namespace avouch::appraise
