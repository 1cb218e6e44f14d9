#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/key.h"
#include "crypto/native.h"
#include "crypto/pem.h"

namespace avouch::crypto {
namespace {

constexpr std::size_t kPointBytesMax = 1 + 2 * 66;  // 0x04, x and y of P-521 (SEC 1 section 2.3.3)

Error refused(const char* code, const char* reason) {
  return {Blame::kRequest, code, reason};
}

bssl::UniquePtr<BIGNUM> number_from(Bytes big_endian) {
  bssl::UniquePtr<BIGNUM> number(BN_bin2bn(big_endian.data(), big_endian.size(), nullptr));
  CHECK(number);
  return number;
}

Buffer octets_of(const BIGNUM* number) {
  Buffer out(BN_num_bytes(number));
  BN_bn2bin(number, out.data());
  return out;
}

Buffer encode(const EVP_PKEY* key) {
  bssl::ScopedCBB out;
  CHECK(CBB_init(out.get(), 128) == 1 && EVP_marshal_public_key(out.get(), key) == 1 && CBB_flush(out.get()) == 1);
  return {CBB_data(out.get()), CBB_data(out.get()) + CBB_len(out.get())};
}

// The AlgorithmIdentifier of a SubjectPublicKeyInfo, and the content of its bit string.
struct SpkiParts {
  explicit SpkiParts(Bytes spki) {
    CBS outer, info;
    CBS_init(&outer, spki.data(), spki.size());
    CHECK(CBS_get_asn1(&outer, &info, CBS_ASN1_SEQUENCE) == 1 &&
          CBS_get_asn1_element(&info, &algorithm, CBS_ASN1_SEQUENCE) == 1 &&
          CBS_get_asn1(&info, &key, CBS_ASN1_BITSTRING) == 1 && CBS_len(&key) > 1);
  }
  CBS algorithm, key;
};

// Whether a SubjectPublicKeyInfo that parses is the DER of its key, with the point compressed or not. AWS-LC also takes
// curves that are spelt out (RFC 5480 section 2.1.1 forbids them), hybrid points (section 2.2 there) and anything for
// the NULL of rsaEncryption (RFC 3279 section 2.3.1).
bool is_der_of(const EVP_PKEY* key, Bytes spki) {
  const Buffer encoded = encode(key);
  if (std::ranges::equal(encoded, spki)) return true;
  if (EVP_PKEY_id(key) != EVP_PKEY_EC) return false;
  const SpkiParts own(encoded), given(spki);
  const std::uint8_t form = CBS_data(&given.key)[1];  // after the count of unused bits
  return (form == POINT_CONVERSION_COMPRESSED || form == POINT_CONVERSION_COMPRESSED + 1) &&
         CBS_mem_equal(&given.algorithm, CBS_data(&own.algorithm), CBS_len(&own.algorithm)) == 1;
}

}  // namespace

std::size_t coordinate_bytes(Curve curve) {
  switch (curve) {
    case Curve::kP256:
      return 32;
    case Curve::kP384:
      return 48;
    case Curve::kP521:
      return 66;
  }
  CHECK(false);
}

Result<PublicKey> PublicKey::from_ec_point(Curve curve, Bytes x, Bytes y) {
  const native::QuietErrors quiet;
  const std::size_t width = coordinate_bytes(curve);
  ENSURE(x.size() == width && y.size() == width, refused("key.coordinate", "x or y does not have the curve's width"));
  std::array<std::uint8_t, kPointBytesMax> encoded;
  encoded[0] = POINT_CONVERSION_UNCOMPRESSED;
  std::copy(x.begin(), x.end(), encoded.begin() + 1);
  std::copy(y.begin(), y.end(), encoded.begin() + 1 + static_cast<std::ptrdiff_t>(width));

  const EC_GROUP* group = native::group_of(curve);
  const bssl::UniquePtr<EC_POINT> point(EC_POINT_new(group));
  const bssl::UniquePtr<EC_KEY> ec(EC_KEY_new());
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  CHECK(point && ec && key && EC_KEY_set_group(ec.get(), group) == 1);
  // Refuses coordinates that are not below the prime and points that are not on the curve.
  ENSURE(EC_POINT_oct2point(group, point.get(), encoded.data(), 1 + 2 * width, nullptr) == 1 &&
             EC_KEY_set_public_key(ec.get(), point.get()) == 1,
         refused("key.point", "the point is not on the curve"));
  CHECK(EVP_PKEY_set1_EC_KEY(key.get(), ec.get()) == 1);
  if (const char* reason = native::refusal_of_public_key(key.get())) return refused("key.point", reason);
  return PublicKey(native::share(std::move(key)));
}

Result<PublicKey> PublicKey::from_rsa(Bytes modulus, Bytes exponent) {
  const native::QuietErrors quiet;
  // One octet more, because some writers of JWKs leave a sign octet in front (RFC 7518 section 6.3.1.1).
  ENSURE(modulus.size() <= limits::kRsaModulusBits / 8 + 1 && exponent.size() <= 8,
         refused("key.rsa", "the RSA modulus or exponent is too large"));
  const bssl::UniquePtr<BIGNUM> n = number_from(modulus);
  const bssl::UniquePtr<BIGNUM> e = number_from(exponent);
  const bssl::UniquePtr<RSA> rsa(RSA_new_public_key(n.get(), e.get()));
  ENSURE(rsa, refused("key.rsa", "the modulus and exponent are no RSA key"));
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  CHECK(key && EVP_PKEY_set1_RSA(key.get(), rsa.get()) == 1);
  if (const char* reason = native::refusal_of_public_key(key.get())) return refused("key.rsa", reason);
  return PublicKey(native::share(std::move(key)));
}

Result<PublicKey> PublicKey::from_ed25519(Bytes raw32) {
  const native::QuietErrors quiet;
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw32.data(), raw32.size()));
  ENSURE(key, refused("key.ed25519", "an Ed25519 key has 32 octets"));
  if (const char* reason = native::refusal_of_public_key(key.get())) return refused("key.ed25519", reason);
  return PublicKey(native::share(std::move(key)));
}

