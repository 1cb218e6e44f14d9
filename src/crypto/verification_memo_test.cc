#include "crypto/verification_memo.h"

#include <gtest/gtest.h>

#include "testing/code_of.h"

namespace avouch::crypto {
namespace {

using testing::code_of;

class VerificationMemoTest : public ::testing::Test {
 protected:
  std::string verify(const PublicKey& by, Bytes of, Bytes with) { return code_of(memo.verify(by, kEs256, of, with)); }

  static constexpr SignatureAlgorithm kEs256 = SignatureAlgorithm::kEs256;
  const PrivateKey key = PrivateKey::generate_ec(Curve::kP256);
  const PublicKey public_key = key.public_key();
  const Buffer message = to_buffer(as_bytes("what was signed"));
  const Buffer signature = *sign(key, kEs256, message);
  VerificationMemo memo{16};
};

TEST_F(VerificationMemoTest, SaysTheSameTheSecondTime) {
  EXPECT_EQ(verify(public_key, message, signature), "ok");
  EXPECT_EQ(verify(public_key, message, signature), "ok");
}

TEST_F(VerificationMemoTest, RemembersNoRefusal) {
  const Buffer other = to_buffer(as_bytes("something else"));
  EXPECT_EQ(verify(public_key, other, signature), "signature.invalid");
  EXPECT_EQ(verify(public_key, other, signature), "signature.invalid");
  EXPECT_EQ(verify(public_key, message, signature), "ok");
}

TEST_F(VerificationMemoTest, AnyOtherBitIsAnotherQuestion) {
  ASSERT_EQ(verify(public_key, message, signature), "ok");
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    Buffer changed = message;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_EQ(verify(public_key, changed, signature), "signature.invalid") << bit;
  }
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    Buffer changed = signature;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_EQ(verify(public_key, message, changed), "signature.invalid") << bit;
  }
}

TEST_F(VerificationMemoTest, AnotherKeyIsAnotherQuestion) {
  ASSERT_EQ(verify(public_key, message, signature), "ok");
  EXPECT_EQ(verify(PrivateKey::generate_ec(Curve::kP256).public_key(), message, signature), "signature.invalid");
}

TEST_F(VerificationMemoTest, AnotherAlgorithmIsAnotherQuestion) {
  ASSERT_EQ(verify(public_key, message, signature), "ok");
  EXPECT_EQ(code_of(memo.verify(public_key, SignatureAlgorithm::kEs384, message, signature)), "signature.algorithm");
}

TEST_F(VerificationMemoTest, NoOctetMovesBetweenMessageAndSignature) {
  ASSERT_EQ(verify(public_key, message, signature), "ok");
  Buffer longer = message;
  longer.push_back(signature.front());
  EXPECT_EQ(verify(public_key, longer, Bytes(signature).subspan(1)), "signature.size");
}

}  // namespace
}  // namespace avouch::crypto
