// Reference values out of CoRIM manifests, under the names that Trustee's RVPS gives them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "appraise/provenance.h"
#include "format/corim.h"

namespace avouch::appraise {

// A manifest that counts here and now: signed by whom we trust, or unsigned where that is allowed; begun, and not
// ended. Borrows from the octets that the CoRIM was parsed from.
class BelievedManifest {
 public:
  //   fails   kRequest: provenance.unsigned, provenance.untrusted (no key or certificate that we trust made the
  //           signature; the detail says what was tried), provenance.not-yet, provenance.expired
  static Result<BelievedManifest> believe(corim::Corim corim, const SupplierTrust& trust, Instant now);

  const corim::Manifest& manifest() const { return corim_.manifest; }
  std::string signer() const;              // empty: unsigned
  std::optional<Instant> ends_at() const;  // the earlier end of manifest and signature

 private:
  explicit BelievedManifest(corim::Corim corim) : corim_(std::move(corim)) {}
  corim::Corim corim_;
};

// A reference value for the digests of each measurement of the reference triples, and one for its raw value:
//   vendor/model/element/name/serial number + "/digests"    a list of hexadecimal texts
//                                           + "/raw_bytes"  one hexadecimal text
// of which those parts are left out that are not given. An element is a text, a UUID or "claim" and its number. Other
// measured values, masked ones and endorsed triples give none.
Json::Object reference_values(const BelievedManifest& believed);
// The same of a manifest that nobody vouches for, to show to people.
Json::Object preview_reference_values(const corim::Manifest& manifest);

// The extractor of type "corim": base64 of a CoRIM.
//   fails   kRequest: base64.*, provenance.payload (the detail has the reader's code and words), provenance.nothing
//   (not
//           one reference value), and those of BelievedManifest::believe()
Result<Provenance> extract_corim(std::string_view payload, const ProvenanceTrust& trust, Instant now);

}  // namespace avouch::appraise
