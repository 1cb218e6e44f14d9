#include "codec/toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "base/limits.h"
#include "testing/code_of.h"

namespace avouch::codec {
namespace {

using testing::code_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::string json_of(std::string_view text) {
  const Result<Json> value = parse_toml(text, "test");
  return value.has_value() ? to_text(*value) : value.error().code;
}

TEST(Toml, ReadsEveryKindOfValue) {
  EXPECT_EQ(json_of("t = \"a\\n\"\ni = -7\nf = 1.5\nb = true\nl = [1, [\"x\"]]\n[o]\nk = {z = 1}\n"),
            R"({"b":true,"f":1.5,"i":-7,"l":[1,["x"]],"o":{"k":{"z":1}},"t":"a\n"})");
  EXPECT_EQ(json_of(""), "{}");
  EXPECT_EQ(json_of("[[a]]\nn = 1\n[[a]]\nn = 2"), R"({"a":[{"n":1},{"n":2}]})");
  EXPECT_EQ(json_of("a.b.\"c.d\" = 1"), R"({"a":{"b":{"c.d":1}}})");
}

TEST(Toml, GivesDatesAndTimesAsTexts) {
  EXPECT_EQ(json_of("a = 2026-11-22\nb = 03:30:16\nc = 2026-11-22T03:30:16Z"),
            R"({"a":"2026-11-22","b":"03:30:16","c":"2026-11-22T03:30:16Z"})");
}

TEST(Toml, GivesNumbersThatJsonLacksAsNull) {
  EXPECT_EQ(json_of("a = nan\nb = inf\nc = -inf"), R"({"a":null,"b":null,"c":null})");
}

TEST(Toml, SaysWhereTheMistakeIs) {
  const Result<Json> value = parse_toml("good = 1\nbad = = 2\n", "avouch.toml");
  ASSERT_FALSE(value.has_value());
  EXPECT_STREQ(value.error().code, "toml.syntax");
  EXPECT_EQ(value.error().blame, Blame::kRequest);
  EXPECT_THAT(value.error().detail, StartsWith("avouch.toml:2:"));
}

TEST(Toml, RefusesWhatIsNotToml) {
  for (const char* text : {"a",
                           "a =",
                           "= 1",
                           "a = 1 b = 2",
                           "a = 1\na = 2",
                           "[a]\n[a]",
                           "a = [1",
                           "a = {b = 1",
                           "a = \"",
                           "a = '''",
                           "a = \"\\q\"",
                           "{\"a\": 1}",
                           "a = 01",
                           "a = 9223372036854775808",
                           "a = \xff",
                           "[:]",
                           "[{[v.[}}",
                           "a.b = 1\na = 2",
                           "\"a\" \"b\" = 1",
                           "a = \"\"\"\"\"\"\"\"\""}) {
    EXPECT_EQ(json_of(text), "toml.syntax") << text;
  }
  EXPECT_EQ(json_of(std::string_view("a = \"\0\"", 7)), "toml.syntax");
}

TEST(Toml, TakesEveryLetterForOneWhereverAWordMayBegin) {
  for (unsigned point = 0x80; point < 0x800; ++point) {
    const std::string letter = {static_cast<char>(0xc0 | point >> 6), static_cast<char>(0x80 | (point & 0x3f))};
    EXPECT_EQ(json_of(letter + " = 1"), "toml.syntax") << point;   // only in quotes
    if (point == 0x85 || point == 0xa0 || point < 0xa0) continue;  // white space and control characters
    EXPECT_EQ(json_of("a = \"\"\"\\\n" + letter + "\"\"\""), "{\"a\":\"" + letter + "\"}") << point;
  }
}

TEST(Toml, RefusesAnotherMegabyte) {
  EXPECT_EQ(json_of("#" + std::string(limits::kConfigBytes - 1, 'x')), "{}");
  EXPECT_EQ(json_of("#" + std::string(limits::kConfigBytes, 'x')), "toml.size");
}

TEST(Toml, RefusesDeepNestingOfEveryKind) {
  constexpr std::size_t kDeep = 300'000;
  for (const std::string& text : {
           "a = " + repeated("[", kDeep),
           "a = " + repeated("[", kDeep) + repeated("]", kDeep),
           repeated("a = {", kDeep / 2),
           "a" + repeated(".a", kDeep) + " = 1",
           "[a" + repeated(".a", kDeep) + "]",
           "[[a" + repeated(" . a", kDeep / 2) + "]]",
           "a = {b" + repeated(".a", kDeep) + " = 1}",
           "\"=\"" + repeated(".\"=\"", kDeep / 2) + " = 1",
           "'#'" + repeated(".'#'", kDeep / 2) + " = 1",
           "a = \"\"\"]\"\"\"\nb" + repeated(".\"\\\"\"", kDeep / 2) + " = 1",
           "# \"\na" + repeated(".a", kDeep) + " = 1",
           "a = \"\"\na" + repeated(".a", kDeep) + " = 1",
           "a = ''''x'''''\na" + repeated(".a", kDeep) + " = 1",
       }) {
    EXPECT_EQ(json_of(text), "toml.depth") << text.substr(0, 60);
  }
}

TEST(Toml, ReadsToTheDepthThatJsonHasAndNoDeeper) {
  EXPECT_EQ(code_of(parse_toml("a" + repeated(".a", limits::kJsonDepth - 1) + " = 1", "")), "ok");
  EXPECT_EQ(code_of(parse_toml("a" + repeated(".a", limits::kJsonDepth) + " = 1", "")), "toml.depth");
  EXPECT_EQ(code_of(parse_toml("a = {b" + repeated(".a", limits::kJsonDepth - 1) + " = 1}", "")), "toml.depth");
  for (const std::size_t depth : {limits::kJsonDepth, limits::kJsonDepth + 1}) {  // found by us, and by the library
    EXPECT_THAT(parse_toml("a" + repeated(".a", depth) + " = 1", "kbs.toml").error().detail,
                StartsWith("kbs.toml is "));
  }
}

// Policies and scripts travel in texts, and may hold any number of either.
TEST(Toml, CountsNoBracketsAndDotsInTextsAndComments) {
  const std::string noise = repeated("[.{", 5'000);
  for (const std::string& text :
       {"a = \"" + noise + "\"", "a = '" + noise + "'", "a = \"\"\"" + noise + "\n\"\" \\\"\"\" ]\"\"\"",
        "a = '''" + noise + "\n'' \\'''", "a = 1 # " + noise, "# " + noise + "\na = 1", "\"" + noise + "\" = 1"}) {
    EXPECT_EQ(code_of(parse_toml(text, "")), "ok") << text.substr(0, 20);
  }
}

TEST(Toml, ReadsTheLargestDocumentInLittleTime) {
  std::string text;
  for (int i = 0; text.size() < limits::kConfigBytes - 16; ++i) text += "k" + std::to_string(i) + "=1\n";
  const std::clock_t begin = std::clock();
  EXPECT_EQ(code_of(parse_toml(text, "")), "ok");
  EXPECT_LT((std::clock() - begin) / CLOCKS_PER_SEC, 60);  // squared, it were minutes; an emulated processor is slow
}

TEST(Toml, FindsTheLineOfAKey) {
  const std::string_view text = "a = 1\n\n[server]\nsockets = []\n";
  EXPECT_EQ(line_of_toml_key(text, "a"), 1);
  EXPECT_EQ(line_of_toml_key(text, "server.sockets"), 4);
  EXPECT_EQ(line_of_toml_key(text, "server.other"), 0);
  EXPECT_EQ(line_of_toml_key("not toml", "a"), 0);
}

}  // namespace
}  // namespace avouch::codec
