// Causes: which faults explain a decision, found in its facts; remedies.h has the words for them.
#pragma once

#include <optional>

#include "appraise/explain_attestation.h"
#include "appraise/explain_release.h"
#include "appraise/remedies.h"
#include "codec/json.h"

namespace avouch::appraise {

// What is known of a decision.
struct Facts {
  const Json& decision;                       // the record that was asked about
  const Json& attestation;                    // the one behind it: the same, or what a release led back to
  const AttestationView& seen;                // of `attestation`
  const std::optional<ReleaseView>& release;  // where `decision` is a release that the resource policy denied
  bool policy_is_forgotten;                   // of `attestation`
  const Json& revocation;                     // the record of the act that revoked the trust anchor; null if none did
};

// The causes in words, the one to deal with first at the front: {"code","cause","next","command"?}. Empty where all was
// as it should be.
Json::Array causes_of(const Facts& facts, const Remedies& remedies);

bool is_decisive(const Json& reference);

}  // namespace avouch::appraise
