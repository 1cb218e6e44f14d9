#include "crypto/signature.h"

#include <gtest/gtest.h>

#include <thread>

#include "crypto/test_keys.h"
#include "crypto/test_support.h"

namespace avouch::crypto {
namespace {

using enum SignatureAlgorithm;

constexpr SignatureAlgorithm kAll[] = {kEs256, kEs384, kEs512, kEdDsa, kRs256, kRs384, kRs512, kPs256, kPs384, kPs512};
const Bytes kMessage = as_bytes("sample");

// RFC 6979 appendix A.2.5 to A.2.7, message "sample"; the private scalars are those of key_private_test.cc.
struct EcdsaCase {
  SignatureAlgorithm algorithm;
  Curve curve;
  const char *scalar, *order, *signature;
};
const EcdsaCase kEcdsaCases[] = {
    {kEs256, Curve::kP256, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
     "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
     "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
     "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
    {kEs384, Curve::kP384,
     "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5",
     "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
     "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46"
     "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"},
    {kEs512, Curve::kP521,
     "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db8"
     "9"
     "ec0c08b0e996b83538",
     "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c4"
     "7"
     "aebb6fb71e91386409",
     "00c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f174e25a1ee9017b5d450606add152b534931d7d4e8455cc91"
     "f"
     "9b15bf05ec36e377fa"
     "00617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af282623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc4"
     "3"
     "997f1ee0e44da4a67a"},
};

PrivateKey key_of(const EcdsaCase& one) {
  return *PrivateKey::from_ec_scalar(one.curve, from_hex(one.scalar));
}

// One key for each algorithm.
PrivateKey key_for(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case kEs256:
      return key_of(kEcdsaCases[0]);
    case kEs384:
      return key_of(kEcdsaCases[1]);
    case kEs512:
      return key_of(kEcdsaCases[2]);
    case kEdDsa:
      return *PrivateKey::from_pem(test_keys::kEd25519Pem);
    default:
      return *PrivateKey::from_pem(test_keys::kRsaPkcs1Pem);
  }
}

TEST(SignatureAlgorithm, HasTheNamesOfRfc7518) {
  for (const SignatureAlgorithm algorithm : kAll) {
    EXPECT_EQ(signature_algorithm_from_name(to_string(algorithm)), algorithm);
  }
  EXPECT_STREQ(to_string(kEs384), "ES384");
  for (const char* name : {"", "none", "None", "HS256", "es256", "ES256K", "ES25", "RS1", "RS256 "}) {
    EXPECT_EQ(signature_algorithm_from_name(name), std::nullopt) << name;
  }
}

TEST(Verify, AcceptsTheSignaturesOfRfc6979) {
  for (const EcdsaCase& one : kEcdsaCases) {
    EXPECT_EQ(code_of(verify(key_of(one).public_key(), one.algorithm, kMessage, from_hex(one.signature))), "accepted");
  }
}

TEST(Verify, RefusesEveryFlippedBitOfAnEcdsaSignature) {
  for (const EcdsaCase& one : kEcdsaCases) {
    const PublicKey key = key_of(one).public_key();
    const Buffer signature = from_hex(one.signature);
    for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
      ASSERT_EQ(code_of(verify(key, one.algorithm, kMessage, with_bit_flipped(signature, bit))), "signature.invalid");
    }
  }
}

TEST(Verify, RefusesEveryFlippedBitOfTheMessage) {
  for (const SignatureAlgorithm algorithm : kAll) {
    const PrivateKey key = key_for(algorithm);
    const Buffer signature = *sign(key, algorithm, kMessage);
    for (std::size_t bit = 0; bit < 8 * kMessage.size(); ++bit) {
      EXPECT_EQ(code_of(verify(key.public_key(), algorithm, with_bit_flipped(kMessage, bit), signature)),
                "signature.invalid");
    }
  }
}

TEST(Verify, RefusesZeroAndWhatIsNotBelowTheOrder) {
  for (const EcdsaCase& one : kEcdsaCases) {
    const PublicKey key = key_of(one).public_key();
    const Buffer good = from_hex(one.signature);
    const std::size_t width = good.size() / 2;
    const Buffer zero(width);
    const Buffer order = from_hex(one.order);
    const Buffer highest(width, 0xff);
    for (const Buffer& bad : {zero, order, highest}) {
      Buffer bad_r = good;
      std::copy(bad.begin(), bad.end(), bad_r.begin());
      Buffer bad_s = good;
      std::copy(bad.begin(), bad.end(), bad_s.begin() + static_cast<std::ptrdiff_t>(width));
      Buffer both = bad;
      both.insert(both.end(), bad.begin(), bad.end());
      for (const Buffer& signature : {bad_r, bad_s, both}) {
        EXPECT_EQ(code_of(verify(key, one.algorithm, kMessage, signature)), "signature.invalid");
      }
    }
  }
}

TEST(Verify, RefusesEveryOtherLength) {
  for (const SignatureAlgorithm algorithm : kAll) {
    const PrivateKey key = key_for(algorithm);
    Buffer signature = *sign(key, algorithm, kMessage);
    for (std::size_t length = 0; length < signature.size(); ++length) {
      ASSERT_EQ(code_of(verify(key.public_key(), algorithm, kMessage, Bytes(signature).first(length))),
                "signature.size");
    }
    signature.push_back(0);
    EXPECT_EQ(code_of(verify(key.public_key(), algorithm, kMessage, signature)), "signature.size");
  }
}

TEST(Verify, RefusesAKeyOfAnotherKindOrCurve) {
  for (const SignatureAlgorithm algorithm : kAll) {
    const Buffer signature = *sign(key_for(algorithm), algorithm, kMessage);
    for (const SignatureAlgorithm other : kAll) {
      const PrivateKey key = key_for(other);
      if (key.public_key().to_spki_der() == key_for(algorithm).public_key().to_spki_der()) continue;
      EXPECT_EQ(code_of(verify(key.public_key(), algorithm, kMessage, signature)), "signature.algorithm");
      EXPECT_EQ(code_of(sign(key, algorithm, kMessage)), "signature.algorithm");
      EXPECT_EQ(sign(key, algorithm, kMessage).error().blame, Blame::kInternal);
    }
  }
}

TEST(Verify, RefusesAnotherAlgorithmOfTheSameRsaKey) {
  const PrivateKey key = key_for(kRs256);
  const SignatureAlgorithm rsa[] = {kRs256, kRs384, kRs512, kPs256, kPs384, kPs512};
  for (const SignatureAlgorithm algorithm : rsa) {
    const Buffer signature = *sign(key, algorithm, kMessage);
    for (const SignatureAlgorithm other : rsa) {
      EXPECT_EQ(verify(key.public_key(), other, kMessage, signature).has_value(), other == algorithm);
    }
  }
}

TEST(Verify, RefusesFlippedBitsOfRsaAndEd25519Signatures) {
  for (const SignatureAlgorithm algorithm : {kEdDsa, kRs256, kPs256}) {
    const PrivateKey key = key_for(algorithm);
    const Buffer signature = *sign(key, algorithm, kMessage);
    for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
      ASSERT_EQ(code_of(verify(key.public_key(), algorithm, kMessage, with_bit_flipped(signature, bit))),
                "signature.invalid");
    }
  }
}

