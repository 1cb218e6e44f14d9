#include "base/bytes.h"

#include <gtest/gtest.h>

namespace avouch {
namespace {

TEST(Bytes, AndTextAreViewsOfEachOther) {
  const std::string text("a\0b\xff", 4);
  EXPECT_EQ(as_bytes(text).size(), 4u);
  EXPECT_EQ(as_bytes(text)[3], 0xff);
  EXPECT_EQ(as_text(as_bytes(text)), text);
  EXPECT_EQ(to_buffer(as_bytes(text)).size(), 4u);
  EXPECT_TRUE(to_buffer(Bytes{}).empty());
}

TEST(EqualConstantTime, TellsEveryDifferenceOfOneBit) {
  const Buffer left(33, 0x5a);
  EXPECT_TRUE(equal_constant_time(left, Buffer(left)));
  EXPECT_TRUE(equal_constant_time({}, {}));
  for (std::size_t bit = 0; bit < 8 * left.size(); ++bit) {
    Buffer right = left;
    right[bit / 8] = static_cast<std::uint8_t>(right[bit / 8] ^ (1u << (bit % 8)));
    EXPECT_FALSE(equal_constant_time(left, right)) << bit;
  }
}

TEST(EqualConstantTime, RefusesAPrefix) {
  const Buffer whole(8, 1);
  EXPECT_FALSE(equal_constant_time(whole, Bytes(whole).first(7)));
  EXPECT_FALSE(equal_constant_time({}, whole));
}

}  // namespace
}  // namespace avouch
