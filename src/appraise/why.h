// Why: the answer to an operator who asks about a decision: which rule of which policy at which line, which claim, what
// was measured, what was expected, whether the reference is missing or does not match, and what to do next.
#pragma once

#include <string>
#include <vector>

#include "ledger/decision.h"
#include "ledger/policies.h"
#include "appraise/reference_values.h"
#include "base/result.h"

namespace avouch::appraise {

class Why {
 public:
  Why(ledger::DecisionLog& decisions, ledger::Policies& policies, ReferenceValues& reference_values, const Clock& clock)
      : decisions_(decisions), policies_(policies), reference_values_(reference_values), clock_(clock) {}

  // The record of decision `id` ("" for the newest refused one, or the newest whose result was not affirming), with
  //   references   each {"name","claim","measured","expected","state","rule","line"}; state missing|mismatched|matched
  //   cause        one sentence for people
  //   next         what to do about it
  // A release leads on to the attestation that its token came from ("attestation").
  //   fails   kRequest: decision.unknown
  Result<Json> explain(std::string_view id);

  // Turns each measured value of the decision whose reference is missing or mismatched into a reference value: exactly
  // those, on record. Platform references are endorsements, not reference values, and are not approved here.
  // Returns {"approved": [{"name","value"}…]}.
  //   fails   kRequest: decision.unknown, approve.nothing (no such value in it)
  Result<Json> approve(std::string_view id, const std::string& peer);

 private:
  Result<Json> record_of(std::string_view id);
  Json::Array references_of(const Json& attestation);

  ledger::DecisionLog& decisions_;
  ledger::Policies& policies_;
  ReferenceValues& reference_values_;
  const Clock& clock_;
};

}  // namespace avouch::appraise
