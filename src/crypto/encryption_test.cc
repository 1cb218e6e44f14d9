#include "crypto/encryption.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "crypto/test_support.h"

namespace avouch::crypto {
namespace {

Secret secret(std::string_view hex) {
  return Secret(from_hex(hex));
}

// McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16.
constexpr const char* kGcmKey = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
constexpr const char* kGcmNonce = "cafebabefacedbaddecaf888";
constexpr const char* kGcmPlaintext =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba"
    "637b39";
constexpr const char* kGcmAssociated = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
constexpr const char* kGcmCiphertext =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abc"
    "c9f662";
constexpr const char* kGcmTag = "76fc6ece0f4e1768cddf8853bb2d551b";

TEST(AesGcm, OpensTestCase16) {
  const Result<Secret> opened = aes_gcm_open(secret(kGcmKey), from_hex(kGcmNonce), from_hex(kGcmCiphertext),
                                             from_hex(kGcmTag), from_hex(kGcmAssociated));
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(to_hex(opened->reveal()), kGcmPlaintext);
}

TEST(AesGcm, RefusesEveryFlippedBit) {
  const Buffer parts[] = {from_hex(kGcmKey), from_hex(kGcmNonce), from_hex(kGcmCiphertext), from_hex(kGcmTag),
                          from_hex(kGcmAssociated)};
  for (std::size_t part = 0; part < 5; ++part) {
    for (std::size_t bit = 0; bit < 8 * parts[part].size(); ++bit) {
      Buffer now[] = {parts[0], parts[1], parts[2], parts[3], parts[4]};
      now[part] = with_bit_flipped(parts[part], bit);
      EXPECT_EQ(code_of(aes_gcm_open(Secret(Bytes(now[0])), now[1], now[2], now[3], now[4])), "seal.open");
    }
  }
}

TEST(AesGcm, RefusesWrongLengths) {
  const Buffer nonce = from_hex(kGcmNonce), ciphertext = from_hex(kGcmCiphertext), tag = from_hex(kGcmTag);
  const Buffer associated = from_hex(kGcmAssociated);
  for (std::size_t length = 0; length < tag.size(); ++length) {  // a short tag is a weak one
    EXPECT_EQ(code_of(aes_gcm_open(secret(kGcmKey), nonce, ciphertext, Bytes(tag).first(length), associated)),
              "seal.open");
  }
  for (const std::size_t length : {0u, 11u, 13u, 16u}) {
    EXPECT_EQ(code_of(aes_gcm_open(secret(kGcmKey), Buffer(length), ciphertext, tag, associated)), "seal.open");
  }
  for (const std::size_t length : {0u, 16u, 24u, 31u, 33u}) {
    EXPECT_EQ(code_of(aes_gcm_open(Secret(Buffer(length)), nonce, ciphertext, tag, associated)), "seal.open");
  }
  for (std::size_t length = 0; length < ciphertext.size(); ++length) {
    EXPECT_EQ(code_of(aes_gcm_open(secret(kGcmKey), nonce, Bytes(ciphertext).first(length), tag, associated)),
              "seal.open");
  }
}

TEST(AesGcm, OpensWhatItSealed) {
  for (const std::string_view text : {"", "a", "sixteen octets!!", "the quick brown fox jumps over the lazy dog"}) {
    const GcmSealed sealed = aes_gcm_seal(secret(kGcmKey), as_bytes(text), as_bytes("header"));
    EXPECT_EQ(sealed.ciphertext.size(), text.size());
    const Result<Secret> opened =
        aes_gcm_open(secret(kGcmKey), sealed.nonce, sealed.ciphertext, sealed.tag, as_bytes("header"));
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(as_text(opened->reveal()), text);
    EXPECT_EQ(code_of(aes_gcm_open(secret(kGcmKey), sealed.nonce, sealed.ciphertext, sealed.tag, {})), "seal.open");
  }
}

TEST(AesGcm, NeverUsesANonceTwice) {
  std::set<std::array<std::uint8_t, kGcmNonceBytes>> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(aes_gcm_seal(secret(kGcmKey), {}, {}).nonce).second);
  }
}

