// CoRIM: a manifest of reference values and endorsements, most often signed by who made the hardware or software
// (draft-ietf-rats-corim-09 section 4). What is read here is not believed: see `signature`.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "format/comid.h"
#include "format/cose.h"

namespace avouch::corim {

struct Validity {
  std::optional<Instant> not_before{}, not_after{};
  bool has_begun(Instant now) const { return !not_before.has_value() || *not_before <= now; }
  bool has_ended(Instant now) const { return not_after.has_value() && *not_after <= now; }
};

struct Manifest {
  Name id{};                                 // a text or a UUID
  std::optional<Name> profile{};             // a URI or an OID: what the members mean
  Validity validity{};                       // rim-validity
  std::vector<std::string_view> entities{};  // who made it, in their own words
  std::vector<Comid> modules{};
  std::size_t other_tags_count = 0;  // CoSWID, CoTL and what we do not know: not read
};

// The signature's own headers. They say who signed only once `message` is verified.
struct Signature {
  cose::Sign1 message;
  std::vector<Bytes> certificates{};  // x5chain, DER, the signer's first; empty: the key is known otherwise
  std::string_view signer{};          // corim-meta's signer-name, or the issuer of CWT claims
  Validity validity{};                // signature-validity, or exp and nbf of CWT claims
};

struct Corim {
  std::optional<Signature> signature{};  // none: nobody vouches for the manifest
  Manifest manifest{};
};

// One CoRIM with nothing after it: tag 501, or tag 18 with a COSE_Sign1 around one. The tags 500 and 502 that earlier
// drafts put in front may stand there. The result borrows from `document`.
//   fails   kEvidence: cbor.*, cose.*, comid.*, corim.size (over limits::kCorimBytes), corim.untagged, corim.shape,
//           corim.missing (id, tags, or the signer's name), corim.time (no whole number of seconds),
//           corim.content-type, corim.detached (the payload is a digest of a manifest that lies elsewhere),
//           corim.too-many (tags)
//   source  draft-ietf-rats-corim-09 sections 4.1, 4.2; RFC 9360 section 2; RFC 9597 section 2
Result<Corim> parse_corim(Bytes document);

}  // namespace avouch::corim
