#include "net/http_message.h"

#include <gtest/gtest.h>

namespace avouch::net {
namespace {

HttpRequest with(std::vector<HeaderField> headers) {
  HttpRequest request;
  request.headers = std::move(headers);
  return request;
}

TEST(HttpMessage, SplitsTheTargetAtTheFirstQuestionMark) {
  HttpRequest request;
  request.target = "/a/b?c=d?e";
  EXPECT_EQ(request.path(), "/a/b");
  EXPECT_EQ(request.query(), "c=d?e");
  request.target = "/a";
  EXPECT_EQ(request.path(), "/a");
  EXPECT_EQ(request.query(), "");
}

TEST(HttpMessage, FindsAFieldInAnyCase) {
  EXPECT_EQ(with({{"content-TYPE", "a"}}).header("Content-Type"), "a");
  EXPECT_EQ(with({{"Content-Type2", "a"}}).header("Content-Type"), std::nullopt);
}

TEST(HttpMessage, TreatsAFieldThatComesTwiceAsAbsent) {
  EXPECT_EQ(with({{"A", "1"}, {"a", "1"}}).header("A"), std::nullopt);
  EXPECT_EQ(with({{"Authorization", "Bearer a"}, {"Authorization", "Bearer b"}}).bearer_token(), std::nullopt);
}

TEST(HttpMessage, FindsACookieByItsWholeName) {
  const HttpRequest request = with({{"Cookie", "a=1; kbs-session-id=x=y ;b=\"2\"; kbs=3"}});
  EXPECT_EQ(request.cookie("kbs-session-id"), "x=y");
  EXPECT_EQ(request.cookie("a"), "1");
  EXPECT_EQ(request.cookie("b"), "2");
  EXPECT_EQ(request.cookie("session-id"), std::nullopt);
  EXPECT_EQ(request.cookie("KBS"), std::nullopt);
}

TEST(HttpMessage, TreatsACookieThatComesTwiceAsAbsent) {
  EXPECT_EQ(with({{"Cookie", "a=1; a=2"}}).cookie("a"), std::nullopt);
  EXPECT_EQ(with({{"Cookie", "a=1"}, {"Cookie", "b=2"}}).cookie("a"), std::nullopt);
}

TEST(HttpMessage, ReadsABearerTokenInAnyCaseOfItsScheme) {
  EXPECT_EQ(with({{"Authorization", "bEARER abc.def"}}).bearer_token(), "abc.def");
  for (const char* value : {"Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b", "Bearer a,b", "Bearerabc", ""}) {
    EXPECT_EQ(with({{"Authorization", value}}).bearer_token(), std::nullopt) << value;
  }
}

TEST(HttpMessage, DecodesPercentEscapes) {
  EXPECT_EQ(percent_decode("a%2Fb%c3%BC"), "a/b\xC3\xBC");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("%252F"), "%2F");  // once, never twice
}

TEST(HttpMessage, RefusesMalformedEscapesNulAndBrokenUtf8) {
  for (const char* text : {"%", "%2", "a%2", "%zz", "%2g", "%00", "%ff", "%c0%af", "%ed%a0%80", "%f4%90%80%80"}) {
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
  EXPECT_EQ(percent_decode(std::string_view("a\0b", 3)), std::nullopt);
}

TEST(HttpMessage, EncodesAllButUnreservedCharacters) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("/ %+\xFF"), "%2F%20%25%2B%FF");
}

}  // namespace
}  // namespace avouch::net
