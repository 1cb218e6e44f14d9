#include "net/tls.h"

#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

#include "net/test_certificates.h"

namespace avouch::net {
namespace {

using ::testing::HasSubstr;

std::string refusal(const TlsIdentity& identity) {
  const auto context = TlsContext::server(identity);
  return context.has_value() ? "" : context.error().code;
}

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_), 0); }
  void TearDown() override {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  // Shakes hands until both are done or one has failed.
  static bool shake(TlsSession& server, TlsSession& client) {
    for (int i = 0; i < 20; ++i) {
      const IoState one = client.handshake().state, two = server.handshake().state;
      if (one == IoState::kFailed || two == IoState::kFailed) return false;
      if (one == IoState::kDone && two == IoState::kDone) return true;
    }
    return false;
  }
  int ends_[2] = {-1, -1};
  test::Made authority_ = test::make_authority();
  test::Made good_ = test::make_certificate("good", {}, &authority_);
};

TEST_F(TlsTest, AgreesOnTheHybridGroupAndCarriesBytes) {
  const TlsContext accepting = TlsContext::server(test::to_identity(good_)).value();
  const TlsContext connecting = TlsContext::client(test::trust_only(authority_)).value();
  TlsSession server = TlsSession::accept(accepting, ends_[0]);
  TlsSession client = TlsSession::connect(connecting, ends_[1], "localhost");
  ASSERT_TRUE(shake(server, client)) << client.failure();
  EXPECT_EQ(client.group(), "X25519MLKEM768");
  std::array<char, 16> into{};
  EXPECT_EQ(server.read(into).state, IoState::kWantRead);
  EXPECT_EQ(client.write("hello").count, 5U);
  EXPECT_EQ(server.read(into).count, 5U);
  client.close_notify();
  EXPECT_EQ(server.read(into).state, IoState::kClosed);
}

TEST_F(TlsTest, TellsACutConnectionFromAnEndedOne) {
  const TlsContext accepting = TlsContext::server(test::to_identity(good_)).value();
  const TlsContext connecting = TlsContext::client(test::trust_only(authority_)).value();
  TlsSession server = TlsSession::accept(accepting, ends_[0]);
  TlsSession client = TlsSession::connect(connecting, ends_[1], "localhost");
  ASSERT_TRUE(shake(server, client));
  ::shutdown(ends_[1], SHUT_RDWR);
  std::array<char, 16> into{};
  EXPECT_EQ(server.read(into).state, IoState::kFailed);
  EXPECT_EQ(server.failure(), "unexpected eof while reading");
}

TEST_F(TlsTest, RefusesOlderVersionsThanItsMinimum) {
  TlsIdentity identity = test::to_identity(good_);
  identity.minimum_version = TlsVersion::k1_3;
  const TlsContext accepting = TlsContext::server(identity).value();
  const TlsContext connecting = TlsContext::client(test::trust_only(authority_)).value();
  ASSERT_EQ(SSL_CTX_set_max_proto_version(connecting.native(), TLS1_2_VERSION), 1);
  TlsSession server = TlsSession::accept(accepting, ends_[0]);
  TlsSession client = TlsSession::connect(connecting, ends_[1], "localhost");
  EXPECT_FALSE(shake(server, client));
}

TEST_F(TlsTest, RefusesAClientThatWantsAnotherProtocol) {
  const TlsContext accepting = TlsContext::server(test::to_identity(good_)).value();
  const TlsContext connecting = TlsContext::client(test::trust_only(authority_)).value();
  const std::array<unsigned char, 3> h3{2, 'h', '3'};
  ASSERT_EQ(SSL_CTX_set_alpn_protos(connecting.native(), h3.data(), h3.size()), 0);
  TlsSession server = TlsSession::accept(accepting, ends_[0]);
  TlsSession client = TlsSession::connect(connecting, ends_[1], "localhost");
  EXPECT_FALSE(shake(server, client));
}

TEST_F(TlsTest, AgreesOnHttp2WithWhoeverOffersIt) {
  const TlsContext accepting = TlsContext::server(test::to_identity(good_)).value();
  for (const TlsProtocol offered : {TlsProtocol::kHttp1, TlsProtocol::kHttp2}) {
    const TlsContext connecting = TlsContext::client(test::trust_only(authority_), offered).value();
    TearDown();
    SetUp();
    TlsSession server = TlsSession::accept(accepting, ends_[0]);
    TlsSession client = TlsSession::connect(connecting, ends_[1], "localhost");
    ASSERT_TRUE(shake(server, client)) << client.failure();
    EXPECT_EQ(server.protocol(), offered);
    EXPECT_EQ(client.protocol(), offered);
  }
}

