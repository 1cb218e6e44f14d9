#include "codec/base64.h"

#include <gtest/gtest.h>

namespace avouch::codec {
namespace {

struct Example {
  std::string_view plain, padded;
};
// RFC 4648 section 10.
constexpr Example kExamples[] = {{"", ""},
                                 {"f", "Zg=="},
                                 {"fo", "Zm8="},
                                 {"foo", "Zm9v"},
                                 {"foob", "Zm9vYg=="},
                                 {"fooba", "Zm9vYmE="},
                                 {"foobar", "Zm9vYmFy"}};

std::string without_padding(std::string_view text) {
  return std::string(text.substr(0, text.find('=')));
}

std::string text_of(const Result<Buffer>& decoded) {
  return decoded.has_value() ? std::string(as_text(*decoded)) : std::string("refused: ") + decoded.error().code;
}

const std::string kRefused = "refused: base64.syntax";

TEST(Base64, WritesTheExamplesOfTheStandard) {
  for (const Example& example : kExamples) {
    EXPECT_EQ(to_base64(as_bytes(example.plain)), example.padded);
    EXPECT_EQ(to_base64url(as_bytes(example.plain)), without_padding(example.padded));
  }
}

TEST(Base64, ReadsTheExamplesOfTheStandard) {
  for (const Example& example : kExamples) {
    EXPECT_EQ(text_of(from_base64(example.padded)), example.plain);
    EXPECT_EQ(text_of(from_base64url(without_padding(example.padded))), example.plain);
    EXPECT_EQ(text_of(from_any_base64(example.padded)), example.plain);
    EXPECT_EQ(text_of(from_any_base64(without_padding(example.padded))), example.plain);
  }
}

TEST(Base64, ReadsBackEveryLengthAndOctet) {
  Buffer octets;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64(to_base64(octets)).value(), octets);
    EXPECT_EQ(from_base64url(to_base64url(octets)).value(), octets);
    EXPECT_EQ(from_any_base64(to_base64url(octets)).value(), octets);
    octets.push_back(static_cast<std::uint8_t>(i * 7));
  }
}

TEST(Base64, RefusesEveryCharacterOutsideTheAlphabetAtEveryPlace) {
  const std::string alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (int character = 0; character < 256; ++character) {
    const auto stray = static_cast<char>(character);
    const bool common = alphanumerics.find(stray) != std::string::npos && stray != '\0';
    for (std::size_t place = 0; place < 8; ++place) {
      std::string text = "AAAAAAAA";
      text[place] = stray;
      const bool padding = stray == '=' && place == 7;
      EXPECT_EQ(from_base64(text).has_value(), common || stray == '+' || stray == '/' || padding) << character;
      EXPECT_EQ(from_base64url(text).has_value(), common || stray == '-' || stray == '_') << character;
    }
  }
}

TEST(Base64, RefusesStrayCharactersInTheTail) {
  for (const std::string_view text : {"Zm9vY!==", "Zm9v Yg=", "Zm9vYm\n=", "Zm9vYm!="}) {
    EXPECT_EQ(text_of(from_base64(text)), kRefused) << text;
  }
}

TEST(Base64, RefusesWhiteSpace) {
  for (const std::string_view text : {"Zm9v\n", " Zm9v", "Zm9v\r\nYmFy", "Zm9v YmFy", "Zm9vYmFy\t"}) {
    EXPECT_EQ(text_of(from_base64(text)), kRefused) << text;
    EXPECT_EQ(text_of(from_base64url(text)), kRefused) << text;
    EXPECT_EQ(text_of(from_any_base64(text)), kRefused) << text;
  }
}

TEST(Base64, RefusesWrongPadding) {
  for (const std::string_view text : {"Zg", "Zg=", "Zg===", "Zm8", "Zm8==", "Zm9v=", "Zm9v====", "=",
                                      "==", "====", "A===", "Z=g=", "Zg==Zg==", "=Zg="}) {
    EXPECT_EQ(text_of(from_base64(text)), kRefused) << text;
  }
  for (const std::string_view text : {"Zg=", "Zg===", "Zm8==", "Zm9v=", "Zm9v====", "=", "==", "A===", "Z=g="}) {
    EXPECT_EQ(text_of(from_any_base64(text)), kRefused) << text;
  }
}

TEST(Base64, RefusesPaddingInJoseForm) {
  EXPECT_EQ(text_of(from_base64url("Zg==")), kRefused);
  EXPECT_EQ(text_of(from_base64url("Zm8=")), kRefused);
}

TEST(Base64, RefusesBitsThatStandForNothing) {
  for (const std::string_view text : {"Zh==", "Zn==", "Zm9=", "Zm+="}) EXPECT_EQ(text_of(from_base64(text)), kRefused);
  for (const std::string_view text : {"Zh", "Zn", "Zm9", "Zm-"}) EXPECT_EQ(text_of(from_base64url(text)), kRefused);
  for (const std::string_view text : {"Zh==", "Zh", "Zm9=", "Zm9"}) EXPECT_EQ(text_of(from_any_base64(text)), kRefused);
}

TEST(Base64, RefusesASingleCharacterLeft) {
  EXPECT_EQ(text_of(from_base64url("A")), kRefused);
  EXPECT_EQ(text_of(from_base64url("AAAAA")), kRefused);
  EXPECT_EQ(text_of(from_any_base64("AAAAA")), kRefused);
}

TEST(Base64, ReadsEitherAlphabetButNotAMixture) {
  const Buffer expected{0xFB, 0xFF, 0xBF};
  EXPECT_EQ(from_any_base64("+/+/").value(), expected);
  EXPECT_EQ(from_any_base64("-_-_").value(), expected);
  EXPECT_EQ(text_of(from_any_base64("+_+/")), kRefused);
  EXPECT_EQ(text_of(from_any_base64("-/-_")), kRefused);
  EXPECT_EQ(text_of(from_base64("-_-_")), kRefused);
  EXPECT_EQ(text_of(from_base64url("+/+/")), kRefused);
}

TEST(Base64, BlamesTheRequestAndSaysWhere) {
  const Error error = from_base64("AAAAAA!A").error();
  EXPECT_EQ(error.blame, Blame::kRequest);
  EXPECT_EQ(error.detail, "stray character at or after offset 4");
}

}  // namespace
}  // namespace avouch::codec
