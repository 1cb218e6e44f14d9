// Keys and certificates of the peers and of the vendors of TEEs, as recorded.
#include "testing/vectors.h"

#include <gtest/gtest.h>

#include "crypto/signature.h"
#include "crypto/test_support.h"
#include "crypto/x509.h"

namespace avouch::crypto {
namespace {

using testing::vector_text;

const Instant kNow = from_unix_seconds(1'795'400'000);  // 2026-11-23

std::vector<Certificate> certificates(const char* path) {
  return *Certificate::from_pem_chain(vector_text(path));
}

TEST(Vectors, ReadsThePrivateKeysOfThePeers) {
  NEEDS_VECTORS();
  for (const char* path : {"trustee/keys-test-only/tee-p256.pem", "trustee/keys-test-only/tee-p521.pem",
                           "trustee/keys-test-only/tee-rsa2048.pem", "trustee/keys-test-only/tee-rsa4096.pem",
                           "trustee/keys-test-only/admin.key", "trustee/keys-test-only/token-signer.key",
                           "cmc/pki-test-only/ca-key.pem", "cmc/pki-test-only/signing-cert-key.pem"}) {
    const Result<PrivateKey> key = PrivateKey::from_pem(vector_text(path));
    ASSERT_EQ(code_of(key), "accepted") << path;
    const SignatureAlgorithm algorithm = default_algorithm(key->public_key());
    const Buffer signature = *sign(*key, algorithm, as_bytes("m"));
    EXPECT_EQ(code_of(verify(key->public_key(), algorithm, as_bytes("m"), signature)), "accepted") << path;
  }
}

TEST(Vectors, FindsThePublicHalvesOfThePeersKeys) {
  NEEDS_VECTORS();
  for (const std::string name : {"admin", "token-signer"}) {
    const std::string path = "trustee/keys-test-only/" + name;
    EXPECT_EQ(PublicKey::from_pem(vector_text(path + ".pub.pem"))->to_spki_der(),
              PrivateKey::from_pem(vector_text(path + ".key"))->public_key().to_spki_der());
  }
}

TEST(Vectors, AcceptsThePathOfTrusteesTokens) {
  NEEDS_VECTORS();
  const std::vector<Certificate> chain = certificates("trustee/keys-test-only/token-chain.pem");
  const std::vector<Certificate> roots = certificates("trustee/keys-test-only/token-ca.pem");
  EXPECT_EQ(code_of(verify_path(chain.front(), std::span(chain).subspan(1), roots, kNow)), "accepted");
  const std::vector<Certificate> strangers = certificates("cmc/pki-test-only/ca.pem");
  EXPECT_EQ(code_of(verify_path(chain.front(), std::span(chain).subspan(1), strangers, kNow)), "x509.path");
}

// AMD 57230: a VCEK is signed by the ASK, and that by the ARK, both RSA-4096 with PSS.
TEST(Vectors, AcceptsThePathsOfAmdsChips) {
  NEEDS_VECTORS();
  for (const std::string chip : {"milan", "genoa"}) {
    const std::vector<Certificate> vcek = certificates(("tee/snp/" + chip + "_vcek.pem").c_str());
    const std::vector<Certificate> vendor = certificates(("tee/snp/" + chip + "_ask_ark_asvk.pem").c_str());
    ASSERT_EQ(vendor.size(), 3u);
    const std::span<const Certificate> ask(&vendor[0], 1), ark(&vendor[1], 1);
    const Status status = verify_path(vcek.front(), ask, ark, kNow);
    EXPECT_EQ(code_of(status), "accepted") << (status.has_value() ? "" : status.error().detail);
    EXPECT_EQ(code_of(verify_path(vcek.front(), {}, ark, kNow)), "x509.path");
    EXPECT_EQ(code_of(verify_path(vcek.front(), ask, {&vendor[2], 1}, kNow)), "x509.path");
  }
}

TEST(Vectors, RefusesOneChipUnderTheRootOfAnother) {
  NEEDS_VECTORS();
  const std::vector<Certificate> vcek = certificates("tee/snp/milan_vcek.pem");
  const std::vector<Certificate> genoa = certificates("tee/snp/genoa_ask_ark_asvk.pem");
  EXPECT_EQ(code_of(verify_path(vcek.front(), {&genoa[0], 1}, {&genoa[1], 1}, kNow)), "x509.path");
}

TEST(Vectors, AcceptsThePathOfIntelsSample) {
  NEEDS_VECTORS();
  const std::vector<Certificate> leaf = certificates("tee/sgx/intel-sample/pckCert.pem");
  const std::vector<Certificate> chain = certificates("tee/sgx/intel-sample/pckSignChain.pem");
  const std::vector<Certificate> root = certificates("tee/sgx/intel-sample/trustedRootCaCert.pem");
  const Status status = verify_path(leaf.front(), chain, root, from_unix_seconds(1'600'000'000));
  EXPECT_EQ(code_of(status), "accepted") << (status.has_value() ? "" : status.error().detail);
}

}  // namespace
}  // namespace avouch::crypto
