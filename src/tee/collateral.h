// Collateral: what a room needs to judge evidence and may not fetch itself. For Arm CCA these are endorsements from our
// own store: trust anchors and platform reference values; or the testimony of a verifier elsewhere.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codec/json.h"
#include "crypto/key.h"
#include "tee/testimony.h"

namespace avouch::tee {

// What to look up before verification. Read from evidence that nobody has authenticated: a hint, nothing more.
struct Need {
  enum class Kind : unsigned char { kTrustAnchor, kPlatformReferences };
  Kind kind;
  std::string key;  // for CCA: "<implementation-id hex>/<instance-id hex>", and "<implementation-id hex>"
};
using Needs = std::vector<Need>;

struct TrustAnchor {
  std::string key;  // as in Need: the room checks that it is the one that the evidence names
  crypto::PublicKey public_key;
};

struct PlatformReference {
  std::string name;  // how people call it: "cca.platform/<implementation-id hex>#0"
  Json record;       // in the room's own shape, documented in its README
};

struct Collateral {
  std::vector<TrustAnchor> trust_anchors;
  std::vector<PlatformReference> platform_references;
  std::optional<Testimony> testimony{};  // of a room's Question
};

// Endorsements as an operator hands them over, in the room's file formats, split into records to keep.
struct EndorsedRecords {
  struct Record {
    std::string key;  // of a Need; for a reference value, its name
    Json content;     // a JWK; a platform record; a value
  };
  std::vector<Record> trust_anchors;
  std::vector<Record> platform_references;
  std::vector<Record> reference_values;
};

}  // namespace avouch::tee
