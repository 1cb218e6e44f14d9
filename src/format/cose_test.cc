#include "format/cose.h"

#include <gtest/gtest.h>

#include "codec/cbor.h"
#include "codec/hex.h"

namespace avouch::cose {
namespace {

using crypto::Curve;
using crypto::PrivateKey;
using crypto::SignatureAlgorithm;

Buffer from_hex(std::string_view hex) {
  return codec::from_hex(hex).value();
}

template <class Value>
std::string code_of(const Result<Value>& result) {
  return result.has_value() ? "accepted" : result.error().code;
}

// A COSE_Sign1 of which each part can be replaced; hex of encoded items.
struct Parts {
  std::string tag = "d2";
  std::string array = "84";
  std::string protected_header = "43a10126";  // << {1: -7} >>
  std::string unprotected_header = "a0";
  std::string payload = "43010203";
  std::string signature = "4104";
  std::string after = {};
};

std::string parse_code(const Parts& parts) {
  const Buffer message = from_hex(parts.tag + parts.array + parts.protected_header + parts.unprotected_header +
                                  parts.payload + parts.signature + parts.after);
  return code_of(parse_sign1(message, "test"));
}

TEST(CoseSign1, IsSplitWithoutCopying) {
  const Buffer message = from_hex("d28443a10126a1044131430102034104");
  const Sign1 parts = parse_sign1(message, "test").value();
  EXPECT_EQ(parts.algorithm, SignatureAlgorithm::kEs256);
  EXPECT_EQ(codec::to_hex(parts.protected_header), "a10126");
  EXPECT_EQ(codec::to_hex(parts.payload), "010203");
  EXPECT_EQ(codec::to_hex(parts.signature), "04");
  EXPECT_EQ(parts.protected_header.data(), message.data() + 3);
}

TEST(CoseSign1, KnowsTheAlgorithmsOfTheStandard) {
  const std::pair<const char*, SignatureAlgorithm> algorithms[] = {
      {"43a10126", SignatureAlgorithm::kEs256},   {"44a1013822", SignatureAlgorithm::kEs384},
      {"44a1013823", SignatureAlgorithm::kEs512}, {"43a10127", SignatureAlgorithm::kEdDsa},
      {"44a1013824", SignatureAlgorithm::kPs256}, {"44a1013825", SignatureAlgorithm::kPs384},
      {"44a1013826", SignatureAlgorithm::kPs512},
  };
  for (const auto& [header, algorithm] : algorithms) {
    const Buffer message = from_hex(std::string("d284") + header + "a041014104");
    EXPECT_EQ(parse_sign1(message, "test").value().algorithm, algorithm) << header;
  }
}

TEST(CoseSign1, RefusesOtherTagsAndNone) {
  for (const char* tag : {"", "d1", "d3", "d83d", "d83dd2", "d862"}) {
    EXPECT_EQ(parse_code({.tag = tag}), "cose.untagged") << tag;
  }
  EXPECT_EQ(parse_code({.tag = "d2d2"}), "cose.shape");
}

TEST(CoseSign1, RefusesOtherShapes) {
  EXPECT_EQ(parse_code({.array = "83"}), "cose.shape");
  EXPECT_EQ(parse_code({.array = "85", .after = "00"}), "cose.shape");
  EXPECT_EQ(code_of(parse_sign1(from_hex("d2a0"), "test")), "cose.shape");
  EXPECT_EQ(code_of(parse_sign1(from_hex("d280"), "test")), "cose.shape");
  EXPECT_EQ(code_of(parse_sign1(from_hex("d200"), "test")), "cose.shape");
}

TEST(CoseSign1, RefusesPartsOfOtherKinds) {
  EXPECT_EQ(parse_code({.protected_header = "a10126"}), "cbor.kind");
  EXPECT_EQ(parse_code({.unprotected_header = "40"}), "cbor.kind");
  EXPECT_EQ(parse_code({.payload = "63010203"}), "cbor.kind");
  EXPECT_EQ(parse_code({.payload = "f4"}), "cbor.simple");
  EXPECT_EQ(parse_code({.signature = "6104"}), "cbor.kind");
  EXPECT_EQ(parse_code({.signature = "f6"}), "cbor.kind");
}

TEST(CoseSign1, RefusesAMissingAlgorithm) {
  for (const char* header : {"40", "41a0", "43a10430", "44a1044131"}) {
    EXPECT_EQ(parse_code({.protected_header = header}), "cose.algorithm") << header;
  }
}

TEST(CoseSign1, RefusesAnUnknownAlgorithm) {
  const char* headers[] = {"43a10100", "43a10120", "44a1013828", "45a101390100" /* RS256 */,
                           "48a101654553323536" /* the text ES256 */};
  for (const char* header : headers) EXPECT_EQ(parse_code({.protected_header = header}), "cose.algorithm") << header;
}

TEST(CoseSign1, RefusesAnAlgorithmThatIsNotSigned) {
  EXPECT_EQ(parse_code({.protected_header = "40", .unprotected_header = "a10126"}), "cose.algorithm-unprotected");
  EXPECT_EQ(parse_code({.protected_header = "41a0", .unprotected_header = "a10126"}), "cose.algorithm-unprotected");
  EXPECT_EQ(parse_code({.unprotected_header = "a10126"}), "cose.algorithm-unprotected");
  EXPECT_EQ(parse_code({.unprotected_header = "a2044131013822"}), "cose.algorithm-unprotected");
}

TEST(CoseSign1, RefusesCriticalHeadersThatItDoesNotKnow) {
  const char* headers[] = {
      "46a20126028102",            // {1: -7, 2: [2]}
      "49a30126028104044131",      // {1: -7, 2: [4], 4: '1'}
      "47a2012602820104",          // {1: -7, 2: [1, 4]}
      "4ba2012602816568656c6c6f",  // {1: -7, 2: ["hello"]}
      "45a201260280",              // {1: -7, 2: []}; RFC 9052 section 3.1 wants one label at least
  };
  for (const char* header : headers) EXPECT_EQ(parse_code({.protected_header = header}), "cose.critical") << header;
  EXPECT_EQ(parse_code({.unprotected_header = "a1028101"}), "cose.critical");
}

TEST(CoseSign1, AcceptsACriticalAlgorithm) {
  EXPECT_EQ(parse_code({.protected_header = "46a20126028101"}), "accepted");
}

TEST(CoseSign1, PassesOverOtherHeaders) {
  EXPECT_EQ(parse_code({.unprotected_header = "a2044131613160"}), "accepted");
  EXPECT_EQ(parse_code({.protected_header = "48a301260300046131"}), "accepted");
}

TEST(CoseSign1, RefusesDuplicateHeaders) {
  EXPECT_EQ(parse_code({.protected_header = "45a201260126"}), "cbor.duplicate-key");
  EXPECT_EQ(parse_code({.unprotected_header = "a2044131044132"}), "cbor.duplicate-key");
}

TEST(CoseSign1, RefusesAProtectedHeaderWithSomethingAfter) {
  EXPECT_EQ(parse_code({.protected_header = "44a1012600"}), "cbor.trailing");
}

TEST(CoseSign1, RefusesADetachedPayload) {
  EXPECT_EQ(parse_code({.payload = "f6"}), "cose.detached");
}

TEST(CoseSign1, RefusesASignatureWithoutOctets) {
  EXPECT_EQ(parse_code({.signature = "40"}), "cose.empty-signature");
}

TEST(CoseSign1, RefusesAnythingAfterTheMessage) {
  EXPECT_EQ(parse_code({.after = "00"}), "cbor.trailing");
}

TEST(CoseSign1, RefusesEveryTruncation) {
  const Buffer message = from_hex("d28443a10126a1044131430102034104");
  for (std::size_t length = 0; length < message.size(); ++length) {
    EXPECT_EQ(code_of(parse_sign1(Bytes(message).first(length), "test")), "cbor.short") << length;
  }
}

TEST(CoseSign1, BlamesTheEvidence) {
  EXPECT_EQ(parse_sign1(from_hex("d28440"), "test").error().blame, Blame::kEvidence);
  EXPECT_EQ(parse_sign1(from_hex("00"), "test").error().blame, Blame::kEvidence);
}

struct Signer {
  PrivateKey key;
  SignatureAlgorithm algorithm;
};

std::vector<Signer> signers() {
  return {{PrivateKey::generate_ec(Curve::kP256), SignatureAlgorithm::kEs256},
          {PrivateKey::generate_ec(Curve::kP384), SignatureAlgorithm::kEs384},
          {PrivateKey::generate_ec(Curve::kP521), SignatureAlgorithm::kEs512},
          {PrivateKey::generate_ed25519(), SignatureAlgorithm::kEdDsa},
          {PrivateKey::generate_rsa(2048), SignatureAlgorithm::kPs256}};
}

TEST(CoseSignature, VerifiesWhatItMade) {
  for (const Signer& signer : signers()) {
    const Buffer message = make_sign1(signer.key, signer.algorithm, as_bytes("payload")).value();
    const Sign1 parts = parse_sign1(message, "test").value();
    EXPECT_EQ(parts.algorithm, signer.algorithm);
    EXPECT_EQ(as_text(parts.payload), "payload");
    EXPECT_EQ(code_of(verify_sign1(parts, signer.key.public_key())), "accepted") << to_string(signer.algorithm);
  }
}

TEST(CoseSignature, VerifiesTheExampleOfTheStandard) {  // RFC 9052 appendix C.2.1, keys of appendix C.7.1 ("11")
  const Buffer message = from_hex(
      "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23d58fef5c0831"
      "06c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36");
  const crypto::PublicKey key =
      crypto::PublicKey::from_ec_point(Curve::kP256,
                                       from_hex("bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff"),
                                       from_hex("20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e"))
          .value();
  const Sign1 parts = parse_sign1(message, "test").value();
  EXPECT_EQ(as_text(parts.payload), "This is the content.");
  EXPECT_EQ(code_of(verify_sign1(parts, key)), "accepted");
  EXPECT_EQ(code_of(verify_sign1(parts, key, as_bytes("other data"))), "signature.invalid");
}

TEST(CoseSignature, RefusesEveryFlippedBit) {
  const PrivateKey key = PrivateKey::generate_ec(Curve::kP256);
  const crypto::PublicKey public_key = key.public_key();
  const Buffer message = make_sign1(key, SignatureAlgorithm::kEs256, as_bytes("payload")).value();
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    Buffer forged = message;
    forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ (1U << (bit % 8)));
    const Result<Sign1> parts = parse_sign1(forged, "test");
    EXPECT_FALSE(parts.has_value() && verify_sign1(*parts, public_key).has_value()) << bit;
  }
}

