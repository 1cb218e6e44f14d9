#include "net/http_grammar.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstring>

#include "base/limits.h"

namespace avouch::net {
namespace {

std::string code_of_framing(std::vector<HeaderField> headers, int minor_version = 1) {
  const Result<Framing> framing = parse_framing(headers, minor_version);
  return framing.has_value() ? "" : framing.error().code;
}

TEST(HttpGrammar, FindsTheEndOfAHeadWhereverItIsCut) {
  const std::string head = "\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n";
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    HeadScanner scanner;
    EXPECT_EQ(scanner.scan(head.substr(0, cut)).value(), 0U) << cut;
    EXPECT_EQ(scanner.scan(head + "body\n").value(), head.size()) << cut;
  }
}

TEST(HttpGrammar, RefusesBareLineFeedsAsSoonAsTheyCome) {
  for (const char* text : {"\n", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nA: b\n", "\r\n\r\n", "GET / HTTP/1.1\r\n\n"}) {
    HeadScanner scanner;
    const auto scanned = scanner.scan(text);
    ASSERT_FALSE(scanned.has_value()) << text;
    EXPECT_STREQ(scanned.error().code, "http.syntax");
  }
}

TEST(HttpGrammar, BoundsTheHead) {
  HeadScanner line, whole;
  EXPECT_STREQ(line.scan(std::string(limits::kHttpTargetBytes + 65, 'a')).error().code, "http.target-too-long");
  EXPECT_STREQ(whole.scan("GET / HTTP/1.1\r\n" + std::string(limits::kHttpHeaderBytes, 'a')).error().code,
               "http.head-too-large");
}

TEST(HttpGrammar, RefusesEveryControlCharacterInAField) {
  for (int c = 0; c < 256; ++c) {
    const std::string name = std::string("A") + static_cast<char>(c) + "B";
    const std::string head = "GET / HTTP/1.1\r\nName: a" + std::string(1, static_cast<char>(c)) + "b\r\n\r\n";
    const bool allowed = c == '\t' || (c >= 0x20 && c != 0x7F);
    EXPECT_EQ(parse_head(head).has_value(), allowed) << c;
    EXPECT_EQ(is_token(name), std::isalnum(c) != 0 ? c < 128 : std::strchr("!#$%&'*+-.^_`|~", c) != nullptr && c != 0)
        << c;
  }
}

TEST(HttpGrammar, ReadsFieldsWithTheirBlanksTrimmed) {
  const Head head = parse_head("GET / HTTP/1.1\r\nA:b\r\nB: \t c d \t\r\nC:\r\n\r\n").value();
  EXPECT_EQ(head.first_line, "GET / HTTP/1.1");
  const std::vector<HeaderField> wanted{{"A", "b"}, {"B", "c d"}, {"C", ""}};
  EXPECT_EQ(head.headers, wanted);
}

TEST(HttpGrammar, KnowsOneFramingOrRefuses) {
  EXPECT_EQ(parse_framing({{"content-length", "9"}}, 1)->length_bytes, 9U);
  EXPECT_EQ(parse_framing({{"Transfer-Encoding", "CHUNKED"}}, 1)->kind, Framing::Kind::kChunked);
  EXPECT_EQ(parse_framing({}, 1)->kind, Framing::Kind::kNone);
  EXPECT_EQ(code_of_framing({{"Content-Length", "9"}, {"Content-Length", "9"}}), "http.framing");
  EXPECT_EQ(code_of_framing({{"Content-Length", "9"}, {"Transfer-Encoding", "chunked"}}), "http.framing");
  EXPECT_EQ(code_of_framing({{"Transfer-Encoding", "chunked"}}, 0), "http.framing");
  EXPECT_EQ(code_of_framing({{"Transfer-Encoding", "gzip, chunked"}}), "http.transfer-coding");
  EXPECT_EQ(code_of_framing({{"Transfer-Encoding", "chunked, identity"}}), "http.transfer-coding");
  for (const char* value : {"", "-1", "+1", "1 ", "0x1", "1,1", "18446744073709551616", "99999999999999999999"}) {
    EXPECT_EQ(code_of_framing({{"Content-Length", value}}), "http.framing") << value;
  }
}

TEST(HttpGrammar, KnowsTwoVersions) {
  EXPECT_EQ(parse_version("HTTP/1.1").value(), 1);
  EXPECT_EQ(parse_version("HTTP/1.0").value(), 0);
  for (const char* text : {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9"}) {
    EXPECT_STREQ(parse_version(text).error().code, "http.version") << text;
  }
  for (const char* text : {"", "http/1.1", "HTTP/1.1 ", "HTTP/11", "HTTP/1", "HTTPS/1.1", "HTTP/a.b"}) {
    EXPECT_STREQ(parse_version(text).error().code, "http.syntax") << text;
  }
}

TEST(HttpBody, ReadsChunksWhereverTheyAreCut) {
  const std::string coded = "3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\nrest";
  for (std::size_t cut = 0; cut <= coded.size(); ++cut) {
    BodyReader reader;
    std::string body;
    ASSERT_TRUE(reader.start({Framing::Kind::kChunked, 0}, 13).has_value());
    std::size_t taken = reader.feed(coded.substr(0, cut), body).value();
    taken += reader.feed(coded.substr(taken), body).value();
    EXPECT_TRUE(reader.complete());
    EXPECT_EQ(taken, coded.size() - 4) << cut;
    EXPECT_EQ(body, "abc0123456789") << cut;
  }
}

TEST(HttpBody, AllocatesForWhatCameAndNotForWhatWasAnnounced) {
  BodyReader reader;
  std::string body;
  ASSERT_TRUE(reader.start({Framing::Kind::kLength, 1'000'000'000}, 2'000'000'000).has_value());
  ASSERT_TRUE(reader.feed("abc", body).has_value());
  EXPECT_LT(body.capacity(), 100U);
  EXPECT_FALSE(reader.complete());
}

TEST(HttpBody, RefusesBrokenChunks) {
  for (const char* coded : {"\r\n", "g\r\n", " 3\r\nabc\r\n", "3 abc\r\n", "3\nabc", "3\r\nabcd\r\n", "3\r\nabc\n",
                            "0\r\nno colon\r\n", "0\r\n fold: x\r\n", "123456789\r\n", "+3\r\nabc", "3;\x01\r\n"}) {
    BodyReader reader;
    std::string body;
    ASSERT_TRUE(reader.start({Framing::Kind::kChunked, 0}, 1000).has_value());
    const auto taken = reader.feed(coded, body);
    ASSERT_FALSE(taken.has_value()) << coded;
    EXPECT_STREQ(taken.error().code, "http.chunk") << coded;
  }
}

TEST(HttpBody, EnforcesItsLimitInEveryFraming) {
  std::string body;
  BodyReader length, chunked, until_close;
  EXPECT_STREQ(length.start({Framing::Kind::kLength, 11}, 10).error().code, "http.too-large");
  ASSERT_TRUE(chunked.start({Framing::Kind::kChunked, 0}, 10).has_value());
  EXPECT_STREQ(chunked.feed("b\r\n", body).error().code, "http.too-large");
  ASSERT_TRUE(until_close.start({Framing::Kind::kUntilClose, 0}, 10).has_value());
  EXPECT_TRUE(until_close.feed("0123456789", body).has_value());
  EXPECT_STREQ(until_close.feed("a", body).error().code, "http.too-large");
}

}  // namespace
}  // namespace avouch::net
