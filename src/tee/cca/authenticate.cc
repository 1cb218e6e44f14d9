#include "tee/cca/authenticate.h"

#include <algorithm>
#include <optional>

#include "crypto/signature.h"

namespace avouch::tee::cca {
namespace {

Error refused(const char* code, std::string detail) {
  return Error{Blame::kEvidence, code, std::move(detail)};
}

// RFC 9053 section 2.1 lets ES256 go with any curve; a token that makes use of that is weaker than its key: refused.
Status check_algorithm(const cose::Sign1& message, const crypto::PublicKey& key, const char* code) {
  ENSURE(key.kind() == crypto::KeyKind::kEc && message.algorithm == crypto::default_algorithm(key),
         refused(code, std::string(crypto::to_string(message.algorithm)) + " with a key for " +
                           crypto::to_string(crypto::default_algorithm(key))));
  return ok();
}

Status check_platform(const cose::Sign1& message, const crypto::PublicKey& key, crypto::VerificationMemo& memo) {
  TRY(check_algorithm(message, key, "cca.platform.algorithm"));
  const Status status = cose::verify_sign1(message, key, memo);
  ENSURE(status.has_value(), refused("cca.platform.signature", status.error().code));
  return ok();
}

Result<crypto::PublicKey> raw_point(Bytes key) {
  ENSURE(key.size() == kRawRealmKeyBytes && key[0] == 0x04,
         refused("cca.realm.public-key", "not an uncompressed point of P-384"));
  const std::size_t width = crypto::coordinate_bytes(crypto::Curve::kP384);
  Result<crypto::PublicKey> point =
      crypto::PublicKey::from_ec_point(crypto::Curve::kP384, key.subspan(1, width), key.subspan(1 + width, width));
  ENSURE(point.has_value(), refused("cca.realm.public-key", point.error().code));
  return point;
}

Result<crypto::PublicKey> realm_key(const RealmClaims& claims) {
  if (claims.profile == Profile::kLegacy) return raw_point(claims.public_key);
  crypto::PublicKey key = TRY(cose::parse_ec2_key(claims.public_key, "cca.realm.public-key"));
  ENSURE(key.curve() == crypto::Curve::kP384, refused("cca.realm.curve", "the realm's key is not on P-384"));
  return key;
}

}  // namespace

Result<Authentic<PlatformToken>> PlatformSignature::check(PlatformToken token,
                                                          std::span<const TrustAnchor> trust_anchors,
                                                          crypto::VerificationMemo& memo) {
  const std::string key = trust_anchor_key(token.claims);
  std::optional<Error> refusal;
  for (const TrustAnchor& anchor : trust_anchors) {
    if (anchor.key != key) continue;
    const Status status = check_platform(token.message, anchor.public_key, memo);
    if (status.has_value()) return Authentic<PlatformToken>(std::move(token));
    refusal = status.error();
  }
  if (refusal.has_value()) return *std::move(refusal);
  return refused("cca.platform.unknown",
                 "no attestation key (CPAK) is endorsed for <implementation-id>/<instance-id> " + key +
                     "; add it with `avouch endorsement add`, if the platform is yours");
}

Result<Authentic<PlatformToken>> PlatformSignature::check_vouched(PlatformToken token, const Vouching&,
                                                                  std::span<const TrustAnchor> trust_anchors,
                                                                  crypto::VerificationMemo& memo) {
  const std::string key = trust_anchor_key(token.claims);
  const bool is_endorsed_here = std::any_of(trust_anchors.begin(), trust_anchors.end(),
                                            [&key](const TrustAnchor& anchor) { return anchor.key == key; });
  if (is_endorsed_here) return check(std::move(token), trust_anchors, memo);
  return Authentic<PlatformToken>(std::move(token));
}

Result<Authentic<RealmToken>> RealmSignature::check(const RealmToken& token, const Authentic<PlatformToken>& platform) {
  const RealmClaims& claims = token.claims;
  const crypto::Digest binder = crypto::digest(claims.public_key_hash_algorithm, claims.public_key);
  ENSURE(equal_constant_time(binder.bytes(), platform->claims.challenge),
         refused("cca.realm.binder", "the platform token vouches for another realm key"));
  const crypto::PublicKey key = TRY(realm_key(claims));
  TRY(check_algorithm(token.message, key, "cca.realm.algorithm"));
  const Status status = cose::verify_sign1(token.message, key);
  ENSURE(status.has_value(), refused("cca.realm.signature", status.error().code));
  return Authentic<RealmToken>(token);
}

}  // namespace avouch::tee::cca
