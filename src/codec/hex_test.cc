#include "codec/hex.h"

#include <gtest/gtest.h>

namespace avouch::codec {
namespace {

TEST(Hex, WritesLowerCase) {
  EXPECT_EQ(to_hex(Buffer{0x00, 0x1F, 0xAB, 0xFF}), "001fabff");
  EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, ReadsEitherCase) {
  EXPECT_EQ(from_hex("001FabFF").value(), (Buffer{0x00, 0x1F, 0xAB, 0xFF}));
  EXPECT_EQ(from_hex("").value(), Buffer{});
}

TEST(Hex, ReadsBackEveryOctet) {
  for (int octet = 0; octet < 256; ++octet) {
    const Buffer octets{static_cast<std::uint8_t>(octet)};
    EXPECT_EQ(from_hex(to_hex(octets)).value(), octets);
  }
}

TEST(Hex, RefusesEveryCharacterButDigits) {
  for (int character = 0; character < 256; ++character) {
    const bool digit = std::isxdigit(character) != 0;
    const std::string low{'0', static_cast<char>(character)};
    const std::string high{static_cast<char>(character), '0'};
    EXPECT_EQ(from_hex(low).has_value(), digit) << character;
    EXPECT_EQ(from_hex(high).has_value(), digit) << character;
  }
}

TEST(Hex, RefusesAnOddNumberOfDigits) {
  EXPECT_STREQ(from_hex("abc").error().code, "hex.syntax");
  EXPECT_EQ(from_hex("a").error().blame, Blame::kRequest);
}

TEST(Hex, RefusesAPrefix) {
  EXPECT_STREQ(from_hex("0x12").error().code, "hex.syntax");
}

}  // namespace
}  // namespace avouch::codec
