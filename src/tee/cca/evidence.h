// A CCA attestation token, split into fields. Nothing in it may be believed yet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "format/cose.h"

namespace avouch::tee::cca {

inline constexpr std::size_t kChallengeBytes = 64;
inline constexpr std::size_t kImplementationIdBytes = 32;
inline constexpr std::size_t kInstanceIdBytes = 33;  // a UEID (RFC 9711 section 4.2.1) of type RAND: 0x01, 32 octets
inline constexpr std::size_t kPersonalizationValueBytes = 64;
inline constexpr std::size_t kRawRealmKeyBytes = 97;  // 0x04, X, Y of P-384
inline constexpr std::size_t kExtensibleMeasurementCount = 4;
inline constexpr std::size_t kSoftwareComponentCountMax = 64;  // Arm's reference platform has 13.

// kLegacy: "http://arm.com/CCA-SSD/1.0.0", a realm without profile whose key is a raw point.
// k2023: "tag:arm.com,2023:cca_platform#1.0.0" and "tag:arm.com,2023:realm#1.0.0", whose key is a COSE_Key.
enum class Profile : unsigned char { kLegacy, k2023 };

struct SoftwareComponent {
  std::optional<std::string_view> type;  // "AP_BL31"
  Bytes measurement;                     // 32, 48 or 64 octets
  std::optional<std::string_view> version;
  Bytes signer_id;  // 32, 48 or 64 octets
  std::optional<std::string_view> hash_algorithm;
};

struct PlatformClaims {
  Profile profile;
  Bytes challenge;          // 32, 48 or 64 octets: the digest of the realm's key
  Bytes implementation_id;  // kImplementationIdBytes
  Bytes instance_id;        // kInstanceIdBytes, the first 0x01
  Bytes config;
  std::uint16_t lifecycle;                             // within one of the seven ranges
  std::vector<SoftwareComponent> software_components;  // never empty
  std::optional<std::string_view> service_indicator;   // never empty
  crypto::Hash hash_algorithm;
};

struct RealmClaims {
  Profile profile;
  Bytes challenge;              // kChallengeBytes: nonce and key of the guest
  Bytes personalization_value;  // kPersonalizationValueBytes: init data
  crypto::Hash hash_algorithm;
  Bytes public_key;  // the very octets received: their digest is the platform's challenge
  crypto::Hash public_key_hash_algorithm;
  Bytes initial_measurement;                                               // 32, 48 or 64 octets
  std::array<Bytes, kExtensibleMeasurementCount> extensible_measurements;  // likewise
};

struct PlatformToken {
  cose::Sign1 message;
  PlatformClaims claims;
  using Authenticator = class PlatformSignature;
};

struct RealmToken {
  cose::Sign1 message;
  RealmClaims claims;
  using Authenticator = class RealmSignature;
};

struct Evidence {
  PlatformToken platform;
  RealmToken realm;
};

// Splits a whole token: CBOR tag 399 or 907 around a platform and a realm token.
//   token    at most limits::kEvidenceBytes; must outlive the result, which borrows from it
//   fails    kEvidence: cbor.*, cose.*, those below, and
//            cca.size, cca.collection.tag, cca.collection.key (neither platform nor realm), cca.collection.no-platform,
//            cca.collection.no-realm, cca.cmw.shape, cca.cmw.content-format, cca.profile.mixed
//   source   draft-ffm-rats-cca-token-03, and what the peers accept (README.md)
Result<Evidence> parse(Bytes token);

// Splits the claims-set of a platform token; unknown claims are passed over.
//   fails    kEvidence: cbor.*, cca.platform.{missing, profile, challenge, implementation-id, instance-id, lifecycle,
//            sw-components (none, or too many), sw-component (lacks a measurement or signer), measurement, signer-id,
//            service-indicator, hash-algorithm}
Result<PlatformClaims> parse_platform_claims(Bytes claims_set);

// Likewise of a realm token.
//   fails    kEvidence: cbor.*, cca.realm.{missing, profile, challenge, personalization-value, hash-algorithm,
//            public-key, public-key-hash, initial-measurement, rem-count, extensible-measurement}
Result<RealmClaims> parse_realm_claims(Bytes claims_set);

const char* hash_name(crypto::Hash hash);                     // "sha-256", as in the tokens
std::string_view profile_name(const PlatformClaims& claims);  // as in the token
const char* lifecycle_state(std::uint16_t lifecycle);         // "secured"
bool is_secured(std::uint16_t lifecycle);

// "<implementation-id hex>/<instance-id hex>" and "<implementation-id hex>": keys of collateral.
std::string trust_anchor_key(const PlatformClaims& claims);
std::string platform_reference_key(const PlatformClaims& claims);

}  // namespace avouch::tee::cca
