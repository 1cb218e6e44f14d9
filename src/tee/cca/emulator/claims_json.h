// Claims-sets of CCA tokens as people write them: the JSON form of Veraison's ccatoken (README.md has the names).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json.h"

namespace avouch::tee::cca::emulator {

// The CBOR claims-set that `claims` describes. It obeys the rules of parse_platform_claims(): they are applied to it.
//   claims   an object; octets are padded Base64. A member that is no claim is passed over, as it is in CBOR
//   fails    kRequest: cca.claims.shape (no object), cca.claims.kind (the detail names the member), cca.claims.base64;
//            kEvidence: what parse_platform_claims() refuses
//   source   ccatoken 4f1244eb09bd, platform/claims.go
Result<Buffer> platform_claims_from_json(const Json& claims);

// Likewise for a realm.
//   source   ccatoken 4f1244eb09bd, realm/claims.go
Result<Buffer> realm_claims_from_json(const Json& claims);

}  // namespace avouch::tee::cca::emulator
