#include <gtest/gtest.h>

#include <ctime>
#include <thread>

#include "base/limits.h"
#include "codec/json.h"

namespace avouch {
namespace {

std::string code_of(std::string_view text) {
  const Result<Json> parsed = parse_json(text);
  return parsed.has_value() ? "accepted" : parsed.error().code;
}

std::string nested_arrays(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(JsonParse, ReadsEveryKindOfValue) {
  const Json value = parse_json(R"( {"a":null,"b":true,"c":-1,"d":1.5,"e":"x","f":[1,"2"],"g":{}} )").value();
  EXPECT_TRUE(value.find("a")->is_null());
  EXPECT_TRUE(*value.find("b")->as_bool());
  EXPECT_EQ(value.find("c")->as_integer(), -1);
  EXPECT_EQ(value.find("d")->as_number(), 1.5);
  EXPECT_EQ(*value.find_string("e"), "x");
  EXPECT_EQ(value.find("f")->as_array()->size(), 2U);
  EXPECT_TRUE(value.find("g")->as_object()->empty());
}

TEST(JsonParse, ReadsAValueThatIsNoContainer) {
  EXPECT_EQ(parse_json("42").value(), Json(42));
  EXPECT_EQ(parse_json(" \"x\"\n").value(), Json("x"));
  EXPECT_TRUE(parse_json("null").value().is_null());
}

TEST(JsonParse, KeepsTheOrderOfMembers) {
  const Json value = parse_json(R"({"b":1,"a":2,"c":3})").value();
  const Json::Object& members = *value.as_object();
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[0].first, "b");
  EXPECT_EQ(members[1].first, "a");
  EXPECT_EQ(members[2].first, "c");
}

TEST(JsonParse, RefusesWhatIsNotJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "[",
                                      "]",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "{1:1}",
                                      "tru",
                                      "nul",
                                      "nulll",
                                      "True",
                                      "NaN",
                                      "Infinity",
                                      "// x\n1",
                                      "/**/1",
                                      "\"",
                                      "\"\\x41\"",
                                      "\"\\u12\"",
                                      "\"\\u12G4\"",
                                      "\"a\nb\"",
                                      "\"a\x01\"",
                                      "[\"a\",\n4,\n1,",
                                      "{\"a\":1 \"b\":2}",
                                      "\\"}) {
    EXPECT_EQ(code_of(text), "json.syntax") << text;
  }
}

TEST(JsonParse, RefusesAnythingAfterTheValue) {
  for (const std::string_view text : {"1 2", "{} {}", "{}x", "[]]", "\"a\"b", "null,", "true false", "{}\x01"}) {
    EXPECT_EQ(code_of(text), "json.syntax") << text;
  }
  EXPECT_EQ(code_of(std::string_view("{}\0", 3)), "json.syntax");
}

TEST(JsonParse, RefusesAByteOrderMark) {
  EXPECT_EQ(code_of("\xEF\xBB\xBF{}"), "json.syntax");
}

TEST(JsonParse, RefusesTextThatIsNotUtf8) {
  for (const std::string_view text :
       {"\"\x80\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xE2\x98\"", "{\"\xFF\":1}"}) {
    EXPECT_EQ(code_of(text), "json.syntax");
  }
}

TEST(JsonParse, RefusesUnpairedSurrogates) {
  for (const std::string_view text :
       {R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\n")", R"("\ud800\ud800")", R"("\ud800A")",
        R"("\ud800\u0041")", R"("\ud800\ue000")", R"("\udbff\udbff\udfff")", R"({"\udc00":1})", R"("\\\ud800")",
        R"("\uDFFF\uD800")"}) {
    EXPECT_EQ(code_of(text), "json.syntax") << text;
  }
}

TEST(JsonParse, ReadsEscapes) {
  EXPECT_EQ(*parse_json(R"("\"\\\/\b\f\n\r\t\u00e9\u2603\ud834\udd1E")").value().as_string(), "\"\\/\b\f\n\r\té☃𝄞");
  EXPECT_EQ(*parse_json(R"("\\ud800")").value().as_string(), "\\ud800");
  EXPECT_EQ(*parse_json(R"("a\u0000b")").value().as_string(), std::string("a\0b", 3));
}

TEST(JsonParse, RefusesANameThatComesTwiceAtEveryLevel) {
  for (const std::string_view text : {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"([{"a":1,"a":2}])",
                                      R"({"x":{"y":{"a":1,"a":2}}})", R"({"":1,"":2})", R"({"a":1,"\u0061":2})"}) {
    EXPECT_EQ(code_of(text), "json.duplicate") << text;
  }
  EXPECT_EQ(code_of(R"({"a":{"a":1},"A":{"a":2},"":3})"), "accepted");
}

