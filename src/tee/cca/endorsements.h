// The records that operators endorse CCA platforms with, in the form that the field's files have them (README.md shows
// both): entries of a ta-store (trust anchors) and of a rv-store (reference values).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "codec/json.h"
#include "tee/collateral.h"

namespace avouch::tee::cca {

// An entry of a ta-store: {"implementation-id": hex, "instance-id": hex, "pkey": JWK}. The key must be EC.
//   fails   kRequest: cca.endorsement.shape (a member is missing or of another kind), cca.endorsement.hex,
//           cca.endorsement.size, cca.endorsement.key (not a public EC key; detail says why)
Result<TrustAnchor> parse_trust_anchor(const Json& entry);

// One element of "sw-components". What it does not name is not compared.
struct ComponentReference {
  Buffer measurement, signer_id;  // 32, 48 or 64 octets
  std::optional<std::string> type, version;
};

// An entry of "platform" in a rv-store.
struct PlatformRecord {
  Buffer implementation_id;
  Buffer config;
  std::vector<ComponentReference> components;  // never empty
};

// An entry of "realm" in a rv-store.
struct RealmRecord {
  Buffer initial_measurement;  // 32, 48 or 64 octets
  std::array<Buffer, 4> extensible_measurements;
  Buffer personalization_value;
};

//   fails   kRequest: cca.endorsement.shape, cca.endorsement.hex, cca.endorsement.size
Result<PlatformRecord> parse_platform_record(const Json& record);
Result<RealmRecord> parse_realm_record(const Json& record);

}  // namespace avouch::tee::cca
