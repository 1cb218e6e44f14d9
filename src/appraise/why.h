// Why: the answer to an operator who asks about a decision: which rule of which policy at which line, which claim, what
// was measured, what was expected, whether the reference is missing or does not match, and what to do next.
#pragma once

#include <memory>
#include <string>

#include "appraise/references.h"
#include "appraise/remedies.h"
#include "base/result.h"
#include "ledger/decision.h"
#include "ledger/policies.h"
#include "tee/rooms.h"

namespace avouch::appraise {

class Why {
 public:
  struct Parts {
    ledger::DecisionLog& decisions;
    ledger::Policies& attestation_policies;
    ledger::Policies& resource_policies;
    ReferenceProvider& reference_values;
    const tee::Rooms& rooms;  // for the remedies of each
  };
  explicit Why(Parts parts) : parts_(parts), remedies_(parts.rooms.remedies()) {}

  // The record of decision `id` ("" for the newest refused one, or the newest whose result was not affirming; refused
  // tokens of strangers count only where there is nothing else), with
  //   references   each {"name","claim","measured","expected","state","where"} and, if a policy read it,
  //                "policy","rule","line","decisive"; state is missing, damaged (in the store), mismatched or matched;
  //                decisive: the verdict would have been better had it been endorsed
  //   policy_changed  another policy has been set since; the explanation is by the one of then
  //   absent_paths what the policy reads of this TEE and the evidence lacks: most often a mistake in the policy
  //   fell_short, lines_that_failed  of a release that the resource policy denied: claims, and lines of that policy
  //   causes       what explains the outcome: {"code","cause","next"}, and "command" where one helps
  //   cause, next, command  those of the first cause
  // A release leads on to the attestation that its token came from ("attestation").
  //   fails   kRequest: decision.unknown
  Result<Json> explain(std::string_view id);

  // Turns the measured values that the decision hung on into reference values: exactly those, on record. Platform
  // references are endorsements, not reference values, and are not approved here.
  // Returns {"approved": [{"name","value"}…]}.
  //   fails   kRequest: decision.unknown, approve.nothing (it hung on none, or another policy has been set since);
  //           kUnavailable: reference.damaged, store.*
  // On record as an act of `administrator`, who asked from `peer`.
  Result<Json> approve(std::string_view id, const std::string& administrator, const std::string& peer);

 private:
  Result<Json> record_of(std::string_view id);
  Json revocation_of(const Json::Array& references);
  Parts parts_;
  const Remedies remedies_;
};

}  // namespace avouch::appraise
