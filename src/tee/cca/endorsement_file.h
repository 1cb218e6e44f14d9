// What an operator loads for CCA, in any of three forms:
//   a ta-store    [{"implementation-id": hex, "instance-id": hex, "pkey": JWK}, ...]
//   a rv-store    {"platform": [...], "realm": [...]}, both optional
//   both          {"trust-anchors": a ta-store, "reference-values": a rv-store}: what `avouch realm endorsements` says
#pragma once

#include "codec/json.h"
#include "tee/collateral.h"

namespace avouch::tee::cca {

// The reference values that an endorsed realm is added to. The Arm learning path's policy reads the first name.
inline constexpr const char* kInitialMeasurementReference = "cca.realm.cca-realm-initial-measurement";
inline constexpr const char* kExtensibleMeasurementsReference = "cca.realm.cca-realm-extensible-measurements";

// Splits a document into records to keep. A realm becomes reference values: its RIM, and those of its REMs that are not
// zero; which REM went with which RIM is not kept, and the personalization value is judged as init data instead.
//   fails   kRequest: cca.endorsement.* of endorsements.h, cca.endorsement.shape also for an unknown member,
//           cca.endorsement.duplicate (two keys for one platform)
Result<EndorsedRecords> read_endorsement_file(const Json& document);

}  // namespace avouch::tee::cca