Result<PublicKey> PublicKey::from_spki_der(Bytes der) {
  const native::QuietErrors quiet;
  CBS input;
  CBS_init(&input, der.data(), der.size());
  bssl::UniquePtr<EVP_PKEY> key(EVP_parse_public_key(&input));
  ENSURE(key && CBS_len(&input) == 0, refused("key.spki", "not a SubjectPublicKeyInfo, or octets after it"));
  if (const char* reason = native::refusal_of_public_key(key.get())) return refused("key.spki", reason);
  ENSURE(is_der_of(key.get(), der), refused("key.spki", "not the DER of the key that it holds"));
  return PublicKey(native::share(std::move(key)));
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  const std::vector<PemBlock> blocks = TRY(read_pem(pem, 1, "key.spki"));
  ENSURE(blocks.front().label == "PUBLIC KEY", refused("key.spki", "the PEM block is not labelled PUBLIC KEY"));
  return from_spki_der(blocks.front().der.reveal());
}

KeyKind PublicKey::kind() const {
  switch (EVP_PKEY_id(native())) {
    case EVP_PKEY_EC:
      return KeyKind::kEc;
    case EVP_PKEY_RSA:
      return KeyKind::kRsa;
    case EVP_PKEY_ED25519:
      return KeyKind::kEd25519;
    default:
      CHECK(false);
  }
}

std::optional<Curve> PublicKey::curve() const {
  return native::curve_of(native());
}

std::optional<EcPoint> PublicKey::ec_point() const {
  const std::optional<Curve> own_curve = curve();
  if (!own_curve.has_value()) return std::nullopt;
  const EC_KEY* ec = EVP_PKEY_get0_EC_KEY(native());
  const std::size_t width = coordinate_bytes(*own_curve);
  std::array<std::uint8_t, kPointBytesMax> encoded;
  CHECK(EC_POINT_point2oct(EC_KEY_get0_group(ec), EC_KEY_get0_public_key(ec), POINT_CONVERSION_UNCOMPRESSED,
                           encoded.data(), encoded.size(), nullptr) == 1 + 2 * width);
  const Bytes coordinates = Bytes(encoded).subspan(1, 2 * width);
  return EcPoint{*own_curve, to_buffer(coordinates.first(width)), to_buffer(coordinates.last(width))};
}

std::optional<RsaPublicNumbers> PublicKey::rsa_numbers() const {
  if (kind() != KeyKind::kRsa) return std::nullopt;
  const RSA* rsa = EVP_PKEY_get0_RSA(native());
  return RsaPublicNumbers{octets_of(RSA_get0_n(rsa)), octets_of(RSA_get0_e(rsa))};
}

std::optional<Buffer> PublicKey::ed25519_raw() const {
  if (kind() != KeyKind::kEd25519) return std::nullopt;
  Buffer raw(32);
  std::size_t size_bytes = raw.size();
  CHECK(EVP_PKEY_get_raw_public_key(native(), raw.data(), &size_bytes) == 1 && size_bytes == raw.size());
  return raw;
}

std::size_t PublicKey::rsa_bits() const {
  return kind() == KeyKind::kRsa ? BN_num_bits(RSA_get0_n(EVP_PKEY_get0_RSA(native()))) : 0;
}

Buffer PublicKey::to_spki_der() const {
  return encode(native());
}

std::string PublicKey::to_pem() const {
  const bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
  CHECK(out && PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1);
  return std::string(as_text(native::written_to(out.get())));
}

}  // namespace avouch::crypto
