#include "tee/cca/emulator/mint.h"

#include <utility>

#include "codec/base64.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "format/cose.h"
#include "tee/cca/emulator/claims_json.h"
#include "tee/cca/emulator/token.h"
#include "tee/cca/evidence.h"

namespace avouch::tee::cca::emulator {
namespace {

Result<crypto::SignatureAlgorithm> platform_algorithm(const crypto::PrivateKey& cpak) {
  const std::optional<crypto::Curve> curve = cpak.public_key().curve();
  ENSURE(curve.has_value(), Error{Blame::kRequest, "cca.mint.cpak", "a platform signs with an EC key"});
  switch (*curve) {
    case crypto::Curve::kP256:
      return crypto::SignatureAlgorithm::kEs256;
    case crypto::Curve::kP384:
      return crypto::SignatureAlgorithm::kEs384;
    case crypto::Curve::kP521:
      break;
  }
  return crypto::SignatureAlgorithm::kEs512;
}

}  // namespace

Result<Buffer> mint_token(ClaimsFiles claims, const SigningKeys& keys, Collection collection) {
  const crypto::SignatureAlgorithm algorithm = TRY(platform_algorithm(keys.cpak));
  ENSURE(keys.rak.public_key().curve() == crypto::Curve::kP384,
         Error{Blame::kRequest, "cca.mint.rak", "a realm signs with a P-384 key"});
  ENSURE(claims.platform.as_object() != nullptr && claims.realm.as_object() != nullptr,
         Error{Blame::kRequest, "cca.claims.shape", "claims are a JSON object"});

  const bool is_legacy = claims.realm.find("cca-realm-profile") == nullptr;
  const Buffer realm_key =
      encode_realm_key(keys.rak.public_key(), is_legacy ? emulator::Profile::kLegacy : emulator::Profile::k2023);
  claims.realm.set("cca-realm-public-key", codec::to_base64(realm_key));
  const Buffer realm_claims = TRY(realm_claims_from_json(claims.realm));
  const RealmClaims realm = TRY(parse_realm_claims(realm_claims));

  const crypto::Digest binder = crypto::digest(realm.public_key_hash_algorithm, realm_key);
  claims.platform.set("cca-platform-challenge", codec::to_base64(binder));
  const Buffer platform_claims = TRY(platform_claims_from_json(claims.platform));

  const Buffer platform_token = TRY(cose::make_sign1(keys.cpak, algorithm, platform_claims));
  const Buffer realm_token = TRY(cose::make_sign1(keys.rak, crypto::SignatureAlgorithm::kEs384, realm_claims));
  Buffer token = encode_collection(platform_token, realm_token, collection);
  TRY(parse(token));  // the rules that concern both claims-sets
  return token;
}

}  // namespace avouch::tee::cca::emulator
