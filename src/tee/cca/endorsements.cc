#include "tee/cca/endorsements.h"

#include <algorithm>
#include <initializer_list>

#include "codec/hex.h"
#include "format/jwk.h"
#include "tee/cca/evidence.h"

namespace avouch::tee::cca {
namespace {

Error refused(const char* code, std::string detail) {
  return Error{Blame::kRequest, code, std::move(detail)};
}

constexpr std::initializer_list<std::size_t> kDigestSizes = {32, 48, 64};
constexpr std::initializer_list<std::size_t> kAnySize = {};

Result<Buffer> octets_of(const Json& text, const char* name, std::initializer_list<std::size_t> sizes) {
  const std::string* hex = text.as_string();
  ENSURE(hex != nullptr, refused("cca.endorsement.shape", std::string(name) + " is not a string"));
  Result<Buffer> octets = codec::from_hex(*hex);
  ENSURE(octets.has_value(), refused("cca.endorsement.hex", name));
  ENSURE(sizes.size() == 0 || std::find(sizes.begin(), sizes.end(), octets->size()) != sizes.end(),
         refused("cca.endorsement.size", std::string(name) + " has " + std::to_string(octets->size()) + " octets"));
  return octets;
}

Result<Buffer> octets(const Json& object, const char* name, std::initializer_list<std::size_t> sizes) {
  const Json* member = object.find(name);
  ENSURE(member != nullptr, refused("cca.endorsement.shape", std::string(name) + " is missing"));
  return octets_of(*member, name, sizes);
}

// Absent and null are the same: the peers' tools write both.
Result<std::optional<std::string>> optional_text(const Json& object, const char* name) {
  const Json* member = object.find(name);
  if (member == nullptr || member->is_null()) return std::optional<std::string>();
  ENSURE(member->as_string() != nullptr, refused("cca.endorsement.shape", std::string(name) + " is not a string"));
  return std::optional<std::string>(*member->as_string());
}

Result<const Json::Array*> array(const Json& object, const char* name) {
  const Json* member = object.find(name);
  const Json::Array* items = member == nullptr ? nullptr : member->as_array();
  ENSURE(items != nullptr, refused("cca.endorsement.shape", std::string(name) + " is missing or not an array"));
  return items;
}

}  // namespace

Result<TrustAnchor> parse_trust_anchor(const Json& entry) {
  const Buffer implementation_id = TRY(octets(entry, "implementation-id", {kImplementationIdBytes}));
  const Buffer instance_id = TRY(octets(entry, "instance-id", {kInstanceIdBytes}));
  const Json* jwk = entry.find("pkey");
  ENSURE(jwk != nullptr, refused("cca.endorsement.shape", "pkey is missing"));
  Result<crypto::PublicKey> key = jose::public_key_from_jwk(*jwk);
  ENSURE(key.has_value(), refused("cca.endorsement.key", std::string(key.error().code) + " " + key.error().detail));
  ENSURE(key->kind() == crypto::KeyKind::kEc, refused("cca.endorsement.key", "not an EC key"));
  return TrustAnchor{codec::to_hex(implementation_id) + "/" + codec::to_hex(instance_id), *std::move(key)};
}

Result<PlatformRecord> parse_platform_record(const Json& record) {
  PlatformRecord out;
  out.implementation_id = TRY(octets(record, "implementation-id", {kImplementationIdBytes}));
  out.config = TRY(octets(record, "platform-configuration", kAnySize));
  const Json::Array* components = TRY(array(record, "sw-components"));
  ENSURE(!components->empty(), refused("cca.endorsement.shape", "sw-components is empty"));
  for (const Json& component : *components) {
    ComponentReference reference;
    reference.measurement = TRY(octets(component, "measurement-value", kDigestSizes));
    reference.signer_id = TRY(octets(component, "signer-id", kDigestSizes));
    reference.type = TRY(optional_text(component, "component-type"));
    reference.version = TRY(optional_text(component, "version"));
    out.components.push_back(std::move(reference));
  }
  return out;
}

Result<RealmRecord> parse_realm_record(const Json& record) {
  RealmRecord out;
  out.initial_measurement = TRY(octets(record, "initial-measurement", kDigestSizes));
  const Json::Array* measurements = TRY(array(record, "extensible-measurements"));
  ENSURE(measurements->size() == out.extensible_measurements.size(),
         refused("cca.endorsement.shape", "extensible-measurements are four"));
  for (std::size_t i = 0; i < out.extensible_measurements.size(); ++i) {
    out.extensible_measurements[i] = TRY(octets_of((*measurements)[i], "extensible-measurements", kDigestSizes));
  }
  out.personalization_value = TRY(octets(record, "personalization-value", {kPersonalizationValueBytes}));
  return out;
}

}  // namespace avouch::tee::cca
