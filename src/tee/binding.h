// Binding: what evidence must carry to count for this session and no other. Mandatory in every verification.
#pragma once

#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::tee {

// Absence is a value with a reason, never a skipped check by accident.
struct NotDemanded {
  const char* reason;  // "the guest sent no init data", "offline, no challenge given"
};

class Binding {
 public:
  // `report_data`: the digest of nonce and key that the guest had to bind; 1 to 64 octets, never padded here.
  //   fails   kInternal: binding.report-data (empty or longer than 64)
  static Result<Binding> make(std::variant<Buffer, NotDemanded> report_data,
                              std::variant<Buffer, NotDemanded> init_data);

  // Null where not demanded; the reason then is in report_data_reason().
  const Buffer* report_data() const { return std::get_if<Buffer>(&report_data_); }
  const Buffer* init_data() const { return std::get_if<Buffer>(&init_data_); }

 private:
  Binding(std::variant<Buffer, NotDemanded> report_data, std::variant<Buffer, NotDemanded> init_data)
      : report_data_(std::move(report_data)), init_data_(std::move(init_data)) {}
  std::variant<Buffer, NotDemanded> report_data_;
  std::variant<Buffer, NotDemanded> init_data_;
};

// `digest` followed by zeros up to `size_bytes`: how the KBS dialect fills a TEE's field that is longer than the
// digest. Never cuts.   fails   kRequest: binding.too-long
Result<Buffer> zero_padded(Bytes digest, std::size_t size_bytes);

}  // namespace avouch::tee
