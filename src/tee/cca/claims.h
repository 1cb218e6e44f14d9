// Authentic CCA tokens in the words that policies read: a superset of what Trustee hands to its policies, with
// Veraison's member names. Octet strings are standard padded Base64; README.md lists every member.
#pragma once

#include "tee/authentic.h"
#include "tee/cca/evidence.h"
#include "tee/cca/references.h"
#include "tee/claims.h"

namespace avouch::tee::cca {

Claims claims(const Authentic<PlatformToken>& platform, const Authentic<RealmToken>& realm, PlatformVerdict verdict);

// "cca-platform-sw-components", also what a comparison shows as measured.
Json software_components_json(const PlatformClaims& claims);

}  // namespace avouch::tee::cca
