// The platform and its realm apart, as Veraison reports them: two submodules, each with what its own token says.
#pragma once

#include <vector>

#include "tee/claims.h"

namespace avouch::tee::cca {

// CCA_SSD_PLATFORM and CCA_REALM, in this order, of what claims() made. What the room found wrong is all about the
// platform. Its ceilings have the values of Veraison's scheme there, where the hardware is genuine once it has signed:
//   firmware or configuration not as endorsed   executables 33, configuration 32
//   not secured                                 instance-identity, runtime-opaque, storage-opaque 96
// source  Veraison services 6b88102, scheme/arm-cca; AR4SI draft-ietf-rats-ar4si-10 section 2.3
std::vector<Part> parts(const Claims& claims);

}  // namespace avouch::tee::cca
