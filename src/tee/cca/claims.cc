#include "tee/cca/claims.h"

#include "codec/base64.h"
#include "codec/hex.h"
#include "tee/cca/labels.h"

namespace avouch::tee::cca {
namespace {

using codec::to_base64;

Json realm_json(const RealmClaims& claims) {
  Json::Array extensible_measurements;
  extensible_measurements.reserve(claims.extensible_measurements.size());
  for (const Bytes measurement : claims.extensible_measurements) {
    extensible_measurements.emplace_back(to_base64(measurement));
  }
  Json::Object out;
  out.reserve(8);
  out.emplace_back("cca-realm-challenge", to_base64(claims.challenge));
  out.emplace_back("cca-realm-extensible-measurements", std::move(extensible_measurements));
  out.emplace_back("cca-realm-hash-algo-id", hash_name(claims.hash_algorithm));
  out.emplace_back("cca-realm-initial-measurement", to_base64(claims.initial_measurement));
  out.emplace_back("cca-realm-personalization-value", to_base64(claims.personalization_value));
  if (claims.profile == Profile::k2023) out.emplace_back("cca-realm-profile", label::k2023RealmProfile);
  out.emplace_back("cca-realm-public-key", to_base64(claims.public_key));
  out.emplace_back("cca-realm-public-key-hash-algo-id", hash_name(claims.public_key_hash_algorithm));
  return out;
}

Json component_json(const SoftwareComponent& component) {
  Json::Object out;
  out.reserve(5);
  if (component.type.has_value()) out.emplace_back("measurement-type", *component.type);
  out.emplace_back("measurement-value", to_base64(component.measurement));
  if (component.version.has_value()) out.emplace_back("version", *component.version);
  out.emplace_back("signer-id", to_base64(component.signer_id));
  if (component.hash_algorithm.has_value()) out.emplace_back("measurement-description", *component.hash_algorithm);
  return out;
}

Json platform_json(const PlatformClaims& claims, ReferenceState endorsed) {
  Json::Object out;
  out.reserve(12);
  out.emplace_back("cca-platform-instance-id", to_base64(claims.instance_id));
  out.emplace_back("cca-platform-implementation-id", to_base64(claims.implementation_id));
  out.emplace_back("cca-platform-profile", profile_name(claims));
  out.emplace_back("cca-platform-lifecycle", int{claims.lifecycle});
  out.emplace_back("cca-platform-lifecycle-state", lifecycle_state(claims.lifecycle));
  out.emplace_back("cca-platform-config", to_base64(claims.config));
  out.emplace_back("cca-platform-hash-algo-id", hash_name(claims.hash_algorithm));
  if (claims.service_indicator.has_value()) {
    out.emplace_back("cca-platform-service-indicator", *claims.service_indicator);
  }
  out.emplace_back("cca-platform-challenge", to_base64(claims.challenge));
  out.emplace_back("cca-platform-sw-components", software_components_json(claims));
  out.emplace_back("cca-platform-endorsed", to_string(endorsed));
  return out;
}

}  // namespace

Json software_components_json(const PlatformClaims& claims) {
  Json::Array out;
  out.reserve(claims.software_components.size());
  for (const SoftwareComponent& component : claims.software_components) out.push_back(component_json(component));
  return out;
}

Claims claims(const Authentic<PlatformToken>& platform, const Authentic<RealmToken>& realm, PlatformVerdict verdict) {
  const RealmClaims& realm_claims = realm->claims;
  Claims out;
  out.tee = "cca";
  out.submod = "cpu";
  out.evidence =
      Json::object({{"realm", realm_json(realm_claims)}, {"platform", platform_json(platform->claims, verdict.state)}});
  out.report_data = codec::to_hex(realm_claims.challenge);
  out.init_data = codec::to_hex(realm_claims.personalization_value);
  out.comparisons = std::move(verdict.comparisons);
  out.findings = std::move(verdict.findings);
  return out;
}

}  // namespace avouch::tee::cca
