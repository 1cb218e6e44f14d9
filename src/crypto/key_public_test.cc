#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"
#include "crypto/key.h"
#include "crypto/test_keys.h"
#include "crypto/test_support.h"

namespace avouch::crypto {
namespace {

constexpr Curve kCurves[] = {Curve::kP256, Curve::kP384, Curve::kP521};

// The primes of the curves (SP 800-186 section 3.2.1).
Buffer prime_of(Curve curve) {
  switch (curve) {
    case Curve::kP256:
      return from_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    case Curve::kP384:
      return from_hex(
          "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff");
    case Curve::kP521:
      break;
  }
  Buffer prime(66, 0xff);
  prime[0] = 0x01;
  return prime;
}

TEST(EcPublicKey, SurvivesEveryFormOfItself) {
  for (const Curve curve : kCurves) {
    const PublicKey key = PrivateKey::generate_ec(curve).public_key();
    const EcPoint point = *key.ec_point();
    EXPECT_EQ(point.curve, curve);
    EXPECT_EQ(point.x.size(), coordinate_bytes(curve));
    EXPECT_EQ(key.kind(), KeyKind::kEc);
    EXPECT_EQ(key.curve(), curve);
    const Buffer der = key.to_spki_der();
    EXPECT_EQ(PublicKey::from_ec_point(curve, point.x, point.y)->to_spki_der(), der);
    EXPECT_EQ(PublicKey::from_spki_der(der)->to_spki_der(), der);
    EXPECT_EQ(PublicKey::from_pem(key.to_pem())->to_spki_der(), der);
  }
}

TEST(EcPublicKey, RefusesCoordinatesOfAnotherWidth) {
  for (const Curve curve : kCurves) {
    const EcPoint point = *PrivateKey::generate_ec(curve).public_key().ec_point();
    Buffer longer{0};
    longer.insert(longer.end(), point.x.begin(), point.x.end());
    const Buffer shorter(point.x.begin() + 1, point.x.end());
    for (const Buffer& wrong : {longer, shorter, Buffer{}}) {
      EXPECT_EQ(code_of(PublicKey::from_ec_point(curve, wrong, point.y)), "key.coordinate");
      EXPECT_EQ(code_of(PublicKey::from_ec_point(curve, point.y, wrong)), "key.coordinate");
    }
  }
}

TEST(EcPublicKey, RefusesAPointOffTheCurve) {
  for (const Curve curve : kCurves) {
    const EcPoint point = *PrivateKey::generate_ec(curve).public_key().ec_point();
    for (std::size_t bit = 0; bit < 8 * point.x.size(); bit += 5) {
      EXPECT_EQ(code_of(PublicKey::from_ec_point(curve, with_bit_flipped(point.x, bit), point.y)), "key.point");
      EXPECT_EQ(code_of(PublicKey::from_ec_point(curve, point.x, with_bit_flipped(point.y, bit))), "key.point");
    }
    EXPECT_EQ(code_of(PublicKey::from_ec_point(curve, point.y, point.x)), "key.point");
    const Buffer zero(coordinate_bytes(curve));  // how some write the point at infinity
    EXPECT_EQ(code_of(PublicKey::from_ec_point(curve, zero, zero)), "key.point");
  }
}

TEST(EcPublicKey, RefusesACoordinateNotBelowThePrime) {
  for (const Curve curve : kCurves) {
    const EcPoint point = *PrivateKey::generate_ec(curve).public_key().ec_point();
    EXPECT_EQ(code_of(PublicKey::from_ec_point(curve, prime_of(curve), point.y)), "key.point");
    EXPECT_EQ(code_of(PublicKey::from_ec_point(curve, Buffer(coordinate_bytes(curve), 0xff), point.y)), "key.point");
  }
}

TEST(EcPublicKey, RefusesAPointOfAnotherCurve) {
  const EcPoint point = *PrivateKey::generate_ec(Curve::kP256).public_key().ec_point();
  EXPECT_EQ(code_of(PublicKey::from_ec_point(Curve::kP384, point.x, point.y)), "key.coordinate");
}

TEST(EcPublicKey, HasOneNameHoweverItWasEncoded) {
  const Buffer name = PublicKey::from_pem(test_keys::kEcPublicPem)->to_spki_der();
  EXPECT_EQ(PublicKey::from_pem(test_keys::kEcPublicCompressedPem)->to_spki_der(), name);
}

// RFC 5480 section 2.1.1, even where they spell a curve that has a name.
TEST(EcPublicKey, RefusesACurveThatIsSpeltOut) {
  EXPECT_EQ(code_of(PublicKey::from_pem(test_keys::kEcPublicExplicitPem)), "key.spki");
}

// RFC 5480 section 2.2: 0x06 or 0x07, and then both coordinates all the same.
TEST(EcPublicKey, RefusesAHybridPoint) {
  Buffer der = PrivateKey::generate_ec(Curve::kP256).public_key().to_spki_der();
  const std::size_t first = der.size() - 65;
  ASSERT_EQ(der[first], 0x04);
  der[first] = static_cast<std::uint8_t>(0x06 | (der.back() & 1));
  EXPECT_EQ(code_of(PublicKey::from_spki_der(der)), "key.spki");
}

// RFC 3279 section 2.3.1.
TEST(RsaPublicKey, RefusesParametersOtherThanNull) {
  Buffer der = PublicKey::from_pem(test_keys::kRsaPublicPem)->to_spki_der();
  const Buffer null = {0x01, 0x01, 0x05, 0x00};  // the end of the identifier, and the NULL after it
  const auto found = std::search(der.begin(), der.end(), null.begin(), null.end());
  ASSERT_NE(found, der.end());
  for (const int tag : {0x04, 0x15, 0x7f, 0xa0}) {
    found[2] = static_cast<std::uint8_t>(tag);
    EXPECT_EQ(code_of(PublicKey::from_spki_der(der)), "key.spki") << tag;
  }
}

TEST(PublicKey, RefusesTheInfinityOfAnSpki) {
  Buffer der = from_hex(
      "3019301306072a8648ce3d020106082a8648ce3d030107030200"
      "00");
  EXPECT_EQ(code_of(PublicKey::from_spki_der(der)), "key.spki");
}

TEST(PublicKey, RefusesEveryTruncationAndAnySurplusOfAnSpki) {
  for (const std::string_view pem : {test_keys::kEcPublicPem, test_keys::kRsaPublicPem, test_keys::kEd25519PublicPem}) {
    Buffer der = PublicKey::from_pem(pem)->to_spki_der();
    for (std::size_t length = 0; length < der.size(); ++length) {
      EXPECT_EQ(code_of(PublicKey::from_spki_der(Bytes(der).first(length))), "key.spki") << length;
    }
    der.push_back(0);
    EXPECT_EQ(code_of(PublicKey::from_spki_der(der)), "key.spki");
  }
}

TEST(PublicKey, RefusesKindsItDoesNotKnow) {
  EXPECT_EQ(code_of(PublicKey::from_pem(test_keys::kSecp256k1PublicPem)), "key.spki");
  EXPECT_EQ(code_of(PublicKey::from_pem(test_keys::kRsaPssPublicPem)), "key.spki");
  EXPECT_EQ(code_of(PublicKey::from_pem(test_keys::kRsa1024PublicPem)), "key.spki");
}

TEST(PublicKey, RefusesPemThatIsNotOnePublicKey) {
  const std::string one(test_keys::kEcPublicPem);
  const std::string cut = one.substr(0, one.size() / 2);
  for (const std::string& pem : {std::string(), std::string("key"), one + one, cut, std::string(test_keys::kEcPkcs8Pem),
                                 one + std::string(test_keys::kEcPkcs8Pem), one + cut}) {
    EXPECT_EQ(code_of(PublicKey::from_pem(pem)), "key.spki") << pem;
  }
}

TEST(RsaPublicKey, SurvivesEveryFormOfItself) {
  const PublicKey key = *PublicKey::from_pem(test_keys::kRsaPublicPem);
  EXPECT_EQ(key.kind(), KeyKind::kRsa);
  EXPECT_EQ(key.rsa_bits(), 2048u);
  EXPECT_EQ(key.ec_point().has_value(), false);
  EXPECT_EQ(key.ed25519_raw().has_value(), false);
  RsaPublicNumbers numbers = *key.rsa_numbers();
  EXPECT_EQ(to_hex(numbers.exponent), "010001");
  EXPECT_EQ(PublicKey::from_rsa(numbers.modulus, numbers.exponent)->to_spki_der(), key.to_spki_der());
  numbers.modulus.insert(numbers.modulus.begin(), 0);
  EXPECT_EQ(PublicKey::from_rsa(numbers.modulus, numbers.exponent)->rsa_numbers()->modulus.size(), 256u);
}

TEST(RsaPublicKey, RefusesSizesOutsideTheLimits) {
  const Buffer exponent = from_hex("010001");
  for (const std::size_t bits : {std::size_t{0}, std::size_t{512}, std::size_t{1024}, limits::kRsaModulusBitsMin - 8,
                                 limits::kRsaModulusBits + 8, std::size_t{16384}, std::size_t{1} << 20}) {
    EXPECT_EQ(code_of(PublicKey::from_rsa(Buffer(bits / 8, 0xff), exponent)), "key.rsa") << bits;
  }
  Buffer one_bit_short(limits::kRsaModulusBitsMin / 8, 0xff);
  one_bit_short[0] = 0x7f;
  EXPECT_EQ(code_of(PublicKey::from_rsa(one_bit_short, exponent)), "key.rsa");
  EXPECT_EQ(code_of(PublicKey::from_rsa(Buffer(limits::kRsaModulusBitsMin / 8, 0xff), exponent)), "accepted");
  EXPECT_EQ(code_of(PublicKey::from_rsa(Buffer(limits::kRsaModulusBits / 8, 0xff), exponent)), "accepted");
}

TEST(RsaPublicKey, RefusesBadExponentsAndAnEvenModulus) {
  const RsaPublicNumbers numbers = *PublicKey::from_pem(test_keys::kRsaPublicPem)->rsa_numbers();
  for (const char* exponent :
       {"", "00", "01", "02", "04", "010000", "0200000001", "ffffffffffffffff", "01000000000000000001"}) {
    EXPECT_EQ(code_of(PublicKey::from_rsa(numbers.modulus, from_hex(exponent))), "key.rsa") << exponent;
  }
  EXPECT_EQ(code_of(PublicKey::from_rsa(numbers.modulus, from_hex("03"))), "accepted");
  Buffer even = numbers.modulus;
  even.back() = static_cast<std::uint8_t>(even.back() & 0xfe);
  EXPECT_EQ(code_of(PublicKey::from_rsa(even, numbers.exponent)), "key.rsa");
}

// RFC 8032 section 7.1, test 2.
constexpr const char* kEd25519Raw = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";

TEST(Ed25519PublicKey, SurvivesEveryFormOfItself) {
  const PublicKey key = *PublicKey::from_ed25519(from_hex(kEd25519Raw));
  EXPECT_EQ(key.kind(), KeyKind::kEd25519);
  EXPECT_EQ(key.rsa_bits(), 0u);
  EXPECT_EQ(key.rsa_numbers().has_value(), false);
  EXPECT_EQ(to_hex(*key.ed25519_raw()), kEd25519Raw);
  EXPECT_EQ(PublicKey::from_pem(key.to_pem())->to_spki_der(), key.to_spki_der());
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(code_of(PublicKey::from_ed25519(*PrivateKey::generate_ed25519().public_key().ed25519_raw())), "accepted");
  }
}

TEST(Ed25519PublicKey, RefusesOtherLengths) {
  for (const std::size_t length : {0u, 31u, 33u, 64u}) {
    EXPECT_EQ(code_of(PublicKey::from_ed25519(Buffer(length, 0x11))), "key.ed25519") << length;
  }
}

// All encodings of points whose order divides 8, and the encodings of y not below the prime.
TEST(Ed25519PublicKey, RefusesPointsOfSmallOrderAndEncodingsThatAreNotCanonical) {
  for (const char* raw : {
           "0000000000000000000000000000000000000000000000000000000000000000",  // order 4
           "0000000000000000000000000000000000000000000000000000000000000080",  // order 4
           "0100000000000000000000000000000000000000000000000000000000000000",  // order 1
           "0100000000000000000000000000000000000000000000000000000000000080",  // order 1, with a sign
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // order 2
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",  // order 2, with a sign
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  // order 8
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",  // order 8
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",  // order 8
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",  // order 8
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // the prime, for 0
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // the prime and 1, for 1
           "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       }) {
    EXPECT_EQ(code_of(PublicKey::from_ed25519(from_hex(raw))), "key.ed25519") << raw;
    EXPECT_EQ(code_of(PublicKey::from_spki_der(from_hex(std::string("302a300506032b6570032100") + raw))), "key.spki");
  }
}

// Half of all y have no x. Which, was computed in Python from the curve's equation: bit i, from the left, for the key
// above with its octet 5 replaced by i.
TEST(Ed25519PublicKey, RefusesWhatIsNotOnTheCurve) {
  const Buffer on_curve = from_hex("19d4b97996b3172197ee1a23883e985bd1b31730e387029f8269243a714c7dbf");
  for (std::size_t i = 0; i < 256; ++i) {
    Buffer raw = from_hex(kEd25519Raw);
    raw[5] = static_cast<std::uint8_t>(i);
    const bool is_point = ((on_curve[i / 8] >> (7 - i % 8)) & 1) != 0;
    EXPECT_EQ(code_of(PublicKey::from_ed25519(raw)), is_point ? "accepted" : "key.ed25519") << i;
  }
}

}  // namespace
}  // namespace avouch::crypto
