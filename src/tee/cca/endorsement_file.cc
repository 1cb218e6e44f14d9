#include "tee/cca/endorsement_file.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/json_depth.h"
#include "format/jwk.h"
#include "tee/cca/endorsements.h"

namespace avouch::tee::cca {
namespace {

Error malformed(std::string detail) {
  return Error{Blame::kRequest, "cca.endorsement.shape", std::move(detail)};
}

// Whether every member of an object is one of two. A file of another kind must not pass as an empty one of ours.
Status only_members(const Json& object, std::string_view first, std::string_view second) {
  ENSURE(object.as_object() != nullptr, malformed("neither an array nor an object"));
  for (const Json::Member& member : *object.as_object()) {
    ENSURE(member.first == first || member.first == second,
           malformed("unknown member " + member.first.substr(0, 64) + ", neither " + std::string(first) + " nor " +
                     std::string(second)));
  }
  return ok();
}

// The entries of an optional section; null if there is none.
Result<const Json::Array*> section(const Json& rv_store, const char* name) {
  const Json* entries = rv_store.find(name);
  if (entries == nullptr) return nullptr;
  ENSURE(entries->as_array() != nullptr, malformed(std::string(name) + " is not an array"));
  return entries->as_array();
}

Status read_ta_store(const Json& ta_store, EndorsedRecords& out) {
  ENSURE(ta_store.as_array() != nullptr, malformed("a ta-store is an array"));
  std::set<std::string> seen;
  for (const Json& entry : *ta_store.as_array()) {
    const TrustAnchor anchor = TRY(parse_trust_anchor(entry));
    ENSURE(seen.insert(anchor.key).second, Error{Blame::kRequest, "cca.endorsement.duplicate", anchor.key});
    out.trust_anchors.push_back({anchor.key, jose::jwk_from_public_key(anchor.public_key)});
  }
  return ok();
}

Status read_platforms(const Json::Array& entries, EndorsedRecords& out) {
  for (const Json& entry : entries) {
    const PlatformRecord record = TRY(parse_platform_record(entry));
    // It is kept as it is, and listed and recorded within other JSON.
    ENSURE(depth_of(entry) <= limits::kEmbeddedJsonDepth, malformed("a platform's entry is nested too deeply"));
    out.platform_references.push_back({codec::to_hex(record.implementation_id), entry});
  }
  return ok();
}

bool is_zero(Bytes octets) {
  return std::all_of(octets.begin(), octets.end(), [](std::uint8_t octet) { return octet == 0; });
}

Status read_realms(const Json::Array& entries, EndorsedRecords& out) {
  for (const Json& entry : entries) {
    const RealmRecord record = TRY(parse_realm_record(entry));
    out.reference_values.push_back({kInitialMeasurementReference, codec::to_base64(record.initial_measurement)});
    for (const Buffer& measurement : record.extensible_measurements) {
      if (is_zero(measurement)) continue;  // Never extended: nothing to approve.
      out.reference_values.push_back({kExtensibleMeasurementsReference, codec::to_base64(measurement)});
    }
  }
  return ok();
}

Status read_rv_store(const Json& rv_store, EndorsedRecords& out) {
  TRY(only_members(rv_store, "platform", "realm"));
  if (const Json::Array* platforms = TRY(section(rv_store, "platform"))) TRY(read_platforms(*platforms, out));
  if (const Json::Array* realms = TRY(section(rv_store, "realm"))) TRY(read_realms(*realms, out));
  return ok();
}

}  // namespace

Result<EndorsedRecords> read_endorsement_file(const Json& document) {
  EndorsedRecords out;
  if (document.as_array() != nullptr) {
    TRY(read_ta_store(document, out));
    return out;
  }
  const Json* ta_store = document.find("trust-anchors");
  const Json* rv_store = document.find("reference-values");
  if (ta_store == nullptr && rv_store == nullptr) {
    TRY(read_rv_store(document, out));
    return out;
  }
  TRY(only_members(document, "trust-anchors", "reference-values"));
  if (ta_store != nullptr) TRY(read_ta_store(*ta_store, out));
  if (rv_store != nullptr) TRY(read_rv_store(*rv_store, out));
  return out;
}

}  // namespace avouch::tee::cca
