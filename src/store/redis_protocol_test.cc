#include "store/redis_protocol.h"

#include <gtest/gtest.h>

#include "store/redis_connection.h"
#include "store/test_support.h"

namespace avouch::store {
namespace {

using Kind = RedisReply::Kind;

// Replies from these octets, which come `piece` at a time.
RedisReplyReader reader(std::string octets, std::size_t piece) {
  return RedisReplyReader([octets, piece, at = std::size_t{0}](std::span<char> into) mutable -> Result<std::size_t> {
    const std::size_t count = std::min({piece, into.size(), octets.size() - at});
    if (count == 0) return Error{Blame::kUnavailable, "store.unreachable", "the end"};
    std::copy_n(octets.begin() + static_cast<std::ptrdiff_t>(at), count, into.begin());
    at += count;
    return count;
  });
}

TEST(RedisProtocol, WritesCommandsOfAnyOctets) {
  const std::string_view words[] = {"SET", "", std::string_view("a\r\n\0", 4)};
  EXPECT_EQ(encode_command(words), std::string("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\n\0\r\n", 29));
}

TEST(RedisProtocol, ReadsEveryKindOfReplyInAnyPieces) {
  const std::string octets =
      "+OK\r\n-ERR no\r\n:-42\r\n$-1\r\n$0\r\n\r\n$4\r\n\r\n\r\n\r\n*2\r\n:1\r\n*1\r\n$1\r\nx\r\n*-1\r\n";
  for (std::size_t piece = 1; piece <= octets.size(); ++piece) {
    RedisReplyReader in = reader(octets, piece);
    EXPECT_EQ(in.next()->text, "OK");
    const RedisReply error = *in.next();
    EXPECT_TRUE(error.kind == Kind::kError && error.text == "ERR no");
    EXPECT_EQ(in.next()->integer, -42);
    EXPECT_EQ(in.next()->kind, Kind::kNull);
    const RedisReply empty = *in.next();
    EXPECT_TRUE(empty.kind == Kind::kText && empty.text.empty());
    EXPECT_EQ(in.next()->text, "\r\n\r\n");
    const RedisReply list = *in.next();
    ASSERT_EQ(list.items.size(), 2U);
    EXPECT_EQ(list.items[1].items[0].text, "x");
    EXPECT_EQ(in.next()->kind, Kind::kNull);
    EXPECT_EQ(code_of(in.next()), "store.unreachable");
  }
}

TEST(RedisProtocol, RefusesWhatIsNoReply) {
  for (const char* octets :
       {"\r\n", "x\r\n", "$x\r\n", "$-2\r\n", ":\r\n", ":1 \r\n", "$3\r\nabcde\r\n", "*99999999\r\n",
        "$99999999999\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "%1\r\n"}) {
    EXPECT_EQ(code_of(reader(octets, 100).next()), "store.protocol") << octets;
  }
  EXPECT_EQ(code_of(reader(std::string(100'000, '+'), 1'000).next()), "store.protocol");
}

TEST(RedisProtocol, NeverWaitsForMoreOctetsThanAReplyMayHave) {
  std::string octets = "*40\r\n";
  for (int i = 0; i < 40; ++i) octets += "$1048576\r\n" + std::string(1'048'576, 'x') + "\r\n";
  EXPECT_EQ(code_of(reader(octets, 65'536).next()), "store.protocol");
}

TEST(RedisUrl, ReadsServerUserPasswordAndDatabase) {
  const RedisUrl plain = parse_redis_url("redis://cache.example").value();
  EXPECT_EQ(plain.server.host + " " + plain.server.port, "cache.example 6379");
  EXPECT_FALSE(plain.server.is_https);
  const RedisUrl whole = parse_redis_url("rediss://us%65r:p%40ss%3Aw@[::1]:7000/3").value();
  EXPECT_EQ(whole.server.host + " " + whole.server.port, "::1 7000");
  EXPECT_TRUE(whole.server.is_https);
  EXPECT_EQ(whole.user + " " + whole.password + " " + whole.database, "user p@ss:w 3");
  EXPECT_EQ(parse_redis_url("redis://:secret@localhost").value().password, "secret");
}

TEST(RedisUrl, RefusesOthersAndRepeatsNoPassword) {
  for (const char* url :
       {"", "http://:sesame@h", "redis://", "redis://:sesame@", "redis://:sesame@h/x", "redis://:sesame%4@h",
        "redis://:sesame%zz@h", "redis://:sesame@h:99999", "unix:///sesame", "redis://:sesame@h o"}) {
    const auto refused = parse_redis_url(url);
    ASSERT_FALSE(refused.has_value()) << url;
    EXPECT_STREQ(refused.error().code, "store.url") << url;
    EXPECT_EQ(refused.error().detail.find("sesame"), std::string::npos) << url;
  }
}

}  // namespace
}  // namespace avouch::store
