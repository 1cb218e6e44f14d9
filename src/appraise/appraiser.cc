#include "appraise/appraiser.h"

#include <map>

#include "appraise/record.h"

namespace avouch::appraise {
namespace {

std::string class_of(const tee::Claims& claims, std::map<std::string, int>& counts) {
  return claims.submod + std::to_string(counts[claims.submod]++);
}

// Of several appraisals the least trusted is on record in full, being the one that decided.
bool decides(const Result<Appraisal>& appraisal, const std::vector<Verdict>& before) {
  if (!appraisal.has_value() || before.empty()) return true;
  ear::Tier least = ear::Tier::kAffirming;
  for (const Verdict& verdict : before) least = least_trusted(least, verdict.appraisal.status);
  return appraisal->status != least && least_trusted(appraisal->status, least) == appraisal->status;
}

}  // namespace

tl::expected<SignedEar, ledger::Refusal> Appraiser::attest(const Submission& submission) {
  ledger::Decision decision = parts_.decisions.begin("attest", submission.peer, "");
  Session session;
  Result<std::string> token = judge(submission, session, decision);
  return conclude(std::move(token), std::move(session), std::move(decision));
}

// A decision that has an error already is a refusal, even if there is a token that says so.
tl::expected<SignedEar, ledger::Refusal> Appraiser::conclude(Result<std::string> token, Session session,
                                                             ledger::Decision decision) {
  if (!token.has_value()) {
    decision.error = token.error();
  } else if (!decision.error.has_value()) {
    decision.outcome = "granted";
  }
  std::string id = decision.id;
  parts_.decisions.record(std::move(decision));
  if (!token.has_value()) return tl::unexpected(ledger::Refusal{std::move(token).error(), std::move(id)});
  return SignedEar{*std::move(token), std::move(id), std::move(session)};
}

tl::expected<IssuedEar, ledger::Refusal> Appraiser::evaluate(std::span<const Exhibit> exhibits,
                                                             std::span<const std::string> policy_ids,
                                                             const std::string& peer) {
  ledger::Decision decision = parts_.decisions.begin("attest", peer, "");
  Result<std::string> token = judge_all(exhibits, policy_ids, decision);
  tl::expected<SignedEar, ledger::Refusal> concluded = conclude(std::move(token), Session(), std::move(decision));
  if (!concluded.has_value()) return tl::unexpected(std::move(concluded).error());
  return IssuedEar{std::move(concluded->token), std::move(concluded->decision_id)};
}

Result<std::string> Appraiser::judge(const Submission& submission, Session& session, ledger::Decision& decision) {
  static const std::string kPolicyIds[] = {std::string(kDefaultPolicy)};
  session = TRY(parts_.sessions.redeem(submission.ticket));
  decision.subject = session.tee;
  Buffer report_data = TRY(submission.report_data(session));
  const tee::Binding binding = TRY(tee::Binding::make(std::move(report_data), submission.init_data));
  const Exhibit exhibit{session.tee, submission.evidence, binding, submission.runtime_claims,
                        submission.init_data_claims};
  return judge_all({&exhibit, 1}, kPolicyIds, decision);
}

Result<std::string> Appraiser::judge_all(std::span<const Exhibit> exhibits, std::span<const std::string> policy_ids,
                                         ledger::Decision& decision) {
  ENSURE(!exhibits.empty() && !policy_ids.empty(),
         Error{Blame::kRequest, "appraisal.nothing", "there is no evidence, or no policy to judge it by"});
  std::vector<ear::Submod> submods;
  std::vector<Verdict> verdicts;
  std::map<std::string, int> counts;
  std::string subject;
  for (const Exhibit& exhibit : exhibits) {
    decision.subject = subject += (subject.empty() ? "" : ",") + std::string(exhibit.tee);
    const tee::Claims claims = TRY(verify(exhibit, decision));
    submods.push_back(TRY(appraise_by_all(claims, class_of(claims, counts), exhibit, policy_ids, verdicts, decision)));
  }
  if (verdicts.size() > 1) decision.facts.set("appraisals", to_json(verdicts));
  return parts_.signer.sign(std::move(submods), decision.id, parts_.clock.now());
}

Result<tee::Claims> Appraiser::verify(const Exhibit& exhibit, ledger::Decision& decision) {
  const tee::Room* room = TRY(parts_.rooms.find(exhibit.tee));
  const tee::Needs needs = TRY(room->needs(exhibit.evidence));  // unauthenticated: a hint what to look up
  tee::Collateral collateral = TRY(parts_.endorsements.get(needs));
  const Status asked = ask_elsewhere(*room, exhibit, collateral, decision);
  Result<tee::Claims> claims = asked.has_value()
                                   ? room->verify(exhibit.evidence, exhibit.binding, collateral, parts_.clock.now())
                                   : Result<tee::Claims>(asked.error());
  if (!claims.has_value()) {
    record_refusal(decision, room->compared(exhibit.evidence, exhibit.binding, collateral, claims.error()));
  }
  return claims;
}

// A room that relies on a testimony refuses without one, whoever left it out.
Status Appraiser::ask_elsewhere(const tee::Room& room, const Exhibit& exhibit, tee::Collateral& collateral,
                                ledger::Decision& decision) {
  const std::optional<tee::Question> question = TRY(room.question(exhibit.evidence, exhibit.binding));
  if (!question.has_value() || parts_.witness == nullptr) return ok();
  decision.facts.set("verifier", parts_.witness->address());
  collateral.testimony = TRY(parts_.witness->ask(*question, exhibit.evidence));
  return ok();
}

Result<ear::Submod> Appraiser::appraise_by_all(const tee::Claims& claims, const std::string& submod,
                                               const Exhibit& exhibit, std::span<const std::string> policy_ids,
                                               std::vector<Verdict>& verdicts, ledger::Decision& decision) {
  std::vector<Verdict> own;
  Json annotated_evidence;
  for (const std::string& policy_id : policy_ids) {
    Hearing hearing;
    Result<Appraisal> appraisal = appraise_by(policy_id, claims, exhibit, hearing);
    if (decides(appraisal, verdicts)) {
      record_claims(decision, claims);
      record_hearing(decision, hearing);  // also what led to no verdict
    }
    ENSURE(appraisal.has_value(), appraisal.error());
    if (decides(appraisal, verdicts)) record_appraisal(decision, *appraisal);
    verdicts.push_back({submod, policy_id, *appraisal});
    own.push_back({submod, policy_id, *std::move(appraisal)});
    annotated_evidence = std::move(hearing.input);
  }
  return combine(std::move(own), std::move(annotated_evidence));
}

Result<Appraisal> Appraiser::appraise_by(const std::string& policy_id, const tee::Claims& claims,
                                         const Exhibit& exhibit, Hearing& hearing) {
  hearing.policy_id = policy_id + "_" + claims.submod;  // on record also where there is no such policy
  const ledger::ActivePolicy policy = TRY(parts_.policies.get(hearing.policy_id));
  const std::shared_ptr<const References> references =
      TRY(parts_.reference_values.references(policy.program->reference_names()));
  return appraise(claims, policy_input(claims, exhibit.runtime_claims, exhibit.init_data_claims), policy, *references,
                  parts_.clock.now(), hearing);
}

}  // namespace avouch::appraise
