#include "dialect/veraison/nonce_request.h"

#include <gtest/gtest.h>

#include <string>

namespace avouch::dialect::veraison {
namespace {

std::string problem_of(std::string_view query) {
  const Result<Buffer> nonce = nonce_of(query);
  return nonce.has_value() ? std::to_string(nonce->size()) + " octets" : nonce.error().detail;
}

TEST(NonceRequest, GetsRandomOctetsOfItsSize) {
  EXPECT_EQ(problem_of(""), "32 octets");
  EXPECT_EQ(problem_of("nonceSize=8"), "8 octets");
  EXPECT_EQ(problem_of("nonceSize=64"), "64 octets");
  EXPECT_EQ(problem_of("other=1&nonceSize=48"), "48 octets");
  EXPECT_EQ(problem_of("nonce=&nonceSize="), "32 octets");
  EXPECT_NE(nonce_of("").value(), nonce_of("").value());
}

TEST(NonceRequest, RefusesOtherSizes) {
  for (const char* query : {"nonceSize=7", "nonceSize=65", "nonceSize=0", "nonceSize=abc", "nonceSize=-8",
                            "nonceSize=32x", "nonceSize=%2032", "nonceSize=99999999999999999999999"}) {
    EXPECT_EQ(problem_of(query), "nonceSize must be in range 8..64") << query;
  }
}

TEST(NonceRequest, TakesBase64OfEitherAlphabetPaddedOrNot) {
  const Buffer octets{0xfb, 0xff, 0xbf, 0xff, 1, 2, 3, 4};
  for (const char* query : {"nonce=-_-__wECAwQ", "nonce=-_-__wECAwQ=", "nonce=%2B/%2B//wECAwQ=", "nonce=+/+//wECAwQ"}) {
    const Result<Buffer> nonce = nonce_of(query);
    ASSERT_TRUE(nonce.has_value()) << query << ": " << nonce.error().detail;
    EXPECT_EQ(*nonce, octets) << query;
  }
}

TEST(NonceRequest, RefusesWhatIsNoNonce) {
  EXPECT_EQ(problem_of("nonce=AAAA"), "nonce must be between 8 and 64 bytes long; got 3");
  EXPECT_EQ(problem_of("nonce=" + std::string(88, 'A')), "nonce must be between 8 and 64 bytes long; got 66");
  EXPECT_EQ(problem_of("nonce=!!"), "nonce must be valid base64");
  EXPECT_EQ(problem_of("nonce=%zz"), "nonce is not percent-encoded UTF-8");
  EXPECT_EQ(problem_of("nonce=AAAAAAAAAAA&nonceSize=8"), "nonce and nonceSize are mutually exclusive");
}

TEST(NonceRequest, MayChooseOnlyOnce) {
  EXPECT_EQ(problem_of("nonce=AAAAAAAAAAA&nonce=AAAAAAAAAAA"), "nonce may be given only once");
  EXPECT_EQ(problem_of("nonceSize=8&nonceSize=8"), "nonceSize may be given only once");
}

}  // namespace
}  // namespace avouch::dialect::veraison
