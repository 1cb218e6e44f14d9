// Attester: what this guest is, and its evidence. It runs inside the TEE, and knows nothing of verification.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json.h"

namespace avouch::guest {

class Attester {
 public:
  virtual ~Attester() = default;
  // The TEE's name in the KBS protocol: "cca", "sample".
  virtual std::string_view tee() const = 0;
  // Evidence in the JSON form of the KBS protocol, over report data of 1 to 64 octets.
  //   fails   kRequest: guest.report-data;  kUnavailable: as read_tsm_report()
  virtual Result<Json> evidence(Bytes report_data) const = 0;
};

struct DetectOptions {
  std::string tsm_root = "/sys/kernel/config/tsm/report";
  bool allow_sample = false;  // Where there is no TEE, make evidence that proves nothing. Only if a user asks for it.
};

// The attester of the TEE that this machine is.
//   fails   kUnavailable: guest.no-tee (detail says what was looked for, and what to do);
//           guest.tsm.denied, guest.tsm.failed (there is a TEE but it cannot be used: never taken for "no TEE")
Result<std::unique_ptr<Attester>> detect(const DetectOptions& options);

}  // namespace avouch::guest
