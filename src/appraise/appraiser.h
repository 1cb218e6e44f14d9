// Appraiser: evidence in, signed attestation result out. One of the two functions that are the product; every dialect
// calls it, and nothing gets a result without passing through it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "appraise/combine.h"
#include "appraise/endorsements.h"
#include "appraise/judge.h"
#include "appraise/reference_values.h"
#include "appraise/session.h"
#include "appraise/signer.h"
#include "appraise/witness.h"
#include "ledger/decision.h"
#include "ledger/policies.h"
#include "tee/binding.h"
#include "tee/rooms.h"

namespace avouch::appraise {

// What a guest submits, in core types: made by a dialect, believed by nobody.
struct Submission {
  std::string ticket;  // of the session
  std::string peer;    // address, for the record
  Buffer evidence;     // in the room's own form
  // How guests of this dialect bind the session to their evidence: the core calls it with its own session, so that the
  // nonce is always ours and never the one that the guest repeats.
  std::function<Result<Buffer>(const Session&)> report_data;
  std::variant<Buffer, tee::NotDemanded> init_data = tee::NotDemanded{"the guest sent no init data"};  // its digest
  Json runtime_claims;  // for policy and result; null if none
  Json init_data_claims;
  std::string init_data_text;  // the init data themselves, for a verifier elsewhere; empty if none
};

// How a result is made for relying parties that know each part of the evidence as a submodule, and expect one also of
// evidence that does not verify.
struct PartsForm {
  std::string tee;
  std::string policy_id;       // a part is judged by "<policy_id>_<policy_class>"
  std::string named_policy;    // what its submodule calls that: "policy:ARM_CCA"
  std::string refused_submod;  // the only submodule where nothing verifies: all claims 99 (AR4SI: cryptography failed)
  // What that submodule says besides; the decision's error and what it compared are on record by then.
  std::function<Json::Object(const Session&, const ledger::Decision&)> refused_members;
  std::function<PlainForm(const Session&)> result;
};

struct SignedEar {
  std::string token;
  std::string decision_id;
  Session session;
};

// One evidence of those that a result is about, borrowed from its submission.
struct Exhibit {
  std::string_view tee;
  Bytes evidence;  // in the room's own form
  const tee::Binding& binding;
  const Json& runtime_claims;  // as in Submission
  const Json& init_data_claims;
};

// A result without a session behind it.
struct IssuedEar {
  std::string token;
  std::string decision_id;
};

inline constexpr std::string_view kDefaultPolicy = "default";  // the peer's policies are chosen by class: "default_cpu"

class Appraiser {
 public:
  struct Parts {
    const tee::Rooms& rooms;
    Sessions& sessions;
    Endorsements& endorsements;
    ReferenceProvider& reference_values;
    ledger::Policies& policies;
    const Signer& signer;
    ledger::DecisionLog& decisions;
    const Clock& clock;
    Witness* witness = nullptr;  // for a room that relies on a verifier elsewhere
  };
  explicit Appraiser(Parts parts) : parts_(parts) {}

  // Judges, signs, and puts on record what came out and why, also when nothing did.
  tl::expected<SignedEar, ledger::Refusal> attest(const Submission& submission);

  // The same, part by part. Evidence that does not verify is a refusal on record, and has a result that says so;
  // `submission.init_data` and claims are those of any submission.
  //   fails   kRequest: session.*; appraisal.no-parts (this TEE's evidence is reported whole); kPolicy, kUnavailable,
  //           kInternal: as attest()
  tl::expected<SignedEar, ledger::Refusal> attest_parts(const Submission& submission, const PartsForm& form);

  // The same for those who see to freshness themselves, by what each exhibit has to bind. One submodule an exhibit:
  // "cpu0", "cpu1", "gpu0", in their order. Every policy judges each of them, as "<id>_<class>"; see combine.h.
  //   fails   also kRequest: appraisal.nothing (no exhibit or no policy)
  tl::expected<IssuedEar, ledger::Refusal> evaluate(std::span<const Exhibit> exhibits,
                                                    std::span<const std::string> policy_ids, const std::string& peer);

 private:
  tl::expected<SignedEar, ledger::Refusal> conclude(Result<std::string> token, Session session,
                                                    ledger::Decision decision);
  Result<std::string> judge(const Submission& submission, Session& session, ledger::Decision& decision);
  Result<std::string> judge_parts(const Submission& submission, const PartsForm& form, Session& session,
                                  ledger::Decision& decision);
  Result<std::vector<ear::Submod>> appraise_parts(const tee::Claims& claims, const Exhibit& exhibit,
                                                  const PartsForm& form, ledger::Decision& decision);
  Result<std::string> judge_all(std::span<const Exhibit> exhibits, std::span<const std::string> policy_ids,
                                ledger::Decision& decision);
  Result<tee::Claims> verify(const Exhibit& exhibit, ledger::Decision& decision);
  Status ask_elsewhere(const tee::Room& room, const Exhibit& exhibit, tee::Collateral& collateral,
                       ledger::Decision& decision);
  Result<ear::Submod> appraise_by_all(const tee::Claims& claims, const std::string& submod, const Exhibit& exhibit,
                                      std::span<const std::string> policy_ids, std::vector<Verdict>& verdicts,
                                      ledger::Decision& decision);
  Result<Appraisal> appraise_by(const std::string& policy_id, const tee::Claims& claims, const Exhibit& exhibit,
                                Hearing& hearing);
  Parts parts_;
};

}  // namespace avouch::appraise
