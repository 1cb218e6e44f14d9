// How guests of Confidential Containers write the evidence of a TEE as JSON, and rooms want it in octets. Source:
// guest-components' attesters; the attesters' tee-evidence in the KBS protocol and in the attestation service's
// requests.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json.h"

namespace avouch::coco {

// The room's form of the evidence: the octets of a CCA token; the JSON text of a sample.
//   fails   kEvidence: kbs.evidence.shape
Result<Buffer> evidence_octets(std::string_view tee, const Json& evidence);

// The other way round, for a verifier elsewhere: as evidence_octets() took it.
//   fails   kEvidence: kbs.evidence.shape (what is no JSON text where it has to be one)
Result<Json> evidence_json(std::string_view tee, Bytes octets);

}  // namespace avouch::coco
