#include "base/byte_reader.h"

#include <gtest/gtest.h>

namespace avouch {
namespace {

const std::uint8_t kOctets[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0xf8};

TEST(ByteReader, ReadsNumbersInBothOrders) {
  ByteReader little(kOctets, "test");
  EXPECT_EQ(*little.little_endian<std::uint8_t>(), 0x01u);
  EXPECT_EQ(*little.little_endian<std::uint16_t>(), 0x0302u);
  EXPECT_EQ(*little.little_endian<std::uint32_t>(), 0x07060504u);
  ByteReader big(kOctets, "test");
  EXPECT_EQ(*big.big_endian<std::uint8_t>(), 0x01u);
  EXPECT_EQ(*big.big_endian<std::uint16_t>(), 0x0203u);
  EXPECT_EQ(*big.big_endian<std::uint32_t>(), 0x04050607u);
  ByteReader whole(kOctets, "test");
  EXPECT_EQ(*whole.little_endian<std::uint64_t>(), 0xf807060504030201u);
  ByteReader whole_big(kOctets, "test");
  EXPECT_EQ(*whole_big.big_endian<std::uint64_t>(), 0x01020304050607f8u);
}

TEST(ByteReader, WalksToItsEnd) {
  ByteReader in(kOctets, "test");
  EXPECT_EQ((*in.array<2>())[1], 0x02);
  EXPECT_EQ(in.take(3)->back(), 0x05);
  EXPECT_TRUE(in.skip(1).has_value());
  EXPECT_EQ(in.offset(), 6u);
  EXPECT_EQ(in.rest().size(), 2u);
  EXPECT_STREQ(in.end().error().code, "parse.trailing");
  EXPECT_TRUE(in.skip(2).has_value());
  EXPECT_TRUE(in.end().has_value());
  EXPECT_TRUE(in.take(0).has_value());
}

TEST(ByteReader, NeverReadsPastItsEnd) {
  for (std::size_t length = 0; length < 8; ++length) {
    ByteReader in(Bytes(kOctets).first(length), "test");
    EXPECT_STREQ(in.big_endian<std::uint64_t>().error().code, "parse.short");
    EXPECT_STREQ(in.little_endian<std::uint64_t>().error().code, "parse.short");
    EXPECT_STREQ(in.array<8>().error().code, "parse.short");
    EXPECT_STREQ(in.skip(length + 1).error().code, "parse.short");
    EXPECT_STREQ(in.zeros(length + 1).error().code, "parse.short");
    EXPECT_STREQ(in.take(static_cast<std::size_t>(-1)).error().code, "parse.short");
    EXPECT_EQ(in.offset(), 0u) << "a failed read must not move";
  }
}

TEST(ByteReader, RefusesReservedBytesThatAreNotZero) {
  for (std::size_t at = 0; at < 4; ++at) {
    std::uint8_t octets[4] = {};
    ByteReader clean(octets, "test");
    EXPECT_TRUE(clean.zeros(4).has_value());
    octets[at] = 0x80;
    ByteReader dirty(octets, "test");
    EXPECT_STREQ(dirty.zeros(4).error().code, "parse.reserved");
  }
}

TEST(ByteReader, SaysWhatAndWhere) {
  ByteReader in(kOctets, "snp.report");
  EXPECT_TRUE(in.skip(5).has_value());
  const Result<Bytes> refused = in.take(4);
  EXPECT_EQ(refused.error().blame, Blame::kEvidence);
  EXPECT_EQ(refused.error().detail, "snp.report at offset 5: needs more bytes");
}

}  // namespace
}  // namespace avouch
