// The numbers of CCA tokens: CBOR tags, map labels and profile names.
//   source  draft-ffm-rats-cca-token-03; DEN0137 (RMM specification), attestation token; RFC 9711 for 10, 256 and 265
#pragma once

#include <cstdint>
#include <string_view>

namespace avouch::tee::cca::label {

// The outer item.
inline constexpr std::uint64_t kEatCollectionTag = 399;     // { label: bstr }, as TF-RMM and Linux guests emit it
inline constexpr std::uint64_t kCmwCollectionTag = 907;     // { label: [content format, bstr] }
inline constexpr std::uint64_t kEatCwtContentFormat = 263;  // CoAP content format of application/eat+cwt
inline constexpr std::int64_t kPlatformToken = 44234;
inline constexpr std::int64_t kRealmToken = 44241;

// In both tokens.
inline constexpr std::int64_t kChallenge = 10;
inline constexpr std::int64_t kProfile = 265;

// Platform token.
inline constexpr std::int64_t kInstanceId = 256;
inline constexpr std::int64_t kLifecycle = 2395;
inline constexpr std::int64_t kImplementationId = 2396;
inline constexpr std::int64_t kSoftwareComponents = 2399;
inline constexpr std::int64_t kServiceIndicator = 2400;
inline constexpr std::int64_t kConfig = 2401;
inline constexpr std::int64_t kPlatformHashAlgorithm = 2402;

// One software component.
inline constexpr std::int64_t kComponentType = 1;
inline constexpr std::int64_t kComponentMeasurement = 2;
inline constexpr std::int64_t kComponentVersion = 4;
inline constexpr std::int64_t kComponentSigner = 5;
inline constexpr std::int64_t kComponentHashAlgorithm = 6;

// Realm token.
inline constexpr std::int64_t kPersonalizationValue = 44235;
inline constexpr std::int64_t kRealmHashAlgorithm = 44236;
inline constexpr std::int64_t kRealmPublicKey = 44237;
inline constexpr std::int64_t kInitialMeasurement = 44238;
inline constexpr std::int64_t kExtensibleMeasurements = 44239;
inline constexpr std::int64_t kPublicKeyHashAlgorithm = 44240;

// Values of kProfile. A legacy realm token has none.
inline constexpr std::string_view kLegacyPlatformProfile = "http://arm.com/CCA-SSD/1.0.0";
inline constexpr std::string_view k2023PlatformProfile = "tag:arm.com,2023:cca_platform#1.0.0";
inline constexpr std::string_view k2023RealmProfile = "tag:arm.com,2023:realm#1.0.0";

}  // namespace avouch::tee::cca::label
