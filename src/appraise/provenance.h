// Provenance: messages of those who supply reference values, in the form of Trustee's RVPS:
//   {"version": "0.1.0", "type": "sample", "payload": text}
// Each type has an extractor, which makes reference values of the payload.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"
#include "crypto/key.h"
#include "crypto/x509.h"

namespace avouch::appraise {

// Whose signature on a payload counts. By default nobody's, and nothing that is unsigned.
struct SupplierTrust {
  std::vector<crypto::PublicKey> keys{};
  std::vector<crypto::Certificate> roots{};  // of the certificates that come with a signature
  bool allow_unsigned = false;               // then whoever may register decides what counts
};

// By type of payload. A sample is never signed.
struct ProvenanceTrust {
  SupplierTrust corim{};
  SupplierTrust swid{};  // its keys are not asked
};

// What an extractor found in a payload that it believes.
struct Provenance {
  Json::Object values{};             // by name, in the order in which they stand; of two of one name the later counts
  std::optional<Instant> ends_at{};  // when they end in their supplier's word
  std::string signer{};              // as the signature names it; empty: unsigned
};

//   fails   kRequest: provenance.payload, base64.*, json.*, and those of a type
using Extractor = Result<Provenance> (*)(std::string_view payload, const ProvenanceTrust& trust, Instant now);

struct NamedExtractor {
  std::string_view type;
  Extractor extract;
};

// Every extractor of this build.
const std::vector<NamedExtractor>& extractors();

//   fails   kRequest: provenance.shape, provenance.version, provenance.type (no extractor is called so), and those of
//           the extractor
Result<Provenance> read_provenance(std::string_view message, const ProvenanceTrust& trust, Instant now);

// The message for a payload, as read_provenance() takes it.
std::string make_provenance(std::string_view type, std::string_view payload);

}  // namespace avouch::appraise
