#include "tee/cca/emulator/claims_json.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "codec/base64.h"
#include "codec/cbor.h"
#include "tee/cca/evidence.h"
#include "tee/cca/labels.h"

namespace avouch::tee::cca::emulator {
namespace {

enum class Kind : unsigned char { kText, kOctets, kInteger, kOctetsList, kComponentList };

struct Claim {
  const char* name;
  std::int64_t label;
  Kind kind;
};

constexpr Claim kPlatformClaims[] = {
    {"cca-platform-profile", label::kProfile, Kind::kText},
    {"cca-platform-challenge", label::kChallenge, Kind::kOctets},
    {"cca-platform-implementation-id", label::kImplementationId, Kind::kOctets},
    {"cca-platform-instance-id", label::kInstanceId, Kind::kOctets},
    {"cca-platform-config", label::kConfig, Kind::kOctets},
    {"cca-platform-lifecycle", label::kLifecycle, Kind::kInteger},
    {"cca-platform-sw-components", label::kSoftwareComponents, Kind::kComponentList},
    {"cca-platform-service-indicator", label::kServiceIndicator, Kind::kText},
    {"cca-platform-hash-algo-id", label::kPlatformHashAlgorithm, Kind::kText},
};

constexpr Claim kComponentClaims[] = {
    {"measurement-type", label::kComponentType, Kind::kText},
    {"measurement-value", label::kComponentMeasurement, Kind::kOctets},
    {"version", label::kComponentVersion, Kind::kText},
    {"signer-id", label::kComponentSigner, Kind::kOctets},
    {"measurement-description", label::kComponentHashAlgorithm, Kind::kText},
};

constexpr Claim kRealmClaims[] = {
    {"cca-realm-profile", label::kProfile, Kind::kText},
    {"cca-realm-challenge", label::kChallenge, Kind::kOctets},
    {"cca-realm-personalization-value", label::kPersonalizationValue, Kind::kOctets},
    {"cca-realm-hash-algo-id", label::kRealmHashAlgorithm, Kind::kText},
    {"cca-realm-public-key", label::kRealmPublicKey, Kind::kOctets},
    {"cca-realm-initial-measurement", label::kInitialMeasurement, Kind::kOctets},
    {"cca-realm-extensible-measurements", label::kExtensibleMeasurements, Kind::kOctetsList},
    {"cca-realm-public-key-hash-algo-id", label::kPublicKeyHashAlgorithm, Kind::kText},
};

Error wrong_kind(const char* name, const char* expected) {
  return Error{Blame::kRequest, "cca.claims.kind", std::string(name) + ": not " + expected};
}

Status write_claims(cbor::Writer& out, const Json& claims, std::span<const Claim> known, const char* what);

Status write_text(cbor::Writer& out, const Json& value, const char* name) {
  const std::string* text = value.as_string();
  ENSURE(text != nullptr, wrong_kind(name, "a text"));
  out.text(*text);
  return ok();
}

Status write_octets(cbor::Writer& out, const Json& value, const char* name) {
  const std::string* text = value.as_string();
  ENSURE(text != nullptr, wrong_kind(name, "a text in Base64"));
  const Result<Buffer> octets = codec::from_base64(*text);
  ENSURE(octets.has_value(),
         Error{Blame::kRequest, "cca.claims.base64", std::string(name) + ": " + octets.error().detail});
  out.bytes(*octets);
  return ok();
}

Status write_integer(cbor::Writer& out, const Json& value, const char* name) {
  const std::optional<std::int64_t> number = value.as_integer();
  ENSURE(number.has_value(), wrong_kind(name, "an integer"));
  out.integer(*number);
  return ok();
}

Status write_list(cbor::Writer& out, const Json& value, const Claim& claim) {
  const Json::Array* items = value.as_array();
  ENSURE(items != nullptr, wrong_kind(claim.name, "a list"));
  out.array(items->size());
  for (const Json& item : *items) {
    TRY(claim.kind == Kind::kOctetsList ? write_octets(out, item, claim.name)
                                        : write_claims(out, item, kComponentClaims, claim.name));
  }
  return ok();
}

Status write_value(cbor::Writer& out, const Json& value, const Claim& claim) {
  switch (claim.kind) {
    case Kind::kText:
      return write_text(out, value, claim.name);
    case Kind::kOctets:
      return write_octets(out, value, claim.name);
    case Kind::kInteger:
      return write_integer(out, value, claim.name);
    case Kind::kOctetsList:
    case Kind::kComponentList:
      return write_list(out, value, claim);
  }
  return ok();
}

Status write_claims(cbor::Writer& out, const Json& claims, std::span<const Claim> known, const char* what) {
  ENSURE(claims.as_object() != nullptr,
         Error{Blame::kRequest, "cca.claims.shape", std::string(what) + ": not a JSON object"});
  std::vector<std::pair<const Claim*, const Json*>> present;
  for (const Claim& claim : known) {
    if (const Json* value = claims.find(claim.name)) present.emplace_back(&claim, value);
  }
  out.map(present.size());
  for (const auto& [claim, value] : present) {
    out.integer(claim->label);
    TRY(write_value(out, *value, *claim));
  }
  return ok();
}

}  // namespace

Result<Buffer> platform_claims_from_json(const Json& claims) {
  cbor::Writer out;
  TRY(write_claims(out, claims, kPlatformClaims, "platform claims"));
  TRY(parse_platform_claims(out.view()));
  return out.take();
}

Result<Buffer> realm_claims_from_json(const Json& claims) {
  cbor::Writer out;
  TRY(write_claims(out, claims, kRealmClaims, "realm claims"));
  TRY(parse_realm_claims(out.view()));
  return out.take();
}

}  // namespace avouch::tee::cca::emulator
