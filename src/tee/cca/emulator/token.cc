#include "tee/cca/emulator/token.h"

#include "base/check.h"
#include "codec/cbor.h"
#include "crypto/digest.h"
#include "format/cose.h"
#include "tee/cca/emulator/firmware.h"
#include "tee/cca/labels.h"

namespace avouch::tee::cca::emulator {
namespace {

constexpr std::string_view kHashName = "sha-256";  // of firmware, and of the realm's key

void write_component(cbor::Writer& out, const Firmware& firmware) {
  out.map(firmware.version.empty() ? 4 : 5);
  out.integer(label::kComponentType).text(firmware.type);
  out.integer(label::kComponentMeasurement).bytes(firmware_measurement(firmware));
  if (!firmware.version.empty()) out.integer(label::kComponentVersion).text(firmware.version);
  out.integer(label::kComponentSigner).bytes(firmware_signer());
  out.integer(label::kComponentHashAlgorithm).text(kHashName);
}

void write_member(cbor::Writer& out, std::int64_t label, Bytes token, Collection collection) {
  out.integer(label);
  if (collection == Collection::kCmw907) out.array(2).unsigned_integer(label::kEatCwtContentFormat);
  out.bytes(token);
}

}  // namespace

Buffer encode_realm_key(const crypto::PublicKey& key, Profile profile) {
  const std::optional<crypto::EcPoint> point = key.ec_point();
  CHECK(point.has_value());
  if (profile == Profile::k2023) return cose::encode_ec2_key(*point);
  Buffer raw = {0x04};
  raw.insert(raw.end(), point->x.begin(), point->x.end());
  raw.insert(raw.end(), point->y.begin(), point->y.end());
  return raw;
}

Buffer encode_platform_claims(const PlatformState& state, Bytes challenge, Profile profile) {
  cbor::Writer out;
  out.map(9);
  out.integer(label::kProfile)
      .text(profile == Profile::kLegacy ? label::kLegacyPlatformProfile : label::k2023PlatformProfile);
  out.integer(label::kChallenge).bytes(challenge);
  out.integer(label::kImplementationId).bytes(implementation_id());
  out.integer(label::kInstanceId).bytes(state.instance_id);
  out.integer(label::kConfig).bytes(platform_config());
  out.integer(label::kLifecycle).unsigned_integer(state.lifecycle);
  out.integer(label::kPlatformHashAlgorithm).text(kHashName);
  out.integer(label::kServiceIndicator).text(kServiceIndicator);
  out.integer(label::kSoftwareComponents).array(kFirmware.size());
  for (const Firmware& firmware : kFirmware) write_component(out, firmware);
  return out.take();
}

Buffer encode_realm_claims(const Realm& realm, Bytes challenge, Bytes realm_key, Profile profile) {
  cbor::Writer out;
  out.map(profile == Profile::kLegacy ? 7 : 8);
  if (profile == Profile::k2023) out.integer(label::kProfile).text(label::k2023RealmProfile);
  out.integer(label::kChallenge).bytes(challenge);
  out.integer(label::kRealmHashAlgorithm).text(realm.hash_algorithm);
  out.integer(label::kPublicKeyHashAlgorithm).text(kHashName);
  out.integer(label::kPersonalizationValue).bytes(realm.personalization_value);
  out.integer(label::kRealmPublicKey).bytes(realm_key);
  out.integer(label::kInitialMeasurement).bytes(realm.initial_measurement);
  out.integer(label::kExtensibleMeasurements).array(realm.extensible_measurements.size());
  for (const Buffer& measurement : realm.extensible_measurements) out.bytes(measurement);
  return out.take();
}

Buffer encode_collection(Bytes platform_token, Bytes realm_token, Collection collection) {
  cbor::Writer out;
  out.tag(collection == Collection::kEat399 ? label::kEatCollectionTag : label::kCmwCollectionTag).map(2);
  write_member(out, label::kPlatformToken, platform_token, collection);
  write_member(out, label::kRealmToken, realm_token, collection);
  return out.take();
}

}  // namespace avouch::tee::cca::emulator
