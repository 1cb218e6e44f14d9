// Reference values out of signed SWID tags (TCG RIM), under the names that Trustee's RVPS gives them.
#pragma once

#include <string_view>

#include "appraise/provenance.h"

namespace avouch::appraise {

// The extractor of type "swid": base64 of a manifest in XML, signed by whom a root of trust.swid vouches for. Where
// unsigned ones are allowed and no root is named, no signature is looked at, as the peer's does not.
//   fails   kRequest: base64.*, provenance.payload (the detail has the reader's code and words), provenance.unsigned,
//           provenance.untrusted (the signature is not valid, not over the whole, or of nobody whom we trust)
Result<Provenance> extract_swid(std::string_view payload, const ProvenanceTrust& trust, Instant now);

}  // namespace avouch::appraise
