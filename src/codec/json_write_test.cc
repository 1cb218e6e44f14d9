#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "codec/json.h"

namespace avouch {
namespace {

TEST(JsonWrite, WritesEveryKindOfValueCompactly) {
  const Json value = Json::object({{"b", nullptr},
                                   {"a", true},
                                   {"c", Json::array({1, -2, 1.5, "x", Json::array(), Json::object()})},
                                   {"d", std::numeric_limits<std::uint64_t>::max()},
                                   {"e", std::numeric_limits<std::int64_t>::min()}});
  EXPECT_EQ(to_text(value),
            R"({"b":null,"a":true,"c":[1,-2,1.5,"x",[],{}],"d":18446744073709551615,"e":-9223372036854775808})");
}

TEST(JsonWrite, EscapesWhatItMustAndNothingElse) {
  EXPECT_EQ(to_text(Json("\"\\\b\f\n\r\t/\x7F é☃𝄞<>&'")), "\"\\\"\\\\\\b\\f\\n\\r\\t/\x7F é☃𝄞<>&'\"");
  for (int control = 0; control < 0x20; ++control) {
    const std::string original{'a', static_cast<char>(control), 'b'};
    const std::string text = to_text(Json(original));
    EXPECT_EQ(text.find(static_cast<char>(control)), std::string::npos) << control;
    EXPECT_EQ(*parse_json(text).value().as_string(), original);
  }
  EXPECT_EQ(to_text(Json(std::string_view("\0\x1F", 2))), R"("\u0000\u001f")");
}

TEST(JsonWrite, EscapesNames) {
  EXPECT_EQ(to_text(Json::object({{"a\"\n", 1}})), R"({"a\"\n":1})");
}

TEST(JsonWrite, WritesOneMemberALine) {
  const Json value = Json::object({{"a", 1}, {"b", Json::array({1, Json::object()})}, {"c", Json::array()}});
  EXPECT_EQ(to_pretty_text(value), "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    {}\n  ],\n  \"c\": []\n}");
  EXPECT_EQ(to_pretty_text(Json::array({1}), 4), "[\n    1\n]");
  EXPECT_EQ(to_pretty_text(Json(1)), "1");
}

TEST(JsonWrite, SortsMembersByOctets) {
  const Json value = parse_json(R"({"b":{"z":1,"y":2},"a":[{"d":1,"c":2}],"B":0,"é":1,"":2})").value();
  EXPECT_EQ(to_sorted_text(value), R"({"":2,"B":0,"a":[{"c":2,"d":1}],"b":{"y":2,"z":1},"é":1})");
}

TEST(JsonWrite, WritesFractionsAsSerdeJsonDoes) {
  const std::pair<double, const char*> examples[] = {{1.0, "1.0"},
                                                     {-0.0, "-0.0"},
                                                     {0.0, "0.0"},
                                                     {0.1, "0.1"},
                                                     {1.5e300, "1.5e300"},
                                                     {1e16, "1e16"},
                                                     {1e15, "1000000000000000.0"},
                                                     {123456789012345680.0, "1.2345678901234568e17"},
                                                     {1e-5, "0.00001"},
                                                     {1e-6, "1e-6"},
                                                     {1.25e-7, "1.25e-7"},
                                                     {5e-324, "5e-324"},
                                                     {-12.75, "-12.75"}};
  for (const auto& [number, text] : examples) EXPECT_EQ(to_text(Json(number)), text);
}

TEST(JsonWrite, WritesNullForWhatIsNoNumber) {
  EXPECT_EQ(to_text(Json(std::numeric_limits<double>::quiet_NaN())), "null");
  EXPECT_EQ(to_text(Json(-std::numeric_limits<double>::infinity())), "null");
}

TEST(JsonCanonical, FollowsTheExampleOfTheStandard) {  // RFC 8785 sections 3.2.2 and 3.2.4
  const Json value = parse_json(R"({
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  })")
                         .value();
  EXPECT_EQ(to_canonical_text(value),
            R"({"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],)"
            R"("string":"€$\u000f\nA'B\"\\\\\"/"})");
}

TEST(JsonCanonical, SortsNamesByUtf16) {  // RFC 8785 section 3.2.3
  const Json value = parse_json(R"({
    "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
  })")
                         .value();
  EXPECT_EQ(to_canonical_text(value),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\","
            "\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\","
            "\"\xEF\xAC\xB3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

TEST(JsonCanonical, WritesNumbersAsTheStandardLists) {  // RFC 8785 appendix B
  const std::pair<std::uint64_t, const char*> samples[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : samples) EXPECT_EQ(to_canonical_text(Json(std::bit_cast<double>(bits))), text);
}

TEST(JsonCanonical, SortsAtEveryLevelAndKeepsArrays) {
  const Json value = parse_json(R"({"b":[{"d":1,"c":[3,1,2]}],"a":{"f":1.0,"e":2}})").value();
  EXPECT_EQ(to_canonical_text(value), R"({"a":{"e":2,"f":1},"b":[{"c":[3,1,2],"d":1}]})");
}

}  // namespace
}  // namespace avouch
