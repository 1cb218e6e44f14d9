#include "crypto/native.h"

#include <openssl/bio.h>
#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>

#include "base/check.h"

namespace avouch::crypto::native {

const EVP_MD* message_digest(Hash hash) {
  switch (hash) {
    case Hash::kSha256:
      return EVP_sha256();
    case Hash::kSha384:
      return EVP_sha384();
    case Hash::kSha512:
      return EVP_sha512();
  }
  CHECK(false);
}

const EC_GROUP* group_of(Curve curve) {
  switch (curve) {
    case Curve::kP256:
      return EC_group_p256();
    case Curve::kP384:
      return EC_group_p384();
    case Curve::kP521:
      return EC_group_p521();
  }
  CHECK(false);
}

std::optional<Curve> curve_of(const EVP_PKEY* key) {
  if (EVP_PKEY_id(key) != EVP_PKEY_EC) return std::nullopt;
  switch (EC_GROUP_get_curve_name(EC_KEY_get0_group(EVP_PKEY_get0_EC_KEY(key)))) {
    case NID_X9_62_prime256v1:
      return Curve::kP256;
    case NID_secp384r1:
      return Curve::kP384;
    case NID_secp521r1:
      return Curve::kP521;
    default:
      return std::nullopt;
  }
}

std::shared_ptr<EVP_PKEY> share(bssl::UniquePtr<EVP_PKEY> key) {
  return {key.release(), EVP_PKEY_free};
}

bssl::UniquePtr<BIO> reader_of(std::string_view text) {
  bssl::UniquePtr<BIO> reader(BIO_new_mem_buf(text.empty() ? "" : text.data(), static_cast<ossl_ssize_t>(text.size())));
  CHECK(reader);
  return reader;
}

Bytes written_to(const BIO* memory) {
  const std::uint8_t* octets = nullptr;
  std::size_t size_bytes = 0;
  CHECK(BIO_mem_contents(memory, &octets, &size_bytes) == 1);
  return {octets, size_bytes};
}

}  // namespace avouch::crypto::native
