// Appraiser: evidence in, signed attestation result out. One of the two functions that are the product; every dialect
// calls it, and nothing gets a result without passing through it.
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "appraise/endorsements.h"
#include "appraise/judge.h"
#include "appraise/reference_values.h"
#include "appraise/session.h"
#include "appraise/signer.h"
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
};

struct SignedEar {
  std::string token;
  std::string decision_id;
  Session session;
};

class Appraiser {
 public:
  struct Parts {
    const tee::Rooms& rooms;
    Sessions& sessions;
    Endorsements& endorsements;
    ReferenceValues& reference_values;
    ledger::Policies& policies;
    const Signer& signer;
    ledger::DecisionLog& decisions;
    const Clock& clock;
  };
  explicit Appraiser(Parts parts) : parts_(parts) {}

  // Judges, signs, and puts on record what came out and why, also when nothing did.
  tl::expected<SignedEar, ledger::Refusal> attest(const Submission& submission);

  // Authentic claims and their appraisal, without session and signature.
  Result<Appraisal> appraise_claims(const tee::Claims& claims, const Json& runtime_claims, const Json& init_data_claims,
                                    Hearing& hearing);

 private:
  Result<std::string> judge(const Submission& submission, Session& session, ledger::Decision& decision);
  Result<tee::Claims> verify(const tee::Room& room, const Submission& submission, const tee::Binding& binding,
                             ledger::Decision& decision);
  Parts parts_;
};

}  // namespace avouch::appraise
