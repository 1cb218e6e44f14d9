// Judge: claims, policy and reference values become a trustworthiness vector. Every vector starts at "no claim made",
// and nothing that policy says can lift what the room found wrong.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "appraise/references.h"
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
};

// A reference value as it counted when a policy asked for it.
struct Consulted {
  Json value;                         // null: there was none, or none any more
  std::optional<Instant> expired_at;  // there was one, until then
  bool is_damaged = false;            // there is one, and it cannot be read
  Json life = Json::array();          // of what is measured: what was said of it, if it does not simply count
};

// What a policy was asked and what it asked for: on record whether or not it came to a verdict.
struct Hearing {
  std::string policy_id, policy_digest;
  Json input;                                  // what the policy saw: the annotated evidence of the EAR
  Json said;                                   // its trust_claims, before the room's findings; null: undefined
  std::map<std::string, Consulted> consulted;  // by name
};

// What a policy sees as `input`: the claims under the TEE's name, and what the guest bound, in the peer's layout.
//   runtime_claims     {"tee-pubkey":…,"nonce":…,…} or null
//   init_data_claims   what the init data holds, or null
Json policy_input(const tee::Claims& claims, const Json& runtime_claims, const Json& init_data_claims);

// Appraises by a policy, and fills in `hearing` as far as that gets. A verdict that is not affirming is heard about
// every reference value that the policy names: a rule that fails at its first condition never asks for the others.
//   fails   kPolicy: policy.* ; appraisal.claims (trust_claims is no object, or empty), appraisal.claim-name,
//           appraisal.claim-value (no integer within -128..127), appraisal.extensions
//           kUnavailable: reference.damaged, rvps.unavailable (the policy asked for a reference value that is damaged,
//           or that its provider could not be asked for)
Result<Appraisal> appraise(const tee::Claims& claims, Json input, const ledger::ActivePolicy& policy,
                           const References& references, Instant now, Hearing& hearing);

}  // namespace avouch::appraise
