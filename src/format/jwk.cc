#include "format/jwk.h"

#include <array>
#include <optional>

#include "base/check.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "format/jose_parts.h"

namespace avouch::jose {
namespace {

struct CurveName {
  const char* name;
  crypto::Curve curve;
};
constexpr std::array<CurveName, 3> kCurves{{{"P-256", crypto::Curve::kP256},  // RFC 7518 section 6.2.1.1
                                            {"P-384", crypto::Curve::kP384},
                                            {"P-521", crypto::Curve::kP521}}};

Result<crypto::Curve> curve_member(const Json& jwk) {
  const std::string* name = jwk.find_string("crv");
  ENSURE(name != nullptr, Error{Blame::kRequest, "jwk.shape", "crv is missing or no text"});
  for (const CurveName& known : kCurves) {
    if (*name == known.name) return known.curve;
  }
  return Error{Blame::kRequest, "jwk.crv", *name};
}

Status require_ed25519(const Json& jwk) {
  const std::string* name = jwk.find_string("crv");
  ENSURE(name != nullptr, Error{Blame::kRequest, "jwk.shape", "crv is missing or no text"});
  ENSURE(*name == "Ed25519", Error{Blame::kRequest, "jwk.crv", *name});  // RFC 8037 section 2
  return ok();
}

Result<std::string> key_type(const Json& jwk) {
  ENSURE(jwk.as_object() != nullptr, Error{Blame::kRequest, "jwk.shape", "not an object"});
  const std::string* type = jwk.find_string("kty");
  ENSURE(type != nullptr, Error{Blame::kRequest, "jwk.shape", "kty is missing or no text"});
  return *type;
}

// The public half, whether or not `d` is there.
Result<crypto::PublicKey> public_members(const Json& jwk) {
  const std::string type = TRY(key_type(jwk));
  if (type == "EC") {
    const crypto::Curve curve = TRY(curve_member(jwk));
    const Buffer x = TRY(octets_member(jwk, "x", "jwk.shape"));
    const Buffer y = TRY(octets_member(jwk, "y", "jwk.shape"));
    return crypto::PublicKey::from_ec_point(curve, x, y);
  }
  if (type == "RSA") {
    const Buffer modulus = TRY(octets_member(jwk, "n", "jwk.shape"));
    const Buffer exponent = TRY(octets_member(jwk, "e", "jwk.shape"));
    return crypto::PublicKey::from_rsa(modulus, exponent);
  }
  if (type == "OKP") {
    TRY(require_ed25519(jwk));
    const Buffer x = TRY(octets_member(jwk, "x", "jwk.shape"));
    return crypto::PublicKey::from_ed25519(x);
  }
  return Error{Blame::kRequest, "jwk.kty", type};
}

const char* name_of(crypto::Curve curve) {
  for (const CurveName& known : kCurves) {
    if (curve == known.curve) return known.name;
  }
  CHECK(false);
}

}  // namespace

Result<crypto::PublicKey> public_key_from_jwk(const Json& jwk) {
  TRY(key_type(jwk));
  ENSURE(jwk.find("d") == nullptr, Error{Blame::kRequest, "jwk.private", "a private key where a public one belongs"});
  return public_members(jwk);
}

Result<crypto::PrivateKey> private_key_from_jwk(const Json& jwk) {
  const std::string type = TRY(key_type(jwk));
  ENSURE(type == "EC" || type == "OKP", Error{Blame::kRequest, "jwk.kty", type});
  const crypto::PublicKey claimed = TRY(public_members(jwk));
  const Secret scalar(TRY(octets_member(jwk, "d", "jwk.shape")));
  const std::optional<crypto::Curve> curve = claimed.curve();
  crypto::PrivateKey key = TRY(curve.has_value() ? crypto::PrivateKey::from_ec_scalar(*curve, scalar.reveal())
                                                 : crypto::PrivateKey::from_ed25519_seed(scalar.reveal()));
  // A public half of another key would have us publish one key and sign with the other.
  ENSURE(key.public_key().to_spki_der() == claimed.to_spki_der(),
         Error{Blame::kRequest, "jwk.mismatch", "d does not belong to the public members"});
  return key;
}

Json jwk_from_public_key(const crypto::PublicKey& key) {
  if (const std::optional<crypto::EcPoint> point = key.ec_point()) {
    return Json::object({{"kty", "EC"},
                         {"crv", name_of(point->curve)},
                         {"x", codec::to_base64url(point->x)},
                         {"y", codec::to_base64url(point->y)}});
  }
  if (const std::optional<crypto::RsaPublicNumbers> numbers = key.rsa_numbers()) {
    return Json::object(
        {{"kty", "RSA"}, {"n", codec::to_base64url(numbers->modulus)}, {"e", codec::to_base64url(numbers->exponent)}});
  }
  const std::optional<Buffer> raw = key.ed25519_raw();
  CHECK(raw.has_value());
  return Json::object({{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", codec::to_base64url(*raw)}});
}

std::string thumbprint_sha256(const crypto::PublicKey& key) {
  // RFC 7638 section 3.2: the required members and no other, sorted, without spaces.
  const std::string canonical = to_sorted_text(jwk_from_public_key(key));
  return codec::to_base64url(crypto::digest(crypto::Hash::kSha256, as_bytes(canonical)));
}

}  // namespace avouch::jose
