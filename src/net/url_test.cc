#include "net/url.h"

#include <gtest/gtest.h>

namespace avouch::net {
namespace {

TEST(Url, ReadsItsParts) {
  const Url url = parse_url("HTTPS://kbs.example:8443/kbs/v0/").value();
  EXPECT_TRUE(url.is_https);
  EXPECT_EQ(url.host, "kbs.example");
  EXPECT_EQ(url.port, "8443");
  EXPECT_EQ(url.prefix, "/kbs/v0");
  EXPECT_EQ(url.to_string(), "https://kbs.example:8443/kbs/v0");
}

TEST(Url, KnowsTheSchemesPorts) {
  EXPECT_EQ(parse_url("http://a")->port, "80");
  EXPECT_EQ(parse_url("https://a/")->port, "443");
  EXPECT_EQ(parse_url("https://a:443")->host_field(), "a");
  EXPECT_EQ(parse_url("http://a:443")->host_field(), "a:443");
}

TEST(Url, ReadsIpv6InBrackets) {
  const Url url = parse_url("http://[::1]:8080").value();
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.host_field(), "[::1]:8080");
}

TEST(Url, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "a",
                           "ftp://a",
                           "http:/a",
                           "http://",
                           "http://:80",
                           "http://a:",
                           "http://a:0",
                           "http://a:65536",
                           "http://a:8x",
                           "http://user@a",
                           "http://user:pw@a",
                           "http://a/b?c",
                           "http://a/b#c",
                           "http://a b",
                           "http://a/b c",
                           "http://[::1",
                           "http://[::1]x",
                           "http://[]",
                           "http://[a.b]:g",
                           "http://a\r\nX: y",
                           "http://a?b"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_STREQ(url.error().code, "url.parse") << text;
  }
}

TEST(Url, ReadsPorts) {
  EXPECT_EQ(parse_port("0"), 0);
  EXPECT_EQ(parse_port("65535"), 65535);
  for (const char* text : {"", "65536", "-1", "+1", " 1", "1 ", "0x1", "http"}) {
    EXPECT_EQ(parse_port(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace avouch::net
