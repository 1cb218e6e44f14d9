#include <gtest/gtest.h>

#include "crypto/encryption.h"
#include "crypto/test_keys.h"
#include "crypto/test_support.h"

namespace avouch::crypto {
namespace {

constexpr RsaPadding kPaddings[] = {RsaPadding::kOaepSha256, RsaPadding::kOaepSha1, RsaPadding::kPkcs1v15};

PrivateKey own_key() {
  return *PrivateKey::from_pem(test_keys::kRsaPkcs1Pem);
}

// "sample", sealed by OpenSSL 3.0: openssl pkeyutl -encrypt -pkeyopt rsa_padding_mode:...
constexpr const char* kOpenSslOaepSha256 =
    "34f6abca8aedb0c8930cb3cf5802fe6adb4bc6c54e16673833e444db4127ad6d9eb3ada4aabfd302b4a29ec0b1178a96feb2d0c49aed21f6"
    "1f1db5a08d2994780c695a0e8700af599b948ca157603c6ea09011703a03562c918c9179cc154942da627d1b8d4d87e95adabf7539eab04e"
    "58c7207a96f6b539e02f9af11314d3c7cd484e4d9ad0cbc45ab9959fbdf16c73794802149277cdba386fb5b2d537560a2f4602886e8b2f67"
    "3df8088802501aaff09cfcd21d3cb1c06f8229f73d04800536deeb552e9e4f15479595487ff73c7393efa69cbed5a67ce76b57f298a902a1"
    "e48d3ba779cbd750adff1a018f6dfb0bf067be2a8357732df423c92bb6666835";
constexpr const char* kOpenSslOaepSha1 =
    "74a45d860a0b6e0c073d7fb5e2360b1dc215283d7662be4ea1a1d085b650637f4c0c249eb8039a93cf40e007b5767103202ccbd716fa8696"
    "da99f81f8594d4bef8fc3b18ece0bfdb94464be1af3364eaeec6d127a148ec5aae1c13a367af4e8b1768da3e805443a6300a6759bb0dd4d6"
    "056959123bb97db4d789bfb34a2d34b01ddace601b2c4696896e6b9f7e35538e95cf713ce1ff160d1e2921e8d4afd93fff231c4cc6603a58"
    "07c30191aeae024ed49d0db1c8304fc9026d8a474236a1324dc9b9935d1a6205cfdc7784fd635e87d1ac023194f52f1b93f71f2baa8f66b5"
    "2578f0ab9e81299ca0f58c83c6aee8fb6752d7822b3a3b5e611a18a3c74d616d";
constexpr const char* kOpenSslPkcs1v15 =
    "8660cf036053f6e1d803274d6fe72426f5eb1aae0b273977389fa216a9d4458c7dbd5eb1a4a7d125c76279b731f501663d4ec3a0ccc94b85"
    "312d6838a36ccb40d67d87dbfc96f2cd503654d58a0a7d3a77b2425cebcb8d9f2cadb1ed138bbb368723d233ae87853ae8570e365b8b0099"
    "b43d64e91c6275ba4125f2e0f4c0aed2bc1bad7dc55a90df4ac1b91cd692cfed1a153406371e76ed70a354f1ea5d23c72115a043cca6e2d2"
    "c311003f028d2d3103f03998032a5a21d64fdf505e08dceb602d118c1a9fb61a3b080719cff65b37f525eb0cff0821ed6ad4e229f2679cce"
    "a33e70791be7fc71e46d654c041614b1bf7dae2f0711d4d0e8f1c61b9593711a";

TEST(RsaDecrypt, OpensWhatOpenSslSealed) {
  const char* const ciphertexts[] = {kOpenSslOaepSha256, kOpenSslOaepSha1, kOpenSslPkcs1v15};
  for (std::size_t i = 0; i < 3; ++i) {
    const Result<Secret> opened = rsa_decrypt(own_key(), kPaddings[i], from_hex(ciphertexts[i]));
    ASSERT_TRUE(opened.has_value()) << i;
    EXPECT_EQ(as_text(opened->reveal()), "sample");
  }
}

TEST(RsaDecrypt, OpensWhatRsaEncryptSealed) {
  for (const RsaPadding padding : kPaddings) {
    for (const std::string_view text : {"", "a", "thirty-two octets of a session k"}) {
      const Result<Buffer> sealed = rsa_encrypt(own_key().public_key(), padding, as_bytes(text));
      ASSERT_TRUE(sealed.has_value());
      EXPECT_EQ(sealed->size(), 256u);
      EXPECT_EQ(as_text(rsa_decrypt(own_key(), padding, *sealed)->reveal()), text);
    }
  }
}

TEST(RsaDecrypt, RefusesFlippedBitsOfAnOaepCiphertext) {
  for (const RsaPadding padding : {RsaPadding::kOaepSha256, RsaPadding::kOaepSha1}) {
    const PrivateKey key = own_key();
    const Buffer sealed = *rsa_encrypt(key.public_key(), padding, as_bytes("key"));
    for (std::size_t bit = 0; bit < 8 * sealed.size(); bit += 17) {
      EXPECT_EQ(code_of(rsa_decrypt(key, padding, with_bit_flipped(sealed, bit))), "seal.open");
    }
  }
}

TEST(RsaDecrypt, RefusesAnotherPadding) {
  const PrivateKey key = own_key();
  for (const RsaPadding made : kPaddings) {
    const Buffer sealed = *rsa_encrypt(key.public_key(), made, as_bytes("key"));
    for (const RsaPadding read : {RsaPadding::kOaepSha256, RsaPadding::kOaepSha1}) {
      if (read != made) {
        EXPECT_EQ(code_of(rsa_decrypt(key, read, sealed)), "seal.open");
      }
    }
  }
}

// Every failure looks the same: code, blame and detail.
TEST(RsaDecrypt, SaysNothingOfWhyItFailed) {
  const PrivateKey key = own_key();
  const PublicKey other = PrivateKey::generate_rsa(2048).public_key();
  for (const RsaPadding padding : kPaddings) {
    Buffer zero(256);
    Buffer largest(256, 0xff);  // not below the modulus
    for (const Bytes sealed : {Bytes{}, Bytes(zero), Bytes(largest), Bytes(zero).first(255)}) {
      const Result<Secret> opened = rsa_decrypt(key, padding, sealed);
      ASSERT_EQ(code_of(opened), "seal.open");
      EXPECT_EQ(opened.error().detail, "RSA");
    }
    if (padding == RsaPadding::kPkcs1v15) continue;  // A stranger's octets unpad by chance once in 100,000 times.
    EXPECT_EQ(code_of(rsa_decrypt(key, padding, *rsa_encrypt(other, padding, as_bytes("key")))), "seal.open");
  }
}

TEST(RsaDecrypt, RefusesAKeyThatIsNotRsa) {
  EXPECT_EQ(code_of(rsa_decrypt(PrivateKey::generate_ec(Curve::kP256), RsaPadding::kOaepSha256, Buffer(256))),
            "seal.open");
}

// RFC 8017 section 7.1.1 and 7.2.1: at most k - 2 hLen - 2, or k - 11 octets.
TEST(RsaEncrypt, RefusesAMessageThatIsTooLong) {
  const PublicKey key = own_key().public_key();
  const std::size_t longest[] = {256 - 2 * 32 - 2, 256 - 2 * 20 - 2, 256 - 11};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(code_of(rsa_encrypt(key, kPaddings[i], Buffer(longest[i]))), "accepted");
    EXPECT_EQ(code_of(rsa_encrypt(key, kPaddings[i], Buffer(longest[i] + 1))), "rsa.encrypt");
  }
}

TEST(RsaEncrypt, RefusesAKeyThatIsNotRsa) {
  EXPECT_EQ(code_of(rsa_encrypt(PrivateKey::generate_ec(Curve::kP256).public_key(), RsaPadding::kOaepSha256, {})),
            "rsa.encrypt");
}

}  // namespace
}  // namespace avouch::crypto