TEST(CoseSignature, RefusesAnotherKey) {
  const Buffer message =
      make_sign1(PrivateKey::generate_ec(Curve::kP256), SignatureAlgorithm::kEs256, as_bytes("payload")).value();
  const Sign1 parts = parse_sign1(message, "test").value();
  EXPECT_EQ(code_of(verify_sign1(parts, PrivateKey::generate_ec(Curve::kP256).public_key())), "signature.invalid");
  EXPECT_EQ(code_of(verify_sign1(parts, PrivateKey::generate_ec(Curve::kP384).public_key())), "signature.algorithm");
  EXPECT_EQ(code_of(verify_sign1(parts, PrivateKey::generate_ed25519().public_key())), "signature.algorithm");
}

TEST(CoseSignature, RefusesASignatureOfAnotherLength) {
  const PrivateKey key = PrivateKey::generate_ec(Curve::kP256);
  const Buffer message = make_sign1(key, SignatureAlgorithm::kEs256, as_bytes("payload")).value();
  Sign1 parts = parse_sign1(message, "test").value();
  parts.signature = parts.signature.first(63);
  EXPECT_EQ(code_of(verify_sign1(parts, key.public_key())), "signature.size");
}

TEST(CoseSignature, CoversTheExternalData) {
  const PrivateKey key = PrivateKey::generate_ec(Curve::kP256);
  const Buffer message = make_sign1(key, SignatureAlgorithm::kEs256, as_bytes("payload")).value();
  const Sign1 parts = parse_sign1(message, "test").value();
  EXPECT_EQ(code_of(verify_sign1(parts, key.public_key(), as_bytes("x"))), "signature.invalid");
}

