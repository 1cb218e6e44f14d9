// A promise of every function of this folder: no failure leaves an entry in the thread's error queue, where a TLS
// connection served next by the same thread would take it for its own.
#include "crypto/native.h"

#include <gtest/gtest.h>

#include "crypto/encryption.h"
#include "crypto/pem.h"
#include "crypto/signature.h"
#include "crypto/test_keys.h"
#include "crypto/test_support.h"
#include "crypto/x509.h"

namespace avouch::crypto {
namespace {

template <class T>
void expect_quiet_failure(const Result<T>& result, const char* what) {
  EXPECT_FALSE(result.has_value()) << what;
  EXPECT_EQ(ERR_peek_error(), 0u) << what;
  ERR_clear_error();
}

TEST(ErrorQueue, IsEmptyAfterEveryFailure) {
  const PrivateKey ec = PrivateKey::generate_ec(Curve::kP256);
  const PrivateKey rsa = *PrivateKey::from_pem(test_keys::kRsaPkcs1Pem);
  const Buffer junk(256, 0xee);
  const std::string broken_pem = std::string(test_keys::kEcPublicPem).substr(0, 60);

  expect_quiet_failure(PublicKey::from_ec_point(Curve::kP256, Buffer(32, 1), Buffer(32, 1)), "from_ec_point");
  expect_quiet_failure(PublicKey::from_rsa(junk, from_hex("02")), "from_rsa");
  expect_quiet_failure(PublicKey::from_ed25519(junk), "from_ed25519");
  expect_quiet_failure(PublicKey::from_spki_der(junk), "from_spki_der");
  expect_quiet_failure(PublicKey::from_pem(broken_pem), "PublicKey::from_pem");
  expect_quiet_failure(PublicKey::from_pem(""), "PublicKey::from_pem of nothing");
  expect_quiet_failure(PrivateKey::from_pem(broken_pem), "PrivateKey::from_pem");
  expect_quiet_failure(PrivateKey::from_pem(test_keys::kSecp256k1Pem), "PrivateKey::from_pem of another curve");
  expect_quiet_failure(PrivateKey::from_ec_scalar(Curve::kP256, Buffer(32, 0xff)), "from_ec_scalar");
  expect_quiet_failure(PrivateKey::from_ed25519_seed(junk), "from_ed25519_seed");
  expect_quiet_failure(Certificate::from_der(junk), "Certificate::from_der");
  expect_quiet_failure(Certificate::from_pem_chain(broken_pem), "from_pem_chain");
  expect_quiet_failure(verify(ec.public_key(), SignatureAlgorithm::kEs256, {}, Buffer(64)), "verify ES256");
  expect_quiet_failure(verify(rsa.public_key(), SignatureAlgorithm::kRs256, {}, junk), "verify RS256");
  expect_quiet_failure(verify(rsa.public_key(), SignatureAlgorithm::kPs256, {}, junk), "verify PS256");
  expect_quiet_failure(aes_gcm_open(Secret(Buffer(32)), Buffer(12), junk, Buffer(16), {}), "aes_gcm_open");
  expect_quiet_failure(RecordCipher(Secret(Buffer(32))).open(junk, {}), "RecordCipher::open");
  expect_quiet_failure(aes_key_unwrap(Secret(Buffer(32)), junk), "aes_key_unwrap");
  expect_quiet_failure(rsa_encrypt(rsa.public_key(), RsaPadding::kOaepSha256, junk), "rsa_encrypt");
  expect_quiet_failure(rsa_decrypt(rsa, RsaPadding::kOaepSha256, junk), "rsa_decrypt");
  expect_quiet_failure(rsa_decrypt(rsa, RsaPadding::kPkcs1v15, junk), "rsa_decrypt v1.5");
}

TEST(Pem, RefusesWithTheCodeOfItsCaller) {
  const std::string one(test_keys::kEcPublicPem);
  EXPECT_EQ(code_of(read_pem("", 1, "test.code")), "test.code");
  EXPECT_EQ(code_of(read_pem(one + one, 1, "test.code")), "test.code");
  EXPECT_EQ(code_of(read_pem(test_keys::kEcEncryptedSec1Pem, 1, "test.code")), "test.code");
  EXPECT_EQ(read_pem(one + one, 2, "test.code")->size(), 2u);
}

}  // namespace
}  // namespace avouch::crypto
