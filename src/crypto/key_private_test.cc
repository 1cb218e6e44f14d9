#include <gtest/gtest.h>

#include "crypto/key.h"
#include "crypto/signature.h"
#include "crypto/test_keys.h"
#include "crypto/test_support.h"

namespace avouch::crypto {
namespace {

constexpr Curve kCurves[] = {Curve::kP256, Curve::kP384, Curve::kP521};

TEST(PrivateKey, ReadsEveryFormThatOpenSslWrites) {
  const Buffer ec = PublicKey::from_pem(test_keys::kEcPublicPem)->to_spki_der();
  EXPECT_EQ(PrivateKey::from_pem(test_keys::kEcSec1Pem)->public_key().to_spki_der(), ec);  // EC PARAMETERS come first
  EXPECT_EQ(PrivateKey::from_pem(test_keys::kEcPkcs8Pem)->public_key().to_spki_der(), ec);
  const Buffer rsa = PublicKey::from_pem(test_keys::kRsaPublicPem)->to_spki_der();
  EXPECT_EQ(PrivateKey::from_pem(test_keys::kRsaPkcs1Pem)->public_key().to_spki_der(), rsa);
  EXPECT_EQ(PrivateKey::from_pem(test_keys::kRsaPkcs8Pem)->public_key().to_spki_der(), rsa);
  const Buffer ed25519 = PublicKey::from_pem(test_keys::kEd25519PublicPem)->to_spki_der();
  EXPECT_EQ(PrivateKey::from_pem(test_keys::kEd25519Pem)->public_key().to_spki_der(), ed25519);
}

TEST(PrivateKey, SurvivesItsOwnPem) {
  for (const PrivateKey& key :
       {PrivateKey::generate_ec(Curve::kP256), PrivateKey::generate_ec(Curve::kP384),
        PrivateKey::generate_ec(Curve::kP521), PrivateKey::generate_ed25519(), PrivateKey::generate_rsa(2048)}) {
    const Secret pem = key.to_pkcs8_pem();
    EXPECT_TRUE(as_text(pem.reveal()).starts_with("-----BEGIN PRIVATE KEY-----\n"));
    const PrivateKey again = *PrivateKey::from_pem(as_text(pem.reveal()));
    EXPECT_EQ(again.public_key().to_spki_der(), key.public_key().to_spki_der());
    const SignatureAlgorithm algorithm = default_algorithm(key.public_key());
    EXPECT_TRUE(verify(key.public_key(), algorithm, as_bytes("m"), *sign(again, algorithm, as_bytes("m"))).has_value());
  }
}

TEST(PrivateKey, PublishesNoPrivateHalf) {
  const PrivateKey key = PrivateKey::generate_ec(Curve::kP256);
  EXPECT_EQ(key.public_key().to_pem().find("PRIVATE"), std::string::npos);
  EXPECT_EQ(key.public_key().to_spki_der().size(), 91u);
}

TEST(PrivateKey, RefusesEncryptedPem) {
  for (const std::string_view pem : {test_keys::kEcEncryptedSec1Pem, test_keys::kEcEncryptedPkcs8Pem}) {
    const Result<PrivateKey> key = PrivateKey::from_pem(pem);
    ASSERT_EQ(code_of(key), "key.pem");
    EXPECT_NE(key.error().detail.find("encrypted"), std::string::npos);
  }
}

TEST(PrivateKey, RefusesKindsAndSizesThatItDoesNotAccept) {
  for (const std::string_view pem : {test_keys::kRsa1024Pem, test_keys::kSecp256k1Pem, test_keys::kX25519Pem}) {
    EXPECT_EQ(code_of(PrivateKey::from_pem(pem)), "key.pem") << pem;
  }
}

// RFC 5480 section 2.1.1 and RFC 5915 section 3, even where they spell a curve that has a name.
TEST(PrivateKey, RefusesACurveThatIsSpeltOut) {
  for (const std::string_view pem :
       {test_keys::kEcSec1ExplicitPem, test_keys::kEcPkcs8ExplicitPem, test_keys::kEcPkcs8ExplicitInsidePem}) {
    const auto key = PrivateKey::from_pem(pem);
    ASSERT_EQ(code_of(key), "key.pem") << pem;
    EXPECT_EQ(key.error().detail, "the curve is spelt out instead of named") << pem;
  }
}

TEST(PrivateKey, RefusesPemThatIsNotOnePrivateKey) {
  const std::string one(test_keys::kEcPkcs8Pem);
  const std::string sec1(test_keys::kEcSec1Pem);
  const std::string cut = one.substr(0, one.size() / 2);
  const std::string only_parameters = sec1.substr(0, sec1.find("-----BEGIN EC PRIVATE"));
  std::string relabelled(test_keys::kEcPkcs8Pem);
  while (relabelled.find("PRIVATE KEY") != std::string::npos) {
    relabelled.replace(relabelled.find("PRIVATE KEY"), 11, "RSA  KEY");
  }
  for (const std::string& pem :
       {std::string(), std::string("key"), one + one, one + std::string(test_keys::kRsaPkcs1Pem), one + cut, cut,
        std::string(test_keys::kEcPublicPem), one + std::string(test_keys::kEcPublicPem), only_parameters, relabelled,
        sec1 + one}) {
    EXPECT_EQ(code_of(PrivateKey::from_pem(pem)), "key.pem") << pem;
  }
}

TEST(PrivateKey, RefusesEveryDamagedCharacterOrReadsAnotherHonestKey) {
  const std::string pem(test_keys::kEcPkcs8Pem);
  const Buffer original = PrivateKey::from_pem(pem)->public_key().to_spki_der();
  for (std::size_t at = 0; at < pem.size(); ++at) {
    std::string damaged = pem;
    damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
    const Result<PrivateKey> key = PrivateKey::from_pem(damaged);
    // The scalar and the point in the file must belong together, so that no damage yields a key of other halves.
    if (key.has_value()) {
      EXPECT_EQ(key->public_key().to_spki_der(), original) << at;
    }
  }
}

TEST(PrivateKey, RefusesAPublicHalfThatIsNotItsOwn) {
  // SEC 1 section C.4: scalar, then [0] curve, then [1] public key. The scalar's last bit is flipped here.
  const EcPoint point = *PrivateKey::from_ec_scalar(Curve::kP256, Buffer(32, 7))->public_key().ec_point();
  for (const bool is_honest : {true, false}) {
    const std::string der = "30770201010420" + to_hex(Buffer(31, 7)) + (is_honest ? "07" : "06") +
                            "a00a06082a8648ce3d030107a14403420004" + to_hex(point.x) + to_hex(point.y);
    const Buffer octets = from_hex(der);
    std::string pem = "-----BEGIN EC PRIVATE KEY-----\n";
    static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string body;
    for (std::size_t bit = 0; bit < 8 * octets.size(); bit += 6) {
      unsigned value = 0;
      for (std::size_t i = bit; i < bit + 6; ++i) {
        value = 2 * value + (i < 8 * octets.size() ? (octets[i / 8] >> (7 - i % 8)) & 1u : 0u);
      }
      body += kAlphabet[value];
    }
    while (body.size() % 4 != 0) body += '=';
    for (std::size_t at = 0; at < body.size(); at += 64) pem += body.substr(at, 64) + "\n";
    pem += "-----END EC PRIVATE KEY-----\n";
    EXPECT_EQ(code_of(PrivateKey::from_pem(pem)), is_honest ? "accepted" : "key.pem");
  }
}

// RFC 6979 appendix A.2.5 to A.2.7: the private keys and what they yield.
TEST(PrivateKey, ComputesThePublicPointsOfRfc6979) {
  struct Case {
    Curve curve;
    const char *scalar, *x, *y;
  };
  for (const Case& one : {
           Case{Curve::kP256, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
                "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
                "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"},
           Case{Curve::kP384,
                "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5",
                "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13",
                "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720"},
           Case{Curve::kP521,
                "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6"
                "d8fb"
                "ec67db89ec0c08b0e996b83538",
                "01894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd371123d46e45db6b5d5370a7f20fb633155d38"
                "ffa1"
                "6d2bd761dcac474b9a2f5023a4",
                "00493101c962cd4d2fddf782285e64584139c2f91b47f87ff82354d6630f746a28a0db25741b5b34a828008b22acc23f924faa"
                "fbd4"
                "d33f81ea66956dfeaa2bfdfcf5"},
       }) {
    const Result<PrivateKey> key = PrivateKey::from_ec_scalar(one.curve, from_hex(one.scalar));
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(to_hex(key->public_key().ec_point()->x), one.x);
    EXPECT_EQ(to_hex(key->public_key().ec_point()->y), one.y);
  }
}

TEST(PrivateKey, RefusesAScalarOutsideTheOrder) {
  for (const Curve curve : kCurves) {
    const std::size_t width = coordinate_bytes(curve);
    EXPECT_EQ(code_of(PrivateKey::from_ec_scalar(curve, Buffer(width, 0))), "key.scalar");
    EXPECT_EQ(code_of(PrivateKey::from_ec_scalar(curve, Buffer(width, 0xff))), "key.scalar");
    EXPECT_EQ(code_of(PrivateKey::from_ec_scalar(curve, Buffer(width - 1, 1))), "key.scalar");
    EXPECT_EQ(code_of(PrivateKey::from_ec_scalar(curve, Buffer(width + 1, 0))), "key.scalar");
    EXPECT_EQ(code_of(PrivateKey::from_ec_scalar(curve, {})), "key.scalar");
  }
  // The order of P-256, and one less (SP 800-186 section 3.2.1.3).
  const char* order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
  EXPECT_EQ(code_of(PrivateKey::from_ec_scalar(Curve::kP256, from_hex(order))), "key.scalar");
  Buffer below = from_hex(order);
  below.back() = 0x50;
  EXPECT_EQ(code_of(PrivateKey::from_ec_scalar(Curve::kP256, below)), "accepted");
}

TEST(PrivateKey, RefusesAnEd25519SeedOfAnotherLength) {
  for (const std::size_t length : {0u, 31u, 33u, 64u}) {
    EXPECT_EQ(code_of(PrivateKey::from_ed25519_seed(Buffer(length, 1))), "key.ed25519") << length;
  }
}

}  // namespace
}  // namespace avouch::crypto
