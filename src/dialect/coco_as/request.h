// Requests of Trustee's attestation service, read from either of its interfaces into one form. Source:
// attestation.proto (package attestation) and restful-as of August 2026.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json.h"
#include "tee/binding.h"

namespace avouch::dialect::coco_as {

// One evidence, ready to be judged.
struct Item {
  std::string tee;
  Buffer evidence;  // in the room's form
  tee::Binding binding;
  Json runtime_claims;  // null where the runtime data are octets without structure
  Json init_data_claims;
};

struct EvaluationRequest {
  std::vector<Item> items;
  std::vector<std::string> policy_ids;  // never empty: {"default"} where none was asked for
};

// What is common to both readers.
struct ReadOptions {
  bool allow_unbound = false;  // evidence without runtime data, which proves something of an unknown time
};

// The message attestation.AttestationRequest.
//   fails   kRequest: as.shape, as.too-many, as.evidence, as.runtime-data, as.unbound, as.hash, initdata.*, base64.*,
//           json.*, protobuf.*; kEvidence: kbs.evidence.shape
Result<EvaluationRequest> read_grpc_request(Bytes message, const ReadOptions& options);

// {"verification_requests": [{"tee", "evidence", "runtime_data"?: {"raw"} or {"structured"}, "init_data"?:
// {"init_data_digest"} or {"init_data_toml"}, "runtime_data_hash_algorithm"?}, …], "policy_ids": […]}.
//   fails   as read_grpc_request()
Result<EvaluationRequest> read_rest_request(const Json& message, const ReadOptions& options);

// A policy's text as both interfaces take it: base64url without padding.   fails   kRequest: as.policy
Result<std::string> policy_text(std::string_view encoded);

}  // namespace avouch::dialect::coco_as