TEST(Verify, RefusesTheRightSignatureByAnotherKey) {
  for (const Curve curve : {Curve::kP256, Curve::kP384, Curve::kP521}) {
    const PrivateKey key = PrivateKey::generate_ec(curve);
    const SignatureAlgorithm algorithm = default_algorithm(key.public_key());
    const Buffer signature = *sign(key, algorithm, kMessage);
    EXPECT_EQ(code_of(verify(PrivateKey::generate_ec(curve).public_key(), algorithm, kMessage, signature)),
              "signature.invalid");
  }
}

// RFC 8032 section 7.1, tests 1 and 2.
TEST(Ed25519, MatchesRfc8032) {
  struct Case {
    const char *seed, *message, *signature;
  };
  for (const Case& one : {
           Case{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5"
                "f059"
                "5bbe24655141438e7a100b"},
           Case{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2e"
                "aeb4"
                "302aeeb00d291612bb0c00"},
       }) {
    const PrivateKey key = *PrivateKey::from_ed25519_seed(from_hex(one.seed));
    EXPECT_EQ(to_hex(*sign(key, kEdDsa, from_hex(one.message))), one.signature);
    EXPECT_EQ(code_of(verify(key.public_key(), kEdDsa, from_hex(one.message), from_hex(one.signature))), "accepted");
  }
}