TEST(RecordCipher, OpensWhatItSealedAndWhatItsTwinSealed) {
  const RecordCipher cipher(secret(kGcmKey));
  const RecordCipher twin(secret(kGcmKey));
  for (const std::string_view text : {"", "a", "the quick brown fox jumps over the lazy dog"}) {
    const Buffer sealed = cipher.seal(as_bytes(text), as_bytes("record 1"));
    EXPECT_EQ(sealed.size(), text.size() + kGcmNonceBytes + kGcmTagBytes);
    const Result<Secret> opened = twin.open(sealed, as_bytes("record 1"));
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(as_text(opened->reveal()), text);
    EXPECT_EQ(code_of(cipher.open(sealed, as_bytes("record 2"))), "seal.open");
    EXPECT_EQ(code_of(RecordCipher(Secret(Buffer(32))).open(sealed, as_bytes("record 1"))), "seal.open");
  }
}

TEST(RecordCipher, LaysOutNonceCiphertextTag) {
  Buffer record = from_hex(kGcmNonce);
  for (const char* part : {kGcmCiphertext, kGcmTag}) {
    const Buffer octets = from_hex(part);
    record.insert(record.end(), octets.begin(), octets.end());
  }
  const Result<Secret> opened = RecordCipher(secret(kGcmKey)).open(record, from_hex(kGcmAssociated));
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(to_hex(opened->reveal()), kGcmPlaintext);
}

TEST(RecordCipher, RefusesEveryTruncationAndEveryFlippedBit) {
  RecordCipher original(secret(kGcmKey));
  const RecordCipher cipher = std::move(original);
  Buffer sealed = cipher.seal(as_bytes("a small record"), as_bytes("name"));
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_EQ(code_of(cipher.open(Bytes(sealed).first(length), as_bytes("name"))), "seal.open");
  }
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    EXPECT_EQ(code_of(cipher.open(with_bit_flipped(sealed, bit), as_bytes("name"))), "seal.open");
  }
  sealed.push_back(0);
  EXPECT_EQ(code_of(cipher.open(sealed, as_bytes("name"))), "seal.open");
}

TEST(RecordCipher, MayBeUsedByManyThreads) {
  const RecordCipher cipher(secret(kGcmKey));
  std::vector<int> opened(4);
  std::vector<std::thread> threads;
  for (int& count : opened) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) count += cipher.open(cipher.seal(as_bytes("record"), {}), {}).has_value() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, std::vector<int>(4, 200));
}

