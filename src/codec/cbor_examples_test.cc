// RFC 8949 appendix A, all of table 6: what it lists as an encoding that is ours is read, the rest refused by name.
#include <gtest/gtest.h>

#include <string_view>

#include "codec/cbor.h"
#include "codec/hex.h"
#include "testing/code_of.h"

namespace avouch::cbor {
namespace {

using testing::code_of;

// Definite lengths; floats in any width, which stand for themselves.
constexpr const char* kDefinite[] = {
    "00",
    "01",
    "0a",
    "17",
    "1818",
    "1819",
    "1864",
    "1903e8",
    "1a000f4240",
    "1b000000e8d4a51000",
    "1bffffffffffffffff",
    "c249010000000000000000",
    "3bffffffffffffffff",
    "c349010000000000000000",
    "20",
    "29",
    "3863",
    "3903e7",
    "f90000",
    "f98000",
    "f93c00",
    "fb3ff199999999999a",
    "f93e00",
    "f97bff",
    "fa47c35000",
    "fa7f7fffff",
    "fb7e37e43c8800759c",
    "f90001",
    "f90400",
    "f9c400",
    "fbc010666666666666",
    "f97c00",
    "f97e00",
    "f9fc00",
    "fa7f800000",
    "fa7fc00000",
    "faff800000",
    "fb7ff0000000000000",
    "fb7ff8000000000000",
    "fbfff0000000000000",
    "f4",
    "f5",
    "f6",
    "f7",
    "f0",
    "f8ff",
    "c074323031332d30332d32315432303a30343a30305a",
    "c11a514b67b0",
    "c1fb41d452d9ec200000",
    "d74401020304",
    "d818456449455446",
    "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
    "40",
    "4401020304",
    "60",
    "6161",
    "6449455446",
    "62225c",
    "62c3bc",
    "63e6b0b4",
    "64f0908591",
    "80",
    "83010203",
    "8301820203820405",
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
    "a0",
    "a201020304",
    "a26161016162820203",
    "826161a161626163",
    "a56161614161626142616361436164614461656145",
};

constexpr const char* kIndefinite[] = {
    "5f42010243030405ff",
    "7f657374726561646d696e67ff",
    "9fff",
    "9f018202039f0405ffff",
    "9f01820203820405ff",
    "83018202039f0405ff",
    "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
    "bf61610161629f0203ffff",
    "826161bf61626163ff",
    "bf6346756ef563416d7421ff",
    "83019f0203ff820405",
};

std::string judged(std::string_view hex) {
  const Buffer input = codec::from_hex(hex).value();
  Reader reader(input, "example");
  const Result<Bytes> item = reader.skip();
  return item.has_value() ? code_of(reader.end()) : item.error().code;
}

TEST(Rfc8949AppendixA, EveryDefiniteExampleIsOneItem) {
  for (const char* hex : kDefinite) EXPECT_EQ(judged(hex), "ok") << hex;
}

TEST(Rfc8949AppendixA, EveryIndefiniteExampleIsRefused) {
  for (const char* hex : kIndefinite) EXPECT_EQ(judged(hex), "cbor.indefinite") << hex;
}

// RFC 7049 listed simple(24) as f818. Since RFC 8949 section 3.3 that is not well-formed.
TEST(Rfc8949AppendixA, TheExampleThatWasWithdrawnIsRefused) {
  EXPECT_EQ(judged("f818"), "cbor.simple");
}

TEST(Rfc8949AppendixA, NoExampleCanBeCut) {
  for (const std::string_view hex : kDefinite) {
    for (std::size_t length = 0; length < hex.size(); length += 2) {
      EXPECT_EQ(judged(hex.substr(0, length)), "cbor.short") << hex << " cut to " << length / 2 << " octets";
    }
  }
}

}  // namespace
}  // namespace avouch::cbor