// RFC 8032 section 5.1.7: S must be below the order L. Here S is the S of test 2, and L more.
TEST(Ed25519, RefusesAScalarThatIsNotReduced) {
  const PrivateKey key =
      *PrivateKey::from_ed25519_seed(from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  const Buffer order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Buffer signature = *sign(key, kEdDsa, from_hex("72"));
  unsigned carry = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    carry += unsigned{signature[32 + i]} + order[i];
    signature[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_EQ(code_of(verify(key.public_key(), kEdDsa, from_hex("72"), signature)), "signature.invalid");
}

// Made by OpenSSL 3.0: openssl dgst -sha256 -sign [-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:N].
constexpr const char* kOpenSslRs256 =
    "128a6501d19402a071166917c4c190b5254d3be3ac65afceeb1459b945f89e96de75aa0410f639a7e167c22db68bc4e9f2c11a8b33523ed3"
    "835b50d04c1850071f9ac46be0da5df6cf54750b58cba0d44d5eb77287fee59f305afa38c0a973faa2504cb19550585ea3af96f184cd2ead"
    "4606b49989b84e86b4fc736b8df1d54225642679971a6b1cd9aec504097c4f2579f316a6de82ed5d05955c4fee373df104b4c78fdc794459"
    "a290dbe311c1dfcc57d50dbca523c27743d43a172474453a632863638750c596ff5df7e4844df8db05927a421aad7cb60bcf0d33cf288ce6"
    "bf2fbca67f90cd71829b93b53d2446912add9c615429ae5723cc0930e5fa2dec";
constexpr const char* kOpenSslPs256 =
    "78e22e3e116fafd59ffa1795577a5c72c599072ea518f1ef9f4421fd933e10f3717c9e3a9ff8603f89388e355fc638d787603d00867b9fdc"
    "422c787e0489239b130fc06bb257d1ca7567ea9b6d5ecd1b556d0675a24b5ab88fb784af0cb6460592c0a3248616f816641e3c3a06a38028"
    "0aabf35437c32b529a554869f8652edf9c520281f99ebdd3155179a95d4c87bb17d059f1af8c89bbd7e0c2899365ab53e4d478a434e421be"
    "41aef1bca4a7284f19356846a17231d3d606b975163c644e5520a06ec2c1267480d85dc07e36c98faa30cd47f0ec12a1e7950b1fbfc3c4f6"
    "07ac1af34909d874279ebc9c9c382fc852f0d12db0619069107efa30c9b2a0c9";
constexpr const char* kOpenSslPs256WithShortSalt =
    "140e09295684ce041a294abe7ba4a962cffab50d2006df5e3e85adcc962cbe95ea867219ab25361fb026e509adfb622365e346f0d7004c29"
    "dfed1022ebe991ee0d00da9e7b8221287dd0c9236f82ea0ddd7bd734097c20b1a42eb8050a4aabfe3e610b0736f5f8493ae13440c7ab8d30"
    "f8d27f351cba2cc439827be1040a09baaf10fd69a5b28602482bc3bee678072580322c982a165a8518b9d7d6d12b8c911abcadc6ab1d97d3"
    "7f05334faa5d149dbc9e83c964aea66452bae2c2ee0c94b138479cf49af2fa580640483a7326505d8d58a1826d700ef405dd5313d6f7ceae"
    "fd33d5044c11217f899af465b3b52b322f563d8eb05de31f0fa5466748b7989b";

TEST(Rsa, VerifiesWhatOpenSslSigned) {
  const PublicKey key = *PublicKey::from_pem(test_keys::kRsaPublicPem);
  EXPECT_EQ(code_of(verify(key, kRs256, kMessage, from_hex(kOpenSslRs256))), "accepted");
  EXPECT_EQ(code_of(verify(key, kPs256, kMessage, from_hex(kOpenSslPs256))), "accepted");
}

TEST(Rsa, RefusesASaltOfAnotherLengthThanTheDigest) {
  const PublicKey key = *PublicKey::from_pem(test_keys::kRsaPublicPem);
  EXPECT_EQ(code_of(verify(key, kPs256, kMessage, from_hex(kOpenSslPs256WithShortSalt))), "signature.invalid");
}

TEST(Sign, MakesWhatVerifyAccepts) {
  for (const SignatureAlgorithm algorithm : kAll) {
    const PrivateKey key = key_for(algorithm);
    for (int i = 0; i < 8; ++i) {
      const Buffer message(static_cast<std::size_t>(i), static_cast<std::uint8_t>(i));
      const Result<Buffer> signature = sign(key, algorithm, message);
      ASSERT_TRUE(signature.has_value());
      EXPECT_EQ(code_of(verify(key.public_key(), algorithm, message, *signature)), "accepted");
    }
  }
}

TEST(Sign, TakesTheDefaultAlgorithmFromTheKey) {
  for (const SignatureAlgorithm algorithm : {kEs256, kEs384, kEs512, kEdDsa, kRs256}) {
    EXPECT_EQ(default_algorithm(key_for(algorithm).public_key()), algorithm);
  }
}

// A key is parsed once and used by every thread; -fsanitize=thread sees more of it.
TEST(Verify, MayBeCalledByManyThreadsWithOneKey) {
  for (const SignatureAlgorithm algorithm : {kEs384, kRs256, kPs256, kEdDsa}) {
    const PrivateKey key = key_for(algorithm);
    const Buffer signature = *sign(key, algorithm, kMessage);
    std::vector<int> accepted(4);
    std::vector<std::thread> threads;
    for (int& count : accepted) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) {
          const Result<Buffer> own = sign(key, algorithm, kMessage);
          count += verify(key.public_key(), algorithm, kMessage, signature).has_value() ? 1 : 0;
          count += own.has_value() && verify(key.public_key(), algorithm, kMessage, *own).has_value() ? 1 : 0;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(accepted, std::vector<int>(4, 40));
  }
}

}  // namespace
}  // namespace avouch::crypto
