// Judge: claims, policy and reference values become a trustworthiness vector. Every vector starts at "no claim made",
// and nothing that policy says can lift what the room found wrong.
#pragma once

#include <string>
#include <vector>

#include "appraise/reference_values.h"
#include "base/clock.h"
#include "base/result.h"
#include "format/ear.h"
#include "ledger/policies.h"
#include "tee/claims.h"

namespace avouch::appraise {

struct Appraisal {
  ear::TrustVector vector;
  ear::Tier status = ear::Tier::kContraindicated;
  Json::Object extensions;  // of the submodule, from the policy's rule `extensions`
  std::string policy_id, policy_digest;
  Json policy_input;  // what the policy saw: the annotated evidence of the EAR
  std::vector<policy::Lookup> lookups;
};

// What a policy sees as `input`: the claims under the TEE's name, and what the guest bound, in the peer's layout.
//   runtime_claims     {"tee-pubkey":…,"nonce":…,…} or null
//   init_data_claims   what the init data holds, or null
Json policy_input(const tee::Claims& claims, const Json& runtime_claims, const Json& init_data_claims);

// Appraises by the policy "<policy_id>_<class of the submodule>".
//   fails   kPolicy: policy.* ; appraisal.claims (trust_claims is no object, or empty), appraisal.claim-name,
//           appraisal.claim-value (no integer within -128..127), appraisal.extensions
//           kUnavailable: store.corrupt (the policy asked for a reference value that is damaged)
Result<Appraisal> appraise(const tee::Claims& claims, Json input, const ledger::ActivePolicy& policy,
                           const ReferenceSnapshot& references, Instant now);

}  // namespace avouch::appraise