TEST_F(TlsTest, BelievesNoOneItWasNotTold) {
  const TlsContext accepting = TlsContext::server(test::to_identity(good_)).value();
  const TlsContext connecting = TlsContext::client(TlsTrust{}).value();  // the system's roots: not ours
  TlsSession server = TlsSession::accept(accepting, ends_[0]);
  TlsSession client = TlsSession::connect(connecting, ends_[1], "localhost");
  EXPECT_FALSE(shake(server, client));
  EXPECT_THAT(client.failure(), HasSubstr("issuer certificate"));
}

TEST_F(TlsTest, RefusesBrokenIdentities) {
  TlsIdentity identity = test::to_identity(good_);
  EXPECT_EQ(refusal(identity), "");
  identity.certificate_chain_pem += test::to_pem(authority_.certificate);
  EXPECT_EQ(refusal(identity), "");
  identity.certificate_chain_pem += "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(refusal(identity), "tls.certificate");
  identity.certificate_chain_pem = "";
  EXPECT_EQ(refusal(identity), "tls.certificate");
  identity.certificate_chain_pem = test::to_pem(good_.certificate);
  identity.private_key_pem = test::to_pem(authority_.key);
  EXPECT_EQ(refusal(identity), "tls.key");
  identity.private_key_pem = Secret(as_bytes("no key"));
  EXPECT_EQ(refusal(identity), "tls.key");
}

TEST_F(TlsTest, SpeaksTheVersionsGroupsAndCiphersItWasTold) {
  TlsIdentity identity = test::to_identity(good_);
  identity.maximum_version = TlsVersion::k1_2;
  identity.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384";
  identity.groups = "secp384r1:secp256r1";
  const TlsContext accepting = TlsContext::server(identity).value();
  const TlsContext connecting = TlsContext::client(test::trust_only(authority_)).value();
  TlsSession server = TlsSession::accept(accepting, ends_[0]);
  TlsSession client = TlsSession::connect(connecting, ends_[1], "localhost");
  ASSERT_TRUE(shake(server, client)) << client.failure();
  EXPECT_EQ(client.group(), "P-256");  // the client's preference, among what both have
  ASSERT_EQ(SSL_CTX_set_min_proto_version(connecting.native(), TLS1_3_VERSION), 1);
  TearDown();
  SetUp();
  TlsSession again = TlsSession::accept(accepting, ends_[0]);
  TlsSession newer = TlsSession::connect(connecting, ends_[1], "localhost");
  EXPECT_FALSE(shake(again, newer));
}

TEST_F(TlsTest, HasTheHybridsOfTheFederalCurvesToo) {
  const TlsContext accepting = TlsContext::server(test::to_identity(good_)).value();
  for (const char* group : {"SecP256r1MLKEM768", "SecP384r1MLKEM1024", "X25519"}) {
    const TlsContext connecting = TlsContext::client(test::trust_only(authority_)).value();
    ASSERT_EQ(SSL_CTX_set1_groups_list(connecting.native(), group), 1);
    TearDown();
    SetUp();
    TlsSession server = TlsSession::accept(accepting, ends_[0]);
    TlsSession client = TlsSession::connect(connecting, ends_[1], "localhost");
    ASSERT_TRUE(shake(server, client)) << group;
    EXPECT_EQ(client.group(), group);
  }
}

TEST_F(TlsTest, RefusesSettingsThatDoNotExistOrExcludeEachOther) {
  const TlsIdentity good = test::to_identity(good_);
  const auto with = [&](auto change) {
    TlsIdentity changed{good.certificate_chain_pem, good.private_key_pem.clone()};
    change(changed);
    return refusal(changed);
  };
  EXPECT_EQ(with([](TlsIdentity& it) {
              it.minimum_version = TlsVersion::k1_3;
              it.maximum_version = TlsVersion::k1_2;
            }),
            "tls.version");
  for (const char* ciphers : {"NO-SUCH-CIPHER", "TLS_NO_SUCH", "ECDHE-ECDSA-AES256-GCM-SHA384:NO-SUCH", ":"}) {
    EXPECT_EQ(with([&](TlsIdentity& it) { it.ciphers = ciphers; }), "tls.ciphers") << ciphers;
  }
  EXPECT_EQ(with([](TlsIdentity& it) {
              it.minimum_version = TlsVersion::k1_3;
              it.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384";
            }),
            "tls.ciphers");
  EXPECT_EQ(with([](TlsIdentity& it) { it.ciphers = "TLS_AES_256_GCM_SHA384"; }), "");
  for (const char* groups : {"X448MLKEM1024", "X25519:nothing", ":"}) {
    EXPECT_EQ(with([&](TlsIdentity& it) { it.groups = groups; }), "tls.groups") << groups;
  }
  EXPECT_EQ(with([](TlsIdentity& it) { it.client_roots_pem = "none"; }), "tls.roots");
}