TEST(CoseSignature, IsNotMadeWithAnAlgorithmThatCoseLacks) {
  const Result<Buffer> made =
      make_sign1(PrivateKey::generate_rsa(2048), SignatureAlgorithm::kRs256, as_bytes("payload"));
  EXPECT_EQ(code_of(made), "cose.algorithm");
  EXPECT_EQ(made.error().blame, Blame::kInternal);
}

TEST(CoseSignature, IsNotMadeWithTheKeyOfAnotherCurve) {
  EXPECT_EQ(code_of(make_sign1(PrivateKey::generate_ec(Curve::kP384), SignatureAlgorithm::kEs256, as_bytes("payload"))),
            "signature.algorithm");
}

crypto::EcPoint new_point(Curve curve) {
  return PrivateKey::generate_ec(curve).public_key().ec_point().value();
}

TEST(CoseKey, ReadsBackEveryCurve) {
  for (const Curve curve : {Curve::kP256, Curve::kP384, Curve::kP521}) {
    const crypto::EcPoint point = new_point(curve);
    const crypto::EcPoint again = parse_ec2_key(encode_ec2_key(point), "test").value().ec_point().value();
    EXPECT_EQ(again.curve, curve);
    EXPECT_EQ(again.x, point.x);
    EXPECT_EQ(again.y, point.y);
  }
}

