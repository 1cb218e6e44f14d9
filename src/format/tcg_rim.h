// Reference values of a Reference Integrity Manifest (TCG RIM IM): a SWID tag (ISO/IEC
// 19770-2:2015) whose payload lists measurements, as vendors publish for the firmware of their devices. What is read,
// and how it is named, is what Trustee's extractor "swid" gives.
#pragma once

#include "base/result.h"
#include "codec/json.h"
#include "codec/xml.h"

namespace avouch::tcg_rim {

// "<manufacturer>.<edition>.measurement_<index>": [SHA-384 digest, …], of each Resource of type Measurement that has a
// digest which is not all zeros: zeros say that there is nothing at that index. Spaces of the manufacturer and all
// dashes become underscores.
//   fails   kRequest: rim.meta (no manufacturer or edition), rim.payload, rim.index (a measurement without, or two with
//           one), rim.empty (no measurement at all)
Result<Json::Object> reference_values(const xml::Element& document);

}  // namespace avouch::tcg_rim
