// Which keys Avouch accepts at all, wherever they come from.
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/limits.h"
#include "crypto/ed25519_point.h"
#include "crypto/native.h"

namespace avouch::crypto::native {
namespace {

const char* refusal_of_rsa(const RSA* key) {
  const BIGNUM* modulus = RSA_get0_n(key);
  const BIGNUM* exponent = RSA_get0_e(key);
  if (modulus == nullptr || exponent == nullptr) return "the RSA key lacks its modulus or exponent";
  if (BN_num_bits(modulus) < limits::kRsaModulusBitsMin) return "the RSA modulus is too small";
  if (BN_num_bits(modulus) > limits::kRsaModulusBits) return "the RSA modulus is too large";
  if (!BN_is_odd(modulus)) return "the RSA modulus is even";
  if (!BN_is_odd(exponent) || BN_is_one(exponent)) return "the RSA exponent is even or 1";
  // AWS-LC holds a public key to 33 bits; a larger exponent only costs the verifier time.
  if (BN_num_bits(exponent) > 33) return "the RSA exponent is too large";
  return nullptr;
}

const char* refusal_of_ed25519(const EVP_PKEY* key) {
  std::array<std::uint8_t, kEd25519KeyBytes> raw;
  std::size_t size_bytes = raw.size();
  if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size_bytes) != 1) return "the Ed25519 key has no public half";
  return is_ed25519_public_key(raw) ? nullptr : "the Ed25519 key is no point of the curve, or one of small order";
}

}  // namespace

const char* refusal_of_public_key(const EVP_PKEY* key) {
  switch (EVP_PKEY_id(key)) {
    case EVP_PKEY_EC:
      if (!curve_of(key).has_value()) return "the curve is not P-256, P-384 or P-521";
      return EC_KEY_check_key(EVP_PKEY_get0_EC_KEY(key)) == 1 ? nullptr : "the point is not on the curve";
    case EVP_PKEY_RSA:
      return refusal_of_rsa(EVP_PKEY_get0_RSA(key));
    case EVP_PKEY_ED25519:
      return refusal_of_ed25519(key);
    default:
      return "the key is not EC, RSA or Ed25519";
  }
}

const char* refusal_of_private_key(const EVP_PKEY* key) {
  if (const char* refusal = refusal_of_public_key(key)) return refusal;
  switch (EVP_PKEY_id(key)) {
    case EVP_PKEY_EC:  // EC_KEY_check_key has compared the two halves already.
      return EC_KEY_get0_private_key(EVP_PKEY_get0_EC_KEY(key)) != nullptr ? nullptr : "the key has no private half";
    case EVP_PKEY_RSA:
      return RSA_check_key(EVP_PKEY_get0_RSA(key)) == 1 ? nullptr : "the RSA key contradicts itself";
    default:
      return nullptr;  // The public half of an Ed25519 key is computed from its seed.
  }
}

}  // namespace avouch::crypto::native