// {1: 2, -1: 1, -2: x, -3: y} with what a test adds; `pairs` counts what it writes.
struct KeyMembers {
  std::string key_type = "0102";
  std::string curve = "2001";
  std::optional<std::string> x = std::nullopt;
  std::optional<std::string> y = std::nullopt;
  std::string more = {};
  int pair_count = 4;
};

std::string key_code(const KeyMembers& members) {
  const crypto::EcPoint point = new_point(Curve::kP256);
  const std::string x = members.x.value_or("215820" + codec::to_hex(point.x));
  const std::string y = members.y.value_or("225820" + codec::to_hex(point.y));
  const std::string head = "a" + std::to_string(members.pair_count);
  return code_of(parse_ec2_key(from_hex(head + members.more + members.key_type + y + x + members.curve), "test"));
}

TEST(CoseKey, TakesMembersInAnyOrderAndPassesOverOthers) {
  EXPECT_EQ(key_code({}), "accepted");
  EXPECT_EQ(key_code({.more = "0241ff6164f5", .pair_count = 6}), "accepted");
}

TEST(CoseKey, RefusesAPrivateKey) {
  EXPECT_EQ(key_code({.more = "234101", .pair_count = 5}), "cose.key.private");
}

TEST(CoseKey, RefusesOtherShapes) {
  EXPECT_EQ(key_code({.key_type = "0101"}), "cose.key.shape");
  EXPECT_EQ(key_code({.key_type = "0103"}), "cose.key.shape");
  EXPECT_EQ(key_code({.key_type = "016132"}), "cose.key.shape");
  EXPECT_EQ(key_code({.key_type = "", .pair_count = 3}), "cose.key.shape");
  EXPECT_EQ(key_code({.curve = "", .pair_count = 3}), "cose.key.shape");
  EXPECT_EQ(key_code({.x = "", .pair_count = 3}), "cose.key.shape");
  EXPECT_EQ(key_code({.y = "", .pair_count = 3}), "cose.key.shape");
  EXPECT_EQ(key_code({.y = "22f5"}), "cose.key.shape");  // a compressed point
  EXPECT_EQ(key_code({.x = "216131"}), "cose.key.shape");
  EXPECT_EQ(code_of(parse_ec2_key(from_hex("80"), "test")), "cose.key.shape");
}

TEST(CoseKey, RefusesUnknownCurves) {
  for (const char* curve : {"2000", "2004", "2006", "2008", "2020", "2065502d323536"}) {
    EXPECT_EQ(key_code({.curve = curve}), "cose.key.curve") << curve;
  }
}

TEST(CoseKey, RefusesCoordinatesOfAnotherWidth) {
  EXPECT_EQ(key_code({.x = "2141ff"}), "key.coordinate");
  EXPECT_EQ(key_code({.curve = "2002"}), "key.coordinate");
}

TEST(CoseKey, RefusesAPointThatIsNotOnTheCurve) {
  crypto::EcPoint point = new_point(Curve::kP256);
  point.y.back() ^= 1;
  const Result<crypto::PublicKey> key = parse_ec2_key(encode_ec2_key(point), "test");
  EXPECT_EQ(code_of(key), "key.point");
  EXPECT_EQ(key.error().blame, Blame::kEvidence);
}

TEST(CoseKey, RefusesDuplicatesTruncationsAndTrailers) {
  EXPECT_EQ(key_code({.more = "0102", .pair_count = 5}), "cbor.duplicate-key");
  const Buffer key = encode_ec2_key(new_point(Curve::kP256));
  for (std::size_t length = 0; length < key.size(); ++length) {
    EXPECT_EQ(code_of(parse_ec2_key(Bytes(key).first(length), "test")), "cbor.short") << length;
  }
  Buffer longer = key;
  longer.push_back(0);
  EXPECT_EQ(code_of(parse_ec2_key(longer, "test")), "cbor.trailing");
}

}  // namespace
}  // namespace avouch::cose
