// Requests to the attestation service, from anybody: refused with a code that blames the caller, or read into evidence
// that is bound to something, within the limits.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/limits.h"
#include "dialect/coco_as/request.h"

namespace {

using avouch::Result;
using avouch::dialect::coco_as::EvaluationRequest;

void check(const Result<EvaluationRequest>& request) {
  if (!request.has_value()) {
    CHECK(request.error().blame == avouch::Blame::kRequest || request.error().blame == avouch::Blame::kEvidence);
    return;
  }
  CHECK(!request->items.empty() && request->items.size() <= avouch::limits::kVerificationRequests);
  CHECK(!request->policy_ids.empty() && request->policy_ids.size() <= avouch::limits::kVerificationRequests);
  for (const auto& item : request->items) {
    CHECK(!item.tee.empty() && item.binding.report_data() != nullptr && !item.binding.report_data()->empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace avouch::dialect::coco_as;
  const avouch::Bytes message{data, size};
  check(read_grpc_request(message, {}));
  const Result<avouch::Json> json = avouch::parse_json(avouch::as_text(message));
  if (json.has_value()) check(read_rest_request(*json, {}));
  return 0;
}
