#include "codec/json.h"

#include <gtest/gtest.h>

#include <limits>

namespace avouch {
namespace {

TEST(Json, FindsMembersOfObjectsOnly) {
  Json value = Json::object({{"a", "x"}, {"b", 2}});
  EXPECT_EQ(*value.find_string("a"), "x");
  EXPECT_EQ(value.find_string("b"), nullptr);
  EXPECT_EQ(value.find("c"), nullptr);
  EXPECT_EQ(Json::array({"a"}).find("a"), nullptr);
  EXPECT_EQ(Json("a").find("a"), nullptr);
  *value.find("b") = 3;
  EXPECT_EQ(value.find("b")->as_integer(), 3);
}

TEST(Json, SetReplacesInPlaceAndAppends) {
  Json value = Json::object({{"a", 1}, {"b", 2}});
  value.set("a", "x").set("c", 3);
  EXPECT_EQ(to_text(value), R"({"a":"x","b":2,"c":3})");
}

TEST(Json, SetMakesAnObjectOfNull) {
  Json value;
  value.set("a", 1);
  EXPECT_EQ(to_text(value), R"({"a":1})");
}

TEST(Json, PushBackMakesAnArrayOfNull) {
  Json value;
  value.push_back(1);
  value.push_back("x");
  EXPECT_EQ(to_text(value), R"([1,"x"])");
}

TEST(Json, EraseSaysWhetherTheMemberWasThere) {
  Json value = Json::object({{"a", 1}, {"b", 2}});
  EXPECT_TRUE(value.erase("a"));
  EXPECT_FALSE(value.erase("a"));
  EXPECT_FALSE(Json(1).erase("a"));
  EXPECT_EQ(to_text(value), R"({"b":2})");
}

TEST(JsonPointer, FollowsTheExamplesOfTheStandard) {  // RFC 6901 section 5
  const Json value =
      parse_json(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})")
          .value();
  EXPECT_EQ(value.at(""), &value);
  EXPECT_EQ(*value.at("/foo"), Json::array({"bar", "baz"}));
  EXPECT_EQ(*value.at("/foo/0"), Json("bar"));
  const char* pointers[] = {"/", "/a~1b", "/c%d", "/e^f", "/g|h", "/i\\j", "/k\"l", "/ ", "/m~0n"};
  for (int i = 0; i < 9; ++i) EXPECT_EQ(value.at(pointers[i])->as_integer(), i) << pointers[i];
}

TEST(JsonPointer, FindsNothingWhereNothingIs) {
  const Json value = parse_json(R"({"a":[1,2],"b":{"c":"d"},"m~n":8,"~":1})").value();
  for (const char* pointer : {"a", "/a/2", "/a/-", "/a/01", "/a/+1", "/a/1x", "/a/", "/a/99999999999999999999",
                              "/b/c/d", "/x", "/m~n", "/~", "/~2", "/b/", "//"}) {
    EXPECT_EQ(value.at(pointer), nullptr) << pointer;
  }
}

TEST(JsonEquality, ComparesObjectsWithoutOrderAndArraysWithOrder) {
  EXPECT_EQ(parse_json(R"({"a":1,"b":{"c":2,"d":3}})").value(), parse_json(R"({"b":{"d":3,"c":2},"a":1})").value());
  EXPECT_FALSE(parse_json(R"({"a":1})").value() == parse_json(R"({"a":1,"b":2})").value());
  EXPECT_FALSE(parse_json(R"({"a":1,"b":2})").value() == parse_json(R"({"a":2,"b":1})").value());
  EXPECT_FALSE(parse_json(R"({"a":1})").value() == parse_json(R"({"b":1})").value());
  EXPECT_FALSE(Json::array({1, 2}) == Json::array({2, 1}));
  EXPECT_FALSE(Json::array() == Json::object());
}

TEST(JsonEquality, ComparesNumbersByValue) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(Json(1), Json(1.0));
  EXPECT_EQ(Json(std::uint64_t{1}), Json(1));
  EXPECT_EQ(Json(0), Json(-0.0));
  EXPECT_EQ(Json(9223372036854775808U), Json(9223372036854775808.0));
  EXPECT_FALSE(Json(1) == Json(1.5));
  EXPECT_FALSE(Json(kMax) == Json(9223372036854775808.0));  // equal only once rounded
  EXPECT_FALSE(Json(std::numeric_limits<std::uint64_t>::max()) == Json(18446744073709551616.0));
  EXPECT_FALSE(Json(kMax) == Json(std::uint64_t{kMax} + 1));
  EXPECT_FALSE(Json(-1) == Json(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_FALSE(Json(1) == Json(std::numeric_limits<double>::quiet_NaN()));
}

TEST(JsonEquality, TellsKindsApart) {
  const Json values[] = {Json(), false, 0, "", "0", Json::array(), Json::object(), true, 1};
  for (const Json& left : values) {
    for (const Json& right : values) EXPECT_EQ(left == right, &left == &right) << to_text(left) << to_text(right);
  }
}

TEST(JsonNumber, IsAnIntegerOnlyWithinSixtyFourBits) {
  EXPECT_EQ(Json(7).as_integer(), 7);
  EXPECT_EQ(Json(std::uint64_t{7}).as_integer(), 7);
  EXPECT_EQ(Json(std::numeric_limits<std::uint64_t>::max()).as_integer(), std::nullopt);
  EXPECT_EQ(Json(7.0).as_integer(), std::nullopt);
  EXPECT_EQ(Json("7").as_integer(), std::nullopt);
  EXPECT_EQ(Json(true).as_integer(), std::nullopt);
  EXPECT_EQ(Json(std::numeric_limits<std::uint64_t>::max()).as_number(), 18446744073709551615.0);
  EXPECT_EQ(Json("7").as_number(), std::nullopt);
}

}  // namespace
}  // namespace avouch