TEST(JsonParse, FindsADuplicateAmongManyMembersInTime) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"member" + std::to_string(i) + "\":0,";
  const std::clock_t start = std::clock();
  EXPECT_EQ(code_of(text + "\"member500\":0}"), "json.duplicate");
  EXPECT_EQ(code_of(text + "\"last\":0}"), "accepted");
  // Comparing each with each would take minutes; sanitizers and an emulated processor are allowed for.
  EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 60);
}

TEST(JsonParse, AcceptsTheGreatestDepthAndRefusesOneMore) {
  EXPECT_EQ(code_of(nested_arrays(limits::kJsonDepth)), "accepted");
  EXPECT_EQ(code_of(nested_arrays(limits::kJsonDepth + 1)), "json.depth");
  EXPECT_EQ(code_of(nested_arrays(1'000'000)), "json.depth");
  std::string objects;
  for (std::size_t i = 1; i < limits::kJsonDepth; ++i) objects += "{\"a\":";
  const std::string closing(limits::kJsonDepth - 1, '}');
  EXPECT_EQ(code_of(objects + "{}" + closing), "accepted");
  EXPECT_EQ(code_of(objects + "{\"a\":1}" + closing), "accepted");
  EXPECT_EQ(code_of(objects + "{\"a\":{}}" + closing), "json.depth");
  EXPECT_EQ(code_of(objects + "{\"a\":[]}" + closing), "json.depth");
  EXPECT_EQ(code_of(objects + "{\"a\":[1]}" + closing), "json.depth");
}

TEST(JsonParse, ReadsIntegersOfSixtyFourBitsExactly) {
  EXPECT_EQ(parse_json("9223372036854775807").value().as_integer(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_json("-9223372036854775808").value().as_integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(to_text(parse_json("18446744073709551615").value()), "18446744073709551615");
  EXPECT_EQ(parse_json("9223372036854775808").value().as_integer(), std::nullopt);
}

TEST(JsonParse, RefusesNumbersBeyondTheirRange) {
  for (const std::string_view text : {"18446744073709551616", "-9223372036854775809", "1e400", "-1e400",
                                      "100000000000000000000000000000", "[1,2,99999999999999999999]"}) {
    EXPECT_EQ(code_of(text), "json.number") << text;
  }
}

TEST(JsonParse, RefusesMalformedNumbers) {
  for (const std::string_view text :
       {"01", "-01", "1.", ".5", "1e", "1e+", "-", "--1", "+1", "0x10", "1_000", "1.e5", "00"}) {
    const std::string code = code_of(text);
    EXPECT_TRUE(code == "json.number" || code == "json.syntax") << text << ": " << code;
  }
}

TEST(JsonParse, TellsIntegersFromFractions) {
  EXPECT_EQ(parse_json("3").value().as_integer(), 3);
  EXPECT_EQ(parse_json("3.0").value().as_integer(), std::nullopt);
  EXPECT_EQ(parse_json("3e0").value().as_integer(), std::nullopt);
  EXPECT_EQ(parse_json("3.0").value().as_number(), 3.0);
}

TEST(JsonParse, ReadsTextsAroundTheSizeOfTheKeptParser) {
  for (std::size_t size = 64 * 1024 - 4; size <= 64 * 1024 + 4; ++size) {
    const std::string content(size, 'x');
    EXPECT_EQ(*parse_json("\"" + content + "\"").value().as_string(), content);
    EXPECT_EQ(code_of("\"" + content), "json.syntax");
  }
}

TEST(JsonParse, ForgetsAFailureBeforeTheNextText) {
  EXPECT_EQ(code_of("[1,2"), "json.syntax");
  EXPECT_EQ(parse_json("[1]").value(), Json::array({1}));
  EXPECT_EQ(code_of(nested_arrays(100)), "json.depth");
  EXPECT_EQ(parse_json("[1]").value(), Json::array({1}));
}

TEST(JsonParse, ReadsOnlyWhatItWasGiven) {
  const std::string text = "123456";
  EXPECT_EQ(parse_json(std::string_view(text).substr(0, 3)).value(), Json(123));
  EXPECT_EQ(code_of(std::string_view("[1]").substr(0, 2)), "json.syntax");
}

TEST(JsonParse, WorksOnManyThreads) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (int round = 0; round < 200; ++round)
        EXPECT_EQ(parse_json("[" + std::to_string(i) + "]").value(), Json::array({i}));
    });
  }
}

TEST(JsonParse, BlamesTheRequestAndSaysWhereItKnows) {
  const Error error = parse_json(R"(["\ud800"])").error();
  EXPECT_EQ(error.blame, Blame::kRequest);
  EXPECT_EQ(error.detail, "offset 2: unpaired surrogate");
}

}  // namespace
}  // namespace avouch
