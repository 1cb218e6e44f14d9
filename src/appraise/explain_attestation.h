// An attestation, seen through the policy that judged it: what was compared with what, and what the policy looked for
// in vain. Reads the record of the decision, and nothing that has changed since.
#pragma once

#include "codec/json.h"
#include "policy/policy.h"

namespace avouch::appraise {

struct AttestationView {
  // {"name","claim","measured","expected","state","where"}, and of those that a policy read "policy","rule","line",
  // "decisive" and, where there had been one, "expired".
  Json::Array references;
  Json::Array absent;  // {"path","line"}: what the policy reads of this TEE and the evidence lacks
};

// `program` is the policy of then; null if there was none or its text is gone: then only what the room compared is
// seen.
AttestationView explain_attestation(const Json& record, const policy::Program* program);

}  // namespace avouch::appraise
