// A release that the resource policy denied: because of what the attestation said, or by a rule of its own?
#pragma once

#include "codec/json.h"
#include "policy/policy.h"

namespace avouch::appraise {

struct ReleaseView {
  // Would it have been allowed, had every submodule been affirming? Found out by asking the policy again.
  bool is_for_the_evidence = true;
  Json::Array fell_short;  // {"submod","status","claim","value","meaning"}
  Json::Array lines;       // of the policy, that did not hold: {"line","text"}
};

// `program` is the policy of then; null if its text is gone: then the evidence is taken for the reason if it fell
// short.
ReleaseView explain_release(const Json& record, const policy::Program* program);

}  // namespace avouch::appraise
