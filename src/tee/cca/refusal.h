// What a refusal was about, for the operator who asks why. Reads evidence that is not authentic: nothing may be decided
// by what comes out of here.
#pragma once

#include <vector>

#include "base/result.h"
#include "tee/binding.h"
#include "tee/cca/evidence.h"
#include "tee/claims.h"
#include "tee/collateral.h"

namespace avouch::tee::cca {

// The comparison that failed with `refusal`, both sides of it; empty where the refusal is about none (a bad signature
// by the realm's key, say, has nothing to compare).
std::vector<ReferenceComparison> compared(const Evidence& token, const Binding& binding, const Collateral& collateral,
                                          const Error& refusal);

}  // namespace avouch::tee::cca
