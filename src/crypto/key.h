// Public and private keys: EC (P-256, P-384, P-521), RSA and Ed25519. Immutable, cheap to copy, checked when made:
// a PublicKey that exists lies on its curve and has a size that we accept. Parse once and keep: parsing is dear.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

struct evp_pkey_st;  // AWS-LC's EVP_PKEY; only crypto/ and net/ look inside

namespace avouch::crypto {

enum class Curve : unsigned char { kP256, kP384, kP521 };
enum class KeyKind : unsigned char { kEc, kRsa, kEd25519 };

std::size_t coordinate_bytes(Curve curve);  // 32, 48, 66

struct EcPoint {
  Curve curve;
  Buffer x, y;  // big-endian, exactly coordinate_bytes(curve) each
};
struct RsaPublicNumbers {
  Buffer modulus, exponent;  // big-endian, without leading zeros
};

class PublicKey {
 public:
  // fails   kRequest: key.coordinate (wrong width), key.point (not on the curve, or infinity)
  static Result<PublicKey> from_ec_point(Curve curve, Bytes x, Bytes y);
  // fails   kRequest: key.rsa (modulus outside limits::kRsaModulusBits..., even exponent, exponent below 3)
  static Result<PublicKey> from_rsa(Bytes modulus, Bytes exponent);
  // fails   kRequest: key.ed25519
  static Result<PublicKey> from_ed25519(Bytes raw32);
  // SubjectPublicKeyInfo, DER or PEM ("BEGIN PUBLIC KEY").   fails   kRequest: key.spki
  static Result<PublicKey> from_spki_der(Bytes der);
  static Result<PublicKey> from_pem(std::string_view pem);

  KeyKind kind() const;
  std::optional<Curve> curve() const;       // of an EC key
  std::optional<EcPoint> ec_point() const;  // of an EC key
  std::optional<RsaPublicNumbers> rsa_numbers() const;
  std::optional<Buffer> ed25519_raw() const;
  std::size_t rsa_bits() const;  // 0 unless RSA
  Buffer to_spki_der() const;
  std::string to_pem() const;

  evp_pkey_st* native() const { return key_.get(); }  // for crypto/ and net/

 private:
  friend class PrivateKey;
  explicit PublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}  // only after every check
  std::shared_ptr<evp_pkey_st> key_;
};

class PrivateKey {
 public:
  static PrivateKey generate_ec(Curve curve);
  static PrivateKey generate_rsa(std::size_t bits);
  static PrivateKey generate_ed25519();
  // PKCS#8 ("PRIVATE KEY"), SEC 1 ("EC PRIVATE KEY") or PKCS#1 ("RSA PRIVATE KEY"), unencrypted.
  //   fails   kRequest: key.pem
  static Result<PrivateKey> from_pem(std::string_view pem);
  // The scalar of an EC key, big-endian, coordinate_bytes(curve) long.   fails   kRequest: key.scalar
  static Result<PrivateKey> from_ec_scalar(Curve curve, Bytes scalar);
  // fails   kRequest: key.ed25519
  static Result<PrivateKey> from_ed25519_seed(Bytes seed32);

  PublicKey public_key() const { return PublicKey(key_); }
  KeyKind kind() const { return public_key().kind(); }
  Secret to_pkcs8_pem() const;

  evp_pkey_st* native() const { return key_.get(); }

 private:
  explicit PrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace avouch::crypto