// RFC 3394 sections 4.1 to 4.6: keys to wrap with of 128 to 256 bits, keys to be wrapped no longer than those.
TEST(AesKeyWrap, MatchesRfc3394) {
  const std::string wrapping_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  const std::string key = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
  struct Example {
    std::size_t wrapping_key_bytes, key_bytes;
    const char* wrapped;
  };
  for (const Example& example : {
           Example{16, 16, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
           Example{24, 16, "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"},
           Example{32, 16, "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
           Example{24, 24, "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2"},
           Example{32, 24, "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"},
           Example{32, 32, "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
       }) {
    const Secret with = secret(wrapping_key.substr(0, 2 * example.wrapping_key_bytes));
    const std::string wanted = key.substr(0, 2 * example.key_bytes);
    EXPECT_EQ(to_hex(aes_key_wrap(with, secret(wanted))), example.wrapped);
    EXPECT_EQ(to_hex(aes_key_unwrap(with, from_hex(example.wrapped))->reveal()), wanted);
  }
}

TEST(AesKeyWrap, RefusesEveryFlippedBitAndEveryLength) {
  const Secret kek(Buffer(32, 1));
  Buffer wrapped = aes_key_wrap(kek, Secret(Buffer(32, 2)));
  for (std::size_t bit = 0; bit < 8 * wrapped.size(); ++bit) {
    EXPECT_EQ(code_of(aes_key_unwrap(kek, with_bit_flipped(wrapped, bit))), "seal.open");
  }
  for (std::size_t length = 0; length < wrapped.size(); ++length) {
    EXPECT_EQ(code_of(aes_key_unwrap(kek, Bytes(wrapped).first(length))), "seal.open");
  }
  EXPECT_EQ(code_of(aes_key_unwrap(Secret(Buffer(32, 3)), wrapped)), "seal.open");
  for (const std::size_t length : {0u, 1u, 31u, 33u, 64u}) {
    EXPECT_EQ(code_of(aes_key_unwrap(Secret(Buffer(length, 1)), wrapped)), "seal.open");
  }
  wrapped.push_back(0);
  EXPECT_EQ(code_of(aes_key_unwrap(kek, wrapped)), "seal.open");
}

// RFC 7518 appendix C: Alice's ephemeral key, Bob's public key and their Z.
constexpr const char* kAliceScalar = "d3f3716913d4310a0026de741b3f18893afc8114f0c84682ba677e313a13988a";
constexpr const char* kBobX = "c1e349cb61ec70248ce801034c3834e1b88ebe1161cb25af38741f785fcfc4c4";
constexpr const char* kBobY = "7bc96708ef80952b53f8d2555fe72b841ed04588628b1d378a594939500ec9c9";
constexpr const char* kZ = "9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4";

TEST(Ecdh, MatchesRfc7518) {
  const PrivateKey alice = *PrivateKey::from_ec_scalar(Curve::kP256, from_hex(kAliceScalar));
  const PublicKey bob = *PublicKey::from_ec_point(Curve::kP256, from_hex(kBobX), from_hex(kBobY));
  EXPECT_EQ(to_hex(ecdh(alice, bob)->reveal()), kZ);
}

TEST(Ecdh, AgreesBothWaysAtFullWidth) {
  for (const Curve curve : {Curve::kP256, Curve::kP384, Curve::kP521}) {
    for (int i = 0; i < 10; ++i) {
      const PrivateKey one = PrivateKey::generate_ec(curve);
      const PrivateKey other = PrivateKey::generate_ec(curve);
      const Secret shared = *ecdh(one, other.public_key());
      EXPECT_EQ(shared.size_bytes(), coordinate_bytes(curve));
      EXPECT_EQ(to_hex(shared.reveal()), to_hex(ecdh(other, one.public_key())->reveal()));
    }
  }
}

TEST(Ecdh, RefusesKeysThatDoNotGoTogether) {
  const PrivateKey p256 = PrivateKey::generate_ec(Curve::kP256);
  const PrivateKey p384 = PrivateKey::generate_ec(Curve::kP384);
  const PrivateKey ed25519 = PrivateKey::generate_ed25519();
  EXPECT_EQ(code_of(ecdh(p256, p384.public_key())), "key.agreement");
  EXPECT_EQ(code_of(ecdh(p384, p256.public_key())), "key.agreement");
  EXPECT_EQ(code_of(ecdh(p256, ed25519.public_key())), "key.agreement");
  EXPECT_EQ(code_of(ecdh(ed25519, p256.public_key())), "key.agreement");
  EXPECT_EQ(code_of(ecdh(ed25519, ed25519.public_key())), "key.agreement");
}

// The Z above, computed by pyca/cryptography 48 (ConcatKDFHash), which also gives the derived key of RFC 7518
// appendix C; the appendix names the parties, which this function leaves empty.
TEST(ConcatKdf, MatchesAnIndependentImplementation) {
  EXPECT_EQ(to_hex(concat_kdf_sha256(secret(kZ), "A256GCM", 32).reveal()),
            "b27e1ae45b86035f70ffd584b87a3553bd5f156ec0b754cd4d0f74f6562d3535");
  EXPECT_EQ(to_hex(concat_kdf_sha256(secret(kZ), "ECDH-ES+A256KW", 32).reveal()),
            "89ab838633757805bd678cb164f2427776824e8f784152f23747096449921f46");
  EXPECT_EQ(
      to_hex(concat_kdf_sha256(secret(kZ), "A256CBC-HS512", 64).reveal()),
      "3f02e7784c78bf16a7ea9d5d62347bd600bf2478e497a159ef564b4d2e4ba128736c3ce31028ae5ae14793c36d7378ee70062ac7d86fea"
      "ccbf2ed2e5ebdf502d");
}

// RFC 5869 appendix A.1 and A.3.
TEST(Hkdf, MatchesRfc5869) {
  const Secret input(Buffer(22, 0x0b));
  const Buffer info = from_hex("f0f1f2f3f4f5f6f7f8f9");
  EXPECT_EQ(to_hex(hkdf_sha256(input, from_hex("000102030405060708090a0b0c"), as_text(info), 42).reveal()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(to_hex(hkdf_sha256(input, {}, "", 42).reveal()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

}  // namespace
}  // namespace avouch::crypto
