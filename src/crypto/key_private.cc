#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/key.h"
#include "crypto/native.h"
#include "crypto/pem.h"
#include "crypto/random.h"

namespace avouch::crypto {
namespace {

Error refused(const char* code, const char* reason) {
  return {Blame::kRequest, code, reason};
}

bssl::UniquePtr<EVP_PKEY> wrap(const bssl::UniquePtr<EC_KEY>& ec) {
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  CHECK(key && EVP_PKEY_set1_EC_KEY(key.get(), ec.get()) == 1);
  return key;
}

bssl::UniquePtr<EVP_PKEY> wrap(const bssl::UniquePtr<RSA>& rsa) {
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  CHECK(key && EVP_PKEY_set1_RSA(key.get(), rsa.get()) == 1);
  return key;
}

// Null if the octets are not what the label says, or go on after it.
bssl::UniquePtr<EVP_PKEY> parse(const PemBlock& block) {
  CBS input;
  CBS_init(&input, block.der.reveal().data(), block.der.size_bytes());
  bssl::UniquePtr<EVP_PKEY> key;
  if (block.label == "PRIVATE KEY") {
    key.reset(EVP_parse_private_key(&input));
  } else if (block.label == "EC PRIVATE KEY") {
    const bssl::UniquePtr<EC_KEY> ec(EC_KEY_parse_private_key(&input, nullptr));
    if (ec) key = wrap(ec);
  } else if (block.label == "RSA PRIVATE KEY") {
    const bssl::UniquePtr<RSA> rsa(RSA_parse_private_key(&input));
    if (rsa) key = wrap(rsa);
  }
  if (CBS_len(&input) != 0) return nullptr;
  return key;
}

// Of an ECPrivateKey (RFC 5915 section 3), whose parameters may be absent.
bool names_its_curve(CBS key) {
  CBS members;
  int is_there = 0;
  CBS parameters;
  return CBS_get_asn1(&key, &members, CBS_ASN1_SEQUENCE) == 1 &&
         CBS_get_asn1(&members, nullptr, CBS_ASN1_INTEGER) == 1 &&
         CBS_get_asn1(&members, nullptr, CBS_ASN1_OCTETSTRING) == 1 &&
         CBS_get_optional_asn1(&members, &parameters, &is_there,
                               CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0) == 1 &&
         (is_there == 0 || CBS_peek_asn1_tag(&parameters, CBS_ASN1_OBJECT) == 1);
}

// AWS-LC also takes curves that are spelt out, if it knows them: RFC 5480 section 2.1.1 and RFC 5915 section 3 forbid
// that, and PublicKey refuses it.
bool names_its_curve(const PemBlock& block) {
  CBS key;
  CBS_init(&key, block.der.reveal().data(), block.der.size_bytes());
  if (block.label == "EC PRIVATE KEY") return names_its_curve(key);
  CBS info, algorithm, content;  // PrivateKeyInfo (RFC 5208 section 5)
  return CBS_get_asn1(&key, &info, CBS_ASN1_SEQUENCE) == 1 && CBS_get_asn1(&info, nullptr, CBS_ASN1_INTEGER) == 1 &&
         CBS_get_asn1(&info, &algorithm, CBS_ASN1_SEQUENCE) == 1 &&
         CBS_get_asn1(&algorithm, nullptr, CBS_ASN1_OBJECT) == 1 &&
         CBS_peek_asn1_tag(&algorithm, CBS_ASN1_OBJECT) == 1 &&
         CBS_get_asn1(&info, &content, CBS_ASN1_OCTETSTRING) == 1 && names_its_curve(content);
}

}  // namespace

PrivateKey PrivateKey::generate_ec(Curve curve) {
  const bssl::UniquePtr<EC_KEY> ec(EC_KEY_new());
  CHECK(ec && EC_KEY_set_group(ec.get(), native::group_of(curve)) == 1 && EC_KEY_generate_key(ec.get()) == 1);
  return PrivateKey(native::share(wrap(ec)));
}

PrivateKey PrivateKey::generate_rsa(std::size_t bits) {
  CHECK(limits::kRsaModulusBitsMin <= bits && bits <= limits::kRsaModulusBits);
  const bssl::UniquePtr<RSA> rsa(RSA_new());
  const bssl::UniquePtr<BIGNUM> exponent(BN_new());
  CHECK(rsa && exponent && BN_set_word(exponent.get(), RSA_F4) == 1);
  CHECK(RSA_generate_key_ex(rsa.get(), static_cast<int>(bits), exponent.get(), nullptr) == 1);
  return PrivateKey(native::share(wrap(rsa)));
}

PrivateKey PrivateKey::generate_ed25519() {
  const Secret seed(random_bytes(32));
  return *from_ed25519_seed(seed.reveal());
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  const native::QuietErrors quiet;
  const std::vector<PemBlock> blocks = TRY(read_pem(pem, 2, "key.pem"));
  const PemBlock* found = nullptr;
  for (const PemBlock& block : blocks) {
    if (block.label == "EC PARAMETERS") continue;  // `openssl ecparam -genkey` writes them first; the key repeats them.
    ENSURE(found == nullptr, refused("key.pem", "more than one key: which one is meant?"));
    found = &block;
  }
  ENSURE(found != nullptr, refused("key.pem", "no private key"));
  ENSURE(found->label != "ENCRYPTED PRIVATE KEY", refused("key.pem", "the private key is encrypted"));
  bssl::UniquePtr<EVP_PKEY> key = parse(*found);
  ENSURE(key, refused("key.pem", "not a private key in PKCS#8, SEC 1 or PKCS#1 form"));
  if (const char* reason = native::refusal_of_private_key(key.get())) return refused("key.pem", reason);
  if (EC_KEY* ec = EVP_PKEY_get0_EC_KEY(key.get())) {
    ENSURE(names_its_curve(*found), refused("key.pem", "the curve is spelt out instead of named"));
    EC_KEY_set_conv_form(ec, POINT_CONVERSION_UNCOMPRESSED);
  }
  return PrivateKey(native::share(std::move(key)));
}

Result<PrivateKey> PrivateKey::from_ec_scalar(Curve curve, Bytes scalar) {
  const native::QuietErrors quiet;
  ENSURE(scalar.size() == coordinate_bytes(curve), refused("key.scalar", "the scalar does not have the curve's width"));
  const EC_GROUP* group = native::group_of(curve);
  const bssl::UniquePtr<BIGNUM> number(BN_bin2bn(scalar.data(), scalar.size(), nullptr));  // wiped by BN_free
  const bssl::UniquePtr<EC_KEY> ec(EC_KEY_new());
  const bssl::UniquePtr<EC_POINT> point(EC_POINT_new(group));
  CHECK(number && ec && point && EC_KEY_set_group(ec.get(), group) == 1);
  ENSURE(EC_KEY_set_private_key(ec.get(), number.get()) == 1,
         refused("key.scalar", "the scalar is zero, or not below the order of the curve"));
  CHECK(EC_POINT_mul(group, point.get(), number.get(), nullptr, nullptr, nullptr) == 1 &&
        EC_KEY_set_public_key(ec.get(), point.get()) == 1);
  return PrivateKey(native::share(wrap(ec)));
}

Result<PrivateKey> PrivateKey::from_ed25519_seed(Bytes seed32) {
  const native::QuietErrors quiet;
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed32.data(), seed32.size()));
  ENSURE(key, refused("key.ed25519", "an Ed25519 seed has 32 octets"));
  return PrivateKey(native::share(std::move(key)));
}

Secret PrivateKey::to_pkcs8_pem() const {
  const bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));  // wiped when freed, and when it grows
  CHECK(out && PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return Secret(native::written_to(out.get()));
}

}  // namespace avouch::crypto
