// Why: the answer to an operator who asks about a decision: which rule of which policy at which line, which claim, what
// was measured, what was expected, whether the reference is missing or does not match, and what to do next.
#pragma once

#include <string>
#include <vector>

#include "appraise/reference_values.h"
#include "base/result.h"
#include "ledger/decision.h"
#include "ledger/policies.h"

namespace avouch::appraise {

class Why {
 public:
  Why(ledger::DecisionLog& decisions, ledger::Policies& policies, ReferenceValues& reference_values)
      : decisions_(decisions), policies_(policies), reference_values_(reference_values) {}

  // The record of decision `id` ("" for the newest refused one, or the newest whose result was not affirming; refused
  // tokens of strangers count only where there is nothing else), with
  //   references   each {"name","claim","measured","expected","state","rule","line","decisive"}; state is missing,
  //                mismatched or matched; decisive: the verdict would have been better had it been endorsed
  //   policy_changed  another policy has been set since: then only what the room compared is among the references
  //   absent_paths what the policy reads of this TEE and the evidence lacks: most often a mistake in the policy
  //   cause        one sentence for people
  //   next         what to do about it
  // A release leads on to the attestation that its token came from ("attestation").
  //   fails   kRequest: decision.unknown
  Result<Json> explain(std::string_view id);

  // Turns the measured values that the decision hung on into reference values: exactly those, on record. Platform
  // references are endorsements, not reference values, and are not approved here.
  // Returns {"approved": [{"name","value"}…]}.
  //   fails   kRequest: decision.unknown, approve.nothing (it hung on none)
  Result<Json> approve(std::string_view id, const std::string& peer);

 private:
  Result<Json> record_of(std::string_view id);
  std::shared_ptr<const policy::Program> policy_of(const Json& attestation, Json& report);
  Json::Array references_of(const Json& attestation, Json& report);

  ledger::DecisionLog& decisions_;
  ledger::Policies& policies_;
  ReferenceValues& reference_values_;
};

}  // namespace avouch::appraise
