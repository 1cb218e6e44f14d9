#include "tee/cca/evidence.h"

#include "base/limits.h"
#include "codec/cbor.h"
#include "codec/hex.h"
#include "tee/cca/labels.h"

namespace avouch::tee::cca {
namespace {

Error refused(const char* code, std::string detail) {
  return Error{Blame::kEvidence, code, std::move(detail)};
}

struct Collection {
  std::optional<Bytes> platform, realm;
};

// One member of the collection: a byte string (tag 399), or a byte string and its content format (tag 907).
Result<Bytes> member(cbor::Reader& value, std::uint64_t collection_tag) {
  if (collection_tag == label::kEatCollectionTag) return value.bytes();
  const std::uint64_t item_count = TRY(value.array());
  ENSURE(item_count == 2, refused("cca.cmw.shape", std::to_string(item_count) + " items, not [content format, bytes]"));
  const std::uint64_t content_format = TRY(value.unsigned_integer());
  ENSURE(content_format == label::kEatCwtContentFormat,
         refused("cca.cmw.content-format", std::to_string(content_format) + ", not 263 (application/eat+cwt)"));
  return value.bytes();
}

Result<Collection> parse_collection(Bytes token) {
  cbor::Reader in(token, "cca.collection");
  const cbor::Kind kind = TRY(in.peek());
  ENSURE(kind == cbor::Kind::kTag, refused("cca.collection.tag", "untagged"));
  const std::uint64_t tag = TRY(in.tag());
  ENSURE(tag == label::kEatCollectionTag || tag == label::kCmwCollectionTag,
         refused("cca.collection.tag", std::to_string(tag) + ", neither 399 nor 907"));
  Collection out;
  const auto on_member = [&out, tag](const cbor::Key& key, cbor::Reader& value) -> Status {
    // A member that we would pass over is a member whose meaning somebody else may rely on: refused.
    ENSURE(key.is(label::kPlatformToken) || key.is(label::kRealmToken),
           refused("cca.collection.key", "a member that is neither platform (44234) nor realm (44241)"));
    std::optional<Bytes>& slot = key.is(label::kPlatformToken) ? out.platform : out.realm;
    slot = TRY(member(value, tag));
    return ok();
  };
  TRY(cbor::read_map(in, on_member));
  TRY(in.end());
  ENSURE(out.platform.has_value(), refused("cca.collection.no-platform", "member 44234 is missing"));
  ENSURE(out.realm.has_value(), refused("cca.collection.no-realm", "member 44241 is missing"));
  return out;
}

// A realm emits the 2023 form or none. Firmware and RMM are updated apart, so a legacy platform may carry a 2023 realm,
// as Veraison's own tokens do; a 2023 platform with a realm older than itself is nothing that anybody ships.
Status check_profiles(const Evidence& evidence) {
  ENSURE(evidence.platform.claims.profile == Profile::kLegacy || evidence.realm.claims.profile == Profile::k2023,
         refused("cca.profile.mixed", "a 2023 platform token beside a realm token without profile"));
  return ok();
}

}  // namespace

Result<Evidence> parse(Bytes token) {
  ENSURE(token.size() <= limits::kEvidenceBytes, refused("cca.size", std::to_string(token.size()) + " octets"));
  const Collection collection = TRY(parse_collection(token));
  const cose::Sign1 platform = TRY(cose::parse_sign1(*collection.platform, "cca.platform"));
  const cose::Sign1 realm = TRY(cose::parse_sign1(*collection.realm, "cca.realm"));
  PlatformClaims platform_claims = TRY(parse_platform_claims(platform.payload));
  const RealmClaims realm_claims = TRY(parse_realm_claims(realm.payload));
  Evidence out{{platform, std::move(platform_claims)}, {realm, realm_claims}};
  TRY(check_profiles(out));
  return out;
}

const char* hash_name(crypto::Hash hash) {
  switch (hash) {
    case crypto::Hash::kSha256:
      return "sha-256";
    case crypto::Hash::kSha384:
      return "sha-384";
    case crypto::Hash::kSha512:
      return "sha-512";
  }
  return "";
}

std::string_view profile_name(const PlatformClaims& claims) {
  return claims.profile == Profile::kLegacy ? label::kLegacyPlatformProfile : label::k2023PlatformProfile;
}

const char* lifecycle_state(std::uint16_t lifecycle) {
  switch (lifecycle >> 12) {
    case 0:
      return "unknown";
    case 1:
      return "assembly-and-test";
    case 2:
      return "cca-platform-rot-provisioning";
    case 3:
      return "secured";
    case 4:
      return "non-cca-platform-debug";
    case 5:
      return "recoverable-cca-platform-debug";
    case 6:
      return "decommissioned";
    default:
      return "invalid";
  }
}

bool is_secured(std::uint16_t lifecycle) {
  return 0x3000 <= lifecycle && lifecycle <= 0x30ff;
}

std::string trust_anchor_key(const PlatformClaims& claims) {
  return codec::to_hex(claims.implementation_id) + "/" + codec::to_hex(claims.instance_id);
}

std::string platform_reference_key(const PlatformClaims& claims) {
  return codec::to_hex(claims.implementation_id);
}

}  // namespace avouch::tee::cca
