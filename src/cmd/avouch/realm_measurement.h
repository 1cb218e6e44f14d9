// The initial measurement (RIM) of a realm made of files, by the algorithm of the real thing.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace avouch::cmd {

// A RIM in the making, as the RMM keeps it from RMI_REALM_CREATE on.
//   source   Realm Management Monitor specification, DEN0137 1.0: RIM extension, RmmMeasurementDescriptorData
class RealmMeasurement {
 public:
  static constexpr std::size_t kGranuleBytes = 4096;

  // RMI_REALM_CREATE: SHA-256, a stage 2 of 40 bits, one breakpoint and one watchpoint, neither LPA2, SVE nor PMU.
  RealmMeasurement();
  // RMI_DATA_CREATE, measured. The granule is of kGranuleBytes.
  void add_data(std::uint64_t address, Bytes granule);
  Bytes value() const { return value_; }

 private:
  crypto::Digest value_;
};

// The RIM of a realm whose memory holds these files, each starting a new granule, one after the other from 1 GiB on;
// the last granule of a file is filled with zeros. (A real host also places a device tree and measures a REC.)
//   fails   kRequest: realm.image (no file, unreadable, empty, together over limits::kRealmImageBytes)
Result<Buffer> measure_images(const std::vector<std::string>& paths);

}  // namespace avouch::cmd
