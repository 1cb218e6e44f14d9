#include "crypto/digest.h"

#include <gtest/gtest.h>

#include "crypto/test_support.h"

namespace avouch::crypto {
namespace {

// FIPS 180-4 examples: the message "abc".
TEST(Digest, MatchesFips180) {
  EXPECT_EQ(to_hex(digest(Hash::kSha256, as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(digest(Hash::kSha384, as_bytes("abc"))),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(
      to_hex(digest(Hash::kSha512, as_bytes("abc"))),
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643c"
      "e80e2a9ac94fa54ca49f");
}

TEST(Digest, TakesPartsAsOneMessage) {
  for (const Hash hash : {Hash::kSha256, Hash::kSha384, Hash::kSha512}) {
    EXPECT_EQ(to_hex(digest(hash, {as_bytes("a"), as_bytes(""), as_bytes("bc")})),
              to_hex(digest(hash, as_bytes("abc"))));
    EXPECT_EQ(digest(hash, as_bytes("abc")).bytes().size(), size_bytes(hash));
    EXPECT_EQ(to_hex(digest(hash, {})), to_hex(digest(hash, Bytes{})));
  }
}

TEST(Hmac, MatchesRfc4231) {  // section 4.3, test case 2
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hmac, TakesAnEmptyKey) {
  EXPECT_EQ(to_hex(hmac_sha256(Bytes{}, Bytes{})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HashFromName, KnowsBothSpellingsInAnyCase) {
  EXPECT_EQ(hash_from_name("sha-256"), Hash::kSha256);
  EXPECT_EQ(hash_from_name("SHA384"), Hash::kSha384);
  EXPECT_EQ(hash_from_name("Sha-512"), Hash::kSha512);
}

TEST(HashFromName, RefusesEverythingElse) {
  for (const char* name : {"", "sha", "sha1", "sha-1", "md5", "sha-2566", "sha256 ", "sha3-256", "sha--256"}) {
    EXPECT_EQ(hash_from_name(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace avouch::crypto
