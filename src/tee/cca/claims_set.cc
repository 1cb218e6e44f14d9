// The claims-sets inside the two tokens. One line a claim, as the tables of README.md have them.
#include <algorithm>
#include <initializer_list>
#include <span>

#include "codec/cbor.h"
#include "codec/utf8.h"
#include "tee/cca/evidence.h"
#include "tee/cca/labels.h"

namespace avouch::tee::cca {
namespace {

Error refused(const char* code, std::string detail) {
  return Error{Blame::kEvidence, code, std::move(detail)};
}

Result<Bytes> octets(cbor::Reader& value, std::initializer_list<std::size_t> sizes, const char* code) {
  const Bytes raw = TRY(value.bytes());
  ENSURE(std::find(sizes.begin(), sizes.end(), raw.size()) != sizes.end(),
         refused(code, std::to_string(raw.size()) + " octets"));
  return raw;
}

Result<Bytes> digest(cbor::Reader& value, const char* code) {
  return octets(value, {32, 48, 64}, code);
}

// Exactly the names of the IANA registry: a second spelling would be a second way to say the same.
Result<crypto::Hash> hash(cbor::Reader& value, const char* code) {
  const std::string_view name = TRY(value.text());
  for (const crypto::Hash known : {crypto::Hash::kSha256, crypto::Hash::kSha384, crypto::Hash::kSha512}) {
    if (name == hash_name(known)) return known;
  }
  return refused(code, std::string(codec::utf8_prefix(name, 32)) + ", not sha-256, sha-384 or sha-512");
}

struct MandatoryClaim {
  std::int64_t label;
  const char* name;
};

// Remembers which mandatory claims came.
class Checklist {
 public:
  explicit Checklist(std::span<const MandatoryClaim> claims) : claims_(claims) {}

  void tick(std::int64_t label) {
    for (std::size_t i = 0; i < claims_.size(); ++i) {
      if (claims_[i].label == label) came_ |= 1U << i;
    }
  }
  Status complete(const char* code) const {
    for (std::size_t i = 0; i < claims_.size(); ++i) {
      ENSURE((came_ & (1U << i)) != 0, refused(code, claims_[i].name));
    }
    return ok();
  }

 private:
  std::span<const MandatoryClaim> claims_;
  std::uint32_t came_ = 0;
};

constexpr MandatoryClaim kPlatformClaims[] = {
    {label::kProfile, "cca-platform-profile"},
    {label::kChallenge, "cca-platform-challenge"},
    {label::kImplementationId, "cca-platform-implementation-id"},
    {label::kInstanceId, "cca-platform-instance-id"},
    {label::kConfig, "cca-platform-config"},
    {label::kLifecycle, "cca-platform-lifecycle"},
    {label::kSoftwareComponents, "cca-platform-sw-components"},
    {label::kPlatformHashAlgorithm, "cca-platform-hash-algo-id"},
};

constexpr MandatoryClaim kComponentClaims[] = {
    {label::kComponentMeasurement, "measurement-value"},
    {label::kComponentSigner, "signer-id"},
};

constexpr MandatoryClaim kRealmClaims[] = {
    {label::kChallenge, "cca-realm-challenge"},
    {label::kPersonalizationValue, "cca-realm-personalization-value"},
    {label::kRealmHashAlgorithm, "cca-realm-hash-algo-id"},
    {label::kRealmPublicKey, "cca-realm-public-key"},
    {label::kPublicKeyHashAlgorithm, "cca-realm-public-key-hash-algo-id"},
    {label::kInitialMeasurement, "cca-realm-initial-measurement"},
    {label::kExtensibleMeasurements, "cca-realm-extensible-measurements"},
};

Result<Profile> platform_profile(cbor::Reader& value) {
  const std::string_view name = TRY(value.text());
  if (name == label::kLegacyPlatformProfile) return Profile::kLegacy;
  if (name == label::k2023PlatformProfile) return Profile::k2023;
  return refused("cca.platform.profile", std::string(codec::utf8_prefix(name, 64)));
}

Result<Profile> realm_profile(cbor::Reader& value) {
  const std::string_view name = TRY(value.text());
  if (name == label::k2023RealmProfile) return Profile::k2023;
  return refused("cca.realm.profile", std::string(codec::utf8_prefix(name, 64)));
}

Result<Bytes> implementation_id(cbor::Reader& value) {
  return octets(value, {kImplementationIdBytes}, "cca.platform.implementation-id");
}

Result<Bytes> personalization_value(cbor::Reader& value) {
  return octets(value, {kPersonalizationValueBytes}, "cca.realm.personalization-value");
}

Result<Bytes> initial_measurement(cbor::Reader& value) {
  return digest(value, "cca.realm.initial-measurement");
}

Result<crypto::Hash> public_key_hash(cbor::Reader& value) {
  return hash(value, "cca.realm.public-key-hash");
}

Result<Bytes> instance_id(cbor::Reader& value) {
  const Bytes ueid = TRY(octets(value, {kInstanceIdBytes}, "cca.platform.instance-id"));
  ENSURE(ueid[0] == 0x01, refused("cca.platform.instance-id", "the UEID is not of type RAND (0x01)"));
  return ueid;
}

// Seven ranges of 256 values, 0x0000-0x00ff to 0x6000-0x60ff; what lies between means nothing.
Result<std::uint16_t> lifecycle(cbor::Reader& value) {
  const std::uint64_t number = TRY(value.unsigned_integer());
  ENSURE(number <= 0x60ff && (number & 0x0f00) == 0, refused("cca.platform.lifecycle", std::to_string(number)));
  return static_cast<std::uint16_t>(number);
}

Result<std::string_view> service_indicator(cbor::Reader& value) {
  const std::string_view url = TRY(value.text());
  ENSURE(!url.empty(), refused("cca.platform.service-indicator", "empty"));
  return url;
}

Result<SoftwareComponent> software_component(cbor::Reader& value) {
  SoftwareComponent out{};
  Checklist checklist(kComponentClaims);
  const auto on_claim = [&](const cbor::Key& key, cbor::Reader& in) -> Status {
    if (!key.is_text) checklist.tick(key.number);
    // clang-format off
    switch (key.is_text ? 0 : key.number) {
      case label::kComponentType: out.type = TRY(in.text()); break;
      case label::kComponentMeasurement: out.measurement = TRY(digest(in, "cca.platform.measurement")); break;
      case label::kComponentVersion: out.version = TRY(in.text()); break;
      case label::kComponentSigner: out.signer_id = TRY(digest(in, "cca.platform.signer-id")); break;
      case label::kComponentHashAlgorithm: out.hash_algorithm = TRY(in.text()); break;
      default: TRY(in.skip());
    }
    // clang-format on
    return ok();
  };
  TRY(cbor::read_map(value, on_claim));
  TRY(checklist.complete("cca.platform.sw-component"));
  return out;
}

Result<std::vector<SoftwareComponent>> software_components(cbor::Reader& value) {
  const std::uint64_t count = TRY(value.array());
  ENSURE(1 <= count && count <= kSoftwareComponentCountMax,
         refused("cca.platform.sw-components", std::to_string(count) + " components"));
  std::vector<SoftwareComponent> out;
  out.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) out.push_back(TRY(software_component(value)));
  return out;
}

Result<std::array<Bytes, kExtensibleMeasurementCount>> measurements(cbor::Reader& value) {
  const std::uint64_t count = TRY(value.array());
  ENSURE(count == kExtensibleMeasurementCount,
         refused("cca.realm.rem-count", std::to_string(count) + " extensible measurements, not 4"));
  std::array<Bytes, kExtensibleMeasurementCount> out;
  for (Bytes& measurement : out) measurement = TRY(digest(value, "cca.realm.extensible-measurement"));
  return out;
}

}  // namespace

