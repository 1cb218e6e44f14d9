// The bodies of auth and attest, from anybody: no crash, and what was read of an attest request
// reads the same again when it is written.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "dialect/kbs/messages.h"
#include "format/coco.h"

namespace {

using avouch::Json;
using avouch::dialect::kbs::AttestRequest;

Json init_data_of(const AttestRequest& request) {
  if (!request.init_data.has_value()) return nullptr;
  return Json::object({{"format", request.init_data->first}, {"body", request.init_data->second}});
}

// In the layout of 0.4.x, which holds whatever any generation says.
std::string write(const AttestRequest& request) {
  return to_text(Json::object(
      {{"init-data", init_data_of(request)},
       {"runtime-data", Json::object({{"nonce", request.nonce.value_or("")}, {"tee-pubkey", request.filtered_jwk}})},
       {"tee-evidence", Json::object({{"primary_evidence", request.primary_evidence},
                                      {"additional_evidence", request.additional_evidence}})}}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace kbs = avouch::dialect::kbs;
  const std::string_view body = avouch::as_text({data, size});
  if (const auto hello = kbs::parse_auth_request(body); hello.has_value()) CHECK(hello->version.starts_with("0."));

  const auto first = kbs::parse_attest_request(body, true);
  if (!first.has_value()) return 0;
  const auto second = kbs::parse_attest_request(write(*first), true);
  CHECK(second.has_value());
  CHECK(second->nonce == first->nonce.value_or(""));
  CHECK(second->filtered_jwk == first->filtered_jwk);
  CHECK(second->primary_evidence == first->primary_evidence);
  CHECK(second->additional_evidence == first->additional_evidence);
  CHECK(second->init_data == first->init_data);
  if (first->binds_additional_evidence) CHECK(report_data(*first, "n") == report_data(*second, "n"));
  for (const char* tee : {"cca", "sample"}) {
    const auto octets = avouch::coco::evidence_octets(tee, first->primary_evidence);
    CHECK(octets.has_value() == avouch::coco::evidence_octets(tee, second->primary_evidence).has_value());
  }
  return 0;
}
