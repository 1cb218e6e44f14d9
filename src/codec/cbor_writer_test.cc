#include <gtest/gtest.h>

#include <limits>

#include "codec/cbor.h"
#include "codec/hex.h"

namespace avouch::cbor {
namespace {

TEST(CborWriter, WritesIntegersInTheShortestForm) {  // RFC 8949 appendix A
  const std::pair<std::int64_t, const char*> examples[] = {
      {0, "00"},
      {23, "17"},
      {24, "1818"},
      {255, "18ff"},
      {256, "190100"},
      {65535, "19ffff"},
      {65536, "1a00010000"},
      {4294967295, "1affffffff"},
      {4294967296, "1b0000000100000000"},
      {std::numeric_limits<std::int64_t>::max(), "1b7fffffffffffffff"},
      {-1, "20"},
      {-24, "37"},
      {-25, "3818"},
      {-256, "38ff"},
      {-257, "390100"},
      {std::numeric_limits<std::int64_t>::min(), "3b7fffffffffffffff"},
  };
  for (const auto& [value, hex] : examples) EXPECT_EQ(codec::to_hex(Writer().integer(value).view()), hex);
  EXPECT_EQ(codec::to_hex(Writer().unsigned_integer(std::numeric_limits<std::uint64_t>::max()).view()),
            "1bffffffffffffffff");
}

TEST(CborWriter, WritesEveryKindOfItem) {
  Writer out;
  out.tag(18).array(6).bytes(Buffer{1, 2}).text("ü").map(1).integer(-1).boolean(true);
  out.boolean(false).null().raw(Buffer{0x80});
  EXPECT_EQ(codec::to_hex(out.view()), "d28642010262c3bca120f5f4f680");
}

TEST(CborWriter, WritesLongStringsWithLongerHeads) {
  const Buffer octets(256, 0xAA);
  const Buffer out = Writer().bytes(octets).take();
  EXPECT_EQ(codec::to_hex(Bytes(out).first(4)), "590100aa");
  EXPECT_EQ(out.size(), 259U);
}

TEST(CborWriter, WritesWhatTheReaderAccepts) {
  Writer out;
  out.map(2).integer(-75000).array(2).text("a").null().text("b").tag(55799).bytes(Buffer(70'000, 0));
  Reader in(out.view(), "test");
  EXPECT_TRUE(in.skip().has_value());
  EXPECT_TRUE(in.end().has_value());
}

}  // namespace
}  // namespace avouch::cbor