Result<PlatformClaims> parse_platform_claims(Bytes claims_set) {
  cbor::Reader reader(claims_set, "cca.platform");
  PlatformClaims out{};
  Checklist checklist(kPlatformClaims);
  const auto on_claim = [&](const cbor::Key& key, cbor::Reader& in) -> Status {
    if (!key.is_text) checklist.tick(key.number);
    // clang-format off
    switch (key.is_text ? 0 : key.number) {
      case label::kProfile: out.profile = TRY(platform_profile(in)); break;
      case label::kChallenge: out.challenge = TRY(digest(in, "cca.platform.challenge")); break;
      case label::kImplementationId: out.implementation_id = TRY(implementation_id(in)); break;
      case label::kInstanceId: out.instance_id = TRY(instance_id(in)); break;
      case label::kConfig: out.config = TRY(in.bytes()); break;
      case label::kLifecycle: out.lifecycle = TRY(lifecycle(in)); break;
      case label::kSoftwareComponents: out.software_components = TRY(software_components(in)); break;
      case label::kServiceIndicator: out.service_indicator = TRY(service_indicator(in)); break;
      case label::kPlatformHashAlgorithm: out.hash_algorithm = TRY(hash(in, "cca.platform.hash-algorithm")); break;
      default: TRY(in.skip());
    }
    // clang-format on
    return ok();
  };
  TRY(cbor::read_map(reader, on_claim));
  TRY(reader.end());
  TRY(checklist.complete("cca.platform.missing"));
  return out;
}

Result<RealmClaims> parse_realm_claims(Bytes claims_set) {
  cbor::Reader reader(claims_set, "cca.realm");
  RealmClaims out{};
  out.profile = Profile::kLegacy;
  Checklist checklist(kRealmClaims);
  const auto on_claim = [&](const cbor::Key& key, cbor::Reader& in) -> Status {
    if (!key.is_text) checklist.tick(key.number);
    // clang-format off
    switch (key.is_text ? 0 : key.number) {
      case label::kProfile: out.profile = TRY(realm_profile(in)); break;
      case label::kChallenge: out.challenge = TRY(octets(in, {kChallengeBytes}, "cca.realm.challenge")); break;
      case label::kPersonalizationValue: out.personalization_value = TRY(personalization_value(in)); break;
      case label::kRealmHashAlgorithm: out.hash_algorithm = TRY(hash(in, "cca.realm.hash-algorithm")); break;
      case label::kRealmPublicKey: out.public_key = TRY(in.bytes()); break;
      case label::kInitialMeasurement: out.initial_measurement = TRY(initial_measurement(in)); break;
      case label::kExtensibleMeasurements: out.extensible_measurements = TRY(measurements(in)); break;
      case label::kPublicKeyHashAlgorithm: out.public_key_hash_algorithm = TRY(public_key_hash(in)); break;
      default: TRY(in.skip());
    }
    // clang-format on
    return ok();
  };
  TRY(cbor::read_map(reader, on_claim));
  TRY(reader.end());
  TRY(checklist.complete("cca.realm.missing"));
  // The form of the key follows from the profile, and the profile may come after the key.
  ENSURE(out.profile == Profile::k2023 || out.public_key.size() == kRawRealmKeyBytes,
         refused("cca.realm.public-key", std::to_string(out.public_key.size()) + " octets without a profile, not 97"));
  return out;
}

}  // namespace avouch::tee::cca
