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

Result<Buffer> mint_token(ClaimsFiles claims, const SigningKeys& keys, Collection collection) {
  ENSURE(keys.cpak.kind() == crypto::KeyKind::kEc,
         Error{Blame::kRequest, "cca.mint.cpak", "a platform signs with an EC key"});
  const crypto::SignatureAlgorithm algorithm = crypto::default_algorithm(keys.cpak.public_key());
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
