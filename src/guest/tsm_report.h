// Reads one attestation report from Linux's TSM interface, the same for every TEE that has a driver for it.
//   source   Linux, Documentation/ABI/testing/configfs-tsm; drivers/virt/coco/guest/report.c
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::guest {

inline constexpr std::size_t kTsmInblobBytesMax = 64;  // TSM_REPORT_INBLOB_MAX

struct TsmReport {
  std::string provider;  // the driver, e.g. "arm_cca_guest", without its newline
  Buffer outblob;        // the report; what it holds depends on the provider
};

// The driver behind `root`, the folder "report" of configfs-tsm.
//   fails   kUnavailable: guest.tsm.absent (no such folder, or no driver), guest.tsm.failed (the kernel refused a step;
//           detail says which), guest.tsm.denied (no permission: one must be root)
Result<std::string> tsm_provider(const std::string& root);

// A fresh report over `inblob`, which the TEE's driver may want in a certain length. Makes an entry of its own, that is
// gone afterwards whatever happened, so any number of processes may do this at once.
//   fails   as tsm_provider();  kRequest: guest.report-data (empty, or over kTsmInblobBytesMax);
//           kUnavailable: guest.tsm.contended (somebody else wrote to our entry: the report may not be over `inblob`)
Result<TsmReport> read_tsm_report(const std::string& root, Bytes inblob);

}  // namespace avouch::guest
