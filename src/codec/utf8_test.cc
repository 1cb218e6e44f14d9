#include "codec/utf8.h"

#include <gtest/gtest.h>

namespace avouch::codec {
namespace {

// A code point as RFC 3629 section 3 lays it out, without asking whether it may be written.
std::string encode(std::uint32_t point) {
  const auto octet = [](std::uint32_t value) { return static_cast<char>(value); };
  if (point < 0x80) return {octet(point)};
  if (point < 0x800) return {octet(0xC0 | (point >> 6)), octet(0x80 | (point & 0x3F))};
  if (point < 0x10000) {
    return {octet(0xE0 | (point >> 12)), octet(0x80 | ((point >> 6) & 0x3F)), octet(0x80 | (point & 0x3F))};
  }
  return {octet(0xF0 | (point >> 18)), octet(0x80 | ((point >> 12) & 0x3F)), octet(0x80 | ((point >> 6) & 0x3F)),
          octet(0x80 | (point & 0x3F))};
}

TEST(Utf8, AcceptsEveryCodePointButSurrogates) {
  for (std::uint32_t point = 0; point <= 0x13FFFF; ++point) {
    const bool surrogate = 0xD800 <= point && point <= 0xDFFF;
    ASSERT_EQ(is_utf8(as_bytes(encode(point))), !surrogate && point <= 0x10FFFF) << point;
  }
}

TEST(Utf8, AcceptsLongTexts) {
  EXPECT_TRUE(is_utf8({}));
  EXPECT_TRUE(is_utf8(as_bytes("0123456789abcdef0123")));
  EXPECT_TRUE(is_utf8(as_bytes("0123456789abcdé ☃ 𝄞 and the rest of it")));
}

TEST(Utf8, RefusesOverlongForms) {
  for (const std::string_view text : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80",
                                      "\xF0\x8F\xBF\xBF", "\xF8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(is_utf8(as_bytes(text)));
  }
}

TEST(Utf8, RefusesAnUnexpectedOctetAtEveryPlace) {
  for (std::size_t place = 0; place < 24; ++place) {
    for (const char bad : {'\x80', '\xBF', '\xC0', '\xF5', '\xFF'}) {
      std::string text(24, 'a');
      text[place] = bad;
      EXPECT_FALSE(is_utf8(as_bytes(text))) << place;
    }
  }
}

TEST(Utf8, RefusesEveryTruncation) {
  for (const std::string_view text : {"é", "☃", "𝄞"}) {
    for (std::size_t length = 1; length < text.size(); ++length) {
      EXPECT_FALSE(is_utf8(as_bytes(text.substr(0, length))));
      EXPECT_FALSE(is_utf8(as_bytes(std::string(text.substr(0, length)) + "aaaaaaaa")));
    }
  }
}

TEST(Utf8, CutsBetweenCharacters) {
  const std::string_view text = "a\xC3\xA9\xE2\x98\x83\xF0\x9D\x84\x9E";  // 1, 2, 3 and 4 octets
  const std::size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t octets_max = 0; octets_max < std::size(ends); ++octets_max) {
    EXPECT_EQ(utf8_prefix(text, octets_max), text.substr(0, ends[octets_max])) << octets_max;
  }
}

}  // namespace
}  // namespace avouch::codec
