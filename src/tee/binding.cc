#include "tee/binding.h"

#include <algorithm>

namespace avouch::tee {
namespace {

constexpr std::size_t kReportDataBytesMax = 64;  // The longest report data field of any TEE.

}  // namespace

Result<Binding> Binding::make(std::variant<Buffer, NotDemanded> report_data,
                              std::variant<Buffer, NotDemanded> init_data) {
  if (const Buffer* digest = std::get_if<Buffer>(&report_data)) {
    ENSURE(!digest->empty() && digest->size() <= kReportDataBytesMax,
           Error{Blame::kInternal, "binding.report-data", std::to_string(digest->size()) + " octets"});
  }
  return Binding(std::move(report_data), std::move(init_data));
}

Result<Buffer> zero_padded(Bytes digest, std::size_t size_bytes) {
  ENSURE(digest.size() <= size_bytes,
         Error{Blame::kRequest, "binding.too-long",
               std::to_string(digest.size()) + " octets for a field of " + std::to_string(size_bytes)});
  Buffer padded(size_bytes, 0);
  std::copy(digest.begin(), digest.end(), padded.begin());
  return padded;
}

}  // namespace avouch::tee
