// Shared secrets and what is derived from them.
#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "crypto/encryption.h"
#include "wycheproof/suite.h"

namespace avouch::wycheproof {
namespace {

constexpr std::size_t kHkdfBytesMax = 255 * 32;

Outcome compare(Bytes got, Bytes wanted) {
  return to_buffer(got) == to_buffer(wanted) ? Outcome::kRight : Outcome::kWrong;
}

// The vectors write scalars as numbers: with a sign octet in front, or short.
crypto::PrivateKey private_key(crypto::Curve curve, Bytes number) {
  while (!number.empty() && number[0] == 0) number = number.subspan(1);
  Buffer scalar(crypto::coordinate_bytes(curve) - number.size(), 0);
  scalar.insert(scalar.end(), number.begin(), number.end());
  return crypto::PrivateKey::from_ec_scalar(curve, scalar).value();
}

Outcome agree(crypto::Curve curve, const Case& one, const Result<crypto::PublicKey>& peer) {
  if (!peer.has_value()) return Outcome::kRefused;
  const Result<Secret> shared = crypto::ecdh(private_key(curve, one.octets("private")), *peer);
  return shared.has_value() ? compare(shared->reveal(), one.octets("shared")) : Outcome::kRefused;
}

// The peer's key as a SubjectPublicKeyInfo.
Suite with_spki(const char* file, crypto::Curve curve) {
  Suite suite{file, [curve](const Case& one) {
                return agree(curve, one, crypto::PublicKey::from_spki_der(one.octets("public")));
              }};
  suite.accepted = {"CompressedPoint"};
  suite.refused = {"InvalidAsn", "UnnamedCurve"};
  return suite;
}

// The peer's key as coordinates, as JWK and COSE_Key have them. There is no compressed form of those.
Suite with_point(const char* file, crypto::Curve curve) {
  Suite suite{file, [curve](const Case& one) {
                const Buffer point = one.octets("public");
                if (point.empty() || point[0] != 0x04) return Outcome::kRefused;
                const Bytes coordinates = Bytes(point).subspan(1);
                const std::size_t width = coordinates.size() / 2;
                return agree(
                    curve, one,
                    crypto::PublicKey::from_ec_point(curve, coordinates.first(width), coordinates.subspan(width)));
              }};
  suite.refused = {"CompressedPoint"};
  return suite;
}

Outcome derive(const Case& one) {
  const Secret input(one.octets("ikm"));
  const Buffer salt = one.octets("salt"), info = one.octets("info");
  const auto size_bytes = static_cast<std::size_t>(one.number("size"));
  if (size_bytes > kHkdfBytesMax) {  // Against the contract: our own bug, whoever asks for it.
    EXPECT_DEATH((void)crypto::hkdf_sha256(input, salt, as_text(info), size_bytes), "");
    return Outcome::kRefused;
  }
  return compare(crypto::hkdf_sha256(input, salt, as_text(info), size_bytes).reveal(), one.octets("okm"));
}

// A tag that differs is what a verifier refuses; some groups have the first half of the tag only.
Outcome authenticate(const Case& one) {
  const crypto::Digest tag = crypto::hmac_sha256(one.octets("key"), one.octets("msg"));
  const auto tag_bytes = static_cast<std::size_t>(one.group_number("tagSize")) / 8;
  const Outcome outcome = compare(tag.bytes().first(tag_bytes), one.octets("tag"));
  return outcome == Outcome::kRight ? Outcome::kRight : Outcome::kRefused;
}

}  // namespace

std::vector<Suite> agreement_suites() {
  using enum crypto::Curve;
  return {
      with_spki("ecdh_secp256r1_test.json", kP256),
      with_spki("ecdh_secp384r1_test.json", kP384),
      with_spki("ecdh_secp521r1_test.json", kP521),
      with_point("ecdh_secp256r1_ecpoint_test.json", kP256),
      with_point("ecdh_secp384r1_ecpoint_test.json", kP384),
      with_point("ecdh_secp521r1_ecpoint_test.json", kP521),
      {"hkdf_sha256_test.json", derive},
      {"hmac_sha256_test.json", authenticate},
  };
}

}  // namespace avouch::wycheproof
