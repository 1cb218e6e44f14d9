// The appraiser's results that have a submodule for each part of the evidence.
#include "appraise/appraiser.h"
#include "appraise/record.h"

namespace avouch::appraise {
namespace {

constexpr std::int8_t kCryptographyFailed = 99;  // AR4SI draft-ietf-rats-ar4si-10, section 2.3.2

ear::Submod refused_submod(const PartsForm& form, const Session& session, const ledger::Decision& decision) {
  ear::TrustVector vector;
  for (std::size_t i = 0; i < ear::kTrustClaimCount; ++i) {
    vector.set(static_cast<ear::TrustClaim>(i), kCryptographyFailed);
  }
  return {form.refused_submod, vector.status(), vector,
          form.named_policy,   /*evidence=*/{}, form.refused_members(session, decision)};
}

}  // namespace

tl::expected<SignedEar, ledger::Refusal> Appraiser::attest_parts(const Submission& submission, const PartsForm& form) {
  ledger::Decision decision = parts_.decisions.begin("attest", submission.peer, form.tee);
  Session session;
  Result<std::string> token = judge_parts(submission, form, session, decision);
  return conclude(std::move(token), std::move(session), std::move(decision));
}

Result<std::string> Appraiser::judge_parts(const Submission& submission, const PartsForm& form, Session& session,
                                           ledger::Decision& decision) {
  session = TRY(parts_.sessions.redeem(submission.ticket));
  Buffer report_data = TRY(submission.report_data(session));
  const tee::Binding binding = TRY(tee::Binding::make(std::move(report_data), submission.init_data));
  const Exhibit exhibit{form.tee, submission.evidence, binding, submission.runtime_claims, submission.init_data_claims};
  const Result<tee::Claims> claims = verify(exhibit, decision);
  std::vector<ear::Submod> submods;
  if (claims.has_value()) {
    submods = TRY(appraise_parts(*claims, exhibit, form, decision));
  } else {
    ENSURE(claims.error().blame == Blame::kEvidence, claims.error());
    decision.error = claims.error();
    submods.push_back(refused_submod(form, session, decision));
  }
  return parts_.signer.sign_plain(form.result(session), std::move(submods), decision.id, parts_.clock.now());
}

Result<std::vector<ear::Submod>> Appraiser::appraise_parts(const tee::Claims& claims, const Exhibit& exhibit,
                                                           const PartsForm& form, ledger::Decision& decision) {
  const std::string policy_ids[] = {form.policy_id};
  const tee::Room* room = TRY(parts_.rooms.find(exhibit.tee));
  std::vector<tee::Part> parts = room->parts(claims);
  ENSURE(!parts.empty(), Error{Blame::kRequest, "appraisal.no-parts", "evidence of " + form.tee + " has no parts"});
  std::vector<ear::Submod> out;
  std::vector<Verdict> verdicts;
  for (tee::Part& part : parts) {
    tee::Claims of_part = claims;
    of_part.submod = part.policy_class;
    of_part.findings = std::move(part.findings);
    ear::Submod submod = TRY(appraise_by_all(of_part, part.name, exhibit, policy_ids, verdicts, decision));
    submod.appraisal_policy_id = form.named_policy;
    submod.annotated_evidence = std::move(part.evidence);
    out.push_back(std::move(submod));
  }
  decision.facts.set("appraisals", to_json(verdicts));
  return out;
}

}  // namespace avouch::appraise
