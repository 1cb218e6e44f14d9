// Firmware as measured against firmware as endorsed. A difference is no failure: the evidence stays genuine, and what
// it may still be worth is capped by findings that no policy can lift.
#pragma once

#include <span>
#include <vector>

#include "tee/authentic.h"
#include "tee/cca/evidence.h"
#include "tee/claims.h"
#include "tee/collateral.h"

namespace avouch::tee::cca {

struct PlatformVerdict {
  ReferenceState state;
  std::vector<ReferenceComparison> comparisons;  // software components, configuration, and the lifecycle if it is wrong
  std::vector<Finding> findings;                 // firmware and lifecycle; empty if all is as endorsed and secured
};

// Compares with every record of the same implementation id. A record matches whole or not at all: equal configuration
// and the same software components in the same order; one match suffices.
//   fails   kInternal: cca.endorsement.damaged (a record from our own store cannot be read)
Result<PlatformVerdict> compare(const Authentic<PlatformToken>& platform,
                                std::span<const PlatformReference> references);

}  // namespace avouch::tee::cca