TEST_F(TlsTest, AdmitsOnlyClientsWithACertificateWhereOneIsDemanded) {
  TlsIdentity identity = test::to_identity(good_);
  identity.client_roots_pem = test::to_pem(authority_.certificate);
  const TlsContext accepting = TlsContext::server(identity).value();
  const test::Made stranger = test::make_certificate("stranger", {});
  const test::Made friendly = test::make_certificate("friend", {}, &authority_);
  const std::vector<std::pair<const test::Made*, bool>> cases{{nullptr, false}, {&stranger, false}, {&friendly, true}};
  for (const auto& [made, is_admitted] : cases) {
    const TlsContext connecting = TlsContext::client(test::trust_only(authority_)).value();
    if (made != nullptr) {
      ASSERT_EQ(SSL_CTX_use_certificate(connecting.native(), made->certificate.get()), 1);
      ASSERT_EQ(SSL_CTX_use_PrivateKey(connecting.native(), made->key.get()), 1);
    }
    TearDown();
    SetUp();
    TlsSession server = TlsSession::accept(accepting, ends_[0]);
    TlsSession client = TlsSession::connect(connecting, ends_[1], "localhost");
    EXPECT_EQ(shake(server, client), is_admitted) << server.failure();
  }
}

TEST_F(TlsTest, RefusesToBeKnownByAWeakKeyOrSignature) {
  test::Wanted small;
  small.key = test::new_rsa_key(1024);
  EXPECT_EQ(refusal(test::to_identity(test::make_certificate("small", small))), "tls.certificate");
  small.key = test::new_rsa_key(2048);
  EXPECT_EQ(refusal(test::to_identity(test::make_certificate("enough", small))), "");
  test::Wanted sha1;
  sha1.hash = EVP_sha1();
  EXPECT_EQ(refusal(test::to_identity(test::make_certificate("weak", sha1, &authority_))), "tls.certificate");
  EXPECT_EQ(refusal(test::to_identity(test::make_certificate("own", sha1))), "") << "its own signature says nothing";
}

TEST_F(TlsTest, TakesOneFileThatHoldsCertificateAndKey) {
  const TlsIdentity apart = test::to_identity(good_);
  const std::string key(as_text(apart.private_key_pem.reveal()));
  for (const std::string& together : {apart.certificate_chain_pem + key, key + apart.certificate_chain_pem}) {
    EXPECT_EQ(refusal({together, Secret(as_bytes(together)), TlsVersion::k1_2}), "");
  }
}

// A server whose own checks are passed by: what a client meets elsewhere.
TEST_F(TlsTest, BelievesNoWeakKeyOrSignature) {
  const auto believes = [this](const test::Made& server, const test::Made& root) {
    test::Wanted strong;  // with a key of the same kind, of which a context holds one
    if (EVP_PKEY_id(server.key.get()) == EVP_PKEY_RSA) strong.key = test::new_rsa_key(2048);
    const TlsContext accepting = TlsContext::server(test::to_identity(test::make_certificate("ours", strong))).value();
    CHECK(SSL_CTX_use_certificate(accepting.native(), server.certificate.get()) == 1);
    CHECK(SSL_CTX_use_PrivateKey(accepting.native(), server.key.get()) == 1);
    const TlsContext connecting = TlsContext::client(test::trust_only(root)).value();
    TlsSession accepted = TlsSession::accept(accepting, ends_[0]);
    TlsSession client = TlsSession::connect(connecting, ends_[1], "localhost");
    const bool agreed = shake(accepted, client);
    TearDown();
    SetUp();
    return agreed;
  };
  EXPECT_TRUE(believes(good_, authority_));
  test::Wanted wanted;
  wanted.hash = EVP_sha1();
  EXPECT_FALSE(believes(test::make_certificate("weak signature", wanted, &authority_), authority_));
  wanted.hash = EVP_sha256();
  wanted.key = test::new_rsa_key(1024);
  EXPECT_FALSE(believes(test::make_certificate("small key", wanted, &authority_), authority_));
  wanted.key = test::new_rsa_key(2048);
  EXPECT_TRUE(believes(test::make_certificate("large enough", wanted, &authority_), authority_));
  test::Wanted root;
  root.is_authority = true;
  root.hash = EVP_sha1();
  const test::Made old = test::make_certificate("old root", root);
  EXPECT_TRUE(believes(test::make_certificate("below", {}, &old), old)) << "a root is not trusted for its signature";
  root.key = test::new_rsa_key(1024);
  const test::Made small = test::make_certificate("small root", root);
  EXPECT_FALSE(believes(test::make_certificate("below", {}, &small), small));
}

TEST_F(TlsTest, RefusesEmptyTrust) {
  const std::string broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  for (const std::string& pem :
       {std::string(), std::string("none"), broken, test::to_pem(good_.certificate) + broken}) {
    const auto context = TlsContext::client({TlsTrust::Roots::kGiven, pem});
    ASSERT_FALSE(context.has_value()) << pem;
    EXPECT_STREQ(context.error().code, "tls.roots");
  }
}

}  // namespace
}  // namespace avouch::net
