// What a client of HTTP/2 may do, and what it may not: without sockets, and with a clock of our own.
#include "edge/http/http2_session.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "edge/http/http2_test_support.h"

namespace avouch::edge {
namespace {

using namespace std::chrono_literals;
using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Handler final : public net::HttpHandler {
 public:
  Weight weight(const net::HttpRequest&) const override { return Weight::kHeavy; }
  std::size_t body_limit_bytes(const net::HttpRequest& head) const override {
    return head.path() == "/small" ? 10 : net::HttpHandler::body_limit_bytes(head);
  }
  net::HttpResponse handle(const net::HttpRequest&) const override { return {}; }
};

class Http2SessionTest : public ::testing::Test {
 protected:
  Http2SessionTest() { EXPECT_TRUE(feed(std::string(kPreface) + frame(kSettings, 0, 0))); }

  bool feed(std::string_view bytes) { return session_.feed(bytes, now_); }
  // All frames that the server has to send.
  std::vector<Frame> sent() {
    std::string bytes, more;
    while (session_.collect(more) && !more.empty()) bytes += std::exchange(more, {});
    return take_frames(bytes);
  }
  std::vector<Frame> sent(std::uint8_t type) {
    std::vector<Frame> out = sent();
    std::erase_if(out, [&](const Frame& each) { return each.type != type; });
    return out;
  }
  // The codes of the frames that reset streams or end the connection.
  std::vector<std::uint32_t> resets() {
    std::vector<std::uint32_t> out;
    for (const Frame& each : sent(kReset)) out.push_back(each.number());
    return out;
  }
  std::vector<std::uint32_t> goaways() {
    std::vector<std::uint32_t> out;
    for (const Frame& each : sent(kGoaway)) out.push_back(each.number(4));
    return out;
  }
  // The status that the one request which waits was refused with; 0 if it was not.
  int refusal() {
    const std::optional<Http2Request> request = session_.take_request();
    if (!request.has_value()) return -1;
    answer(request->stream);
    return request->refusal_status;
  }
  void answer(std::int32_t stream, std::string body = "yes") {
    net::HttpResponse response;
    response.status = 200;
    response.body = std::move(body);
    session_.respond(stream, std::move(response), "today", now_);
  }

  Handler handler_;
  Http2Session::Time now_ = std::chrono::steady_clock::now();
  Http2Session session_{{"127.0.0.1:1", true, 4096, 15s, 15s}, handler_};
};

TEST_F(Http2SessionTest, ReadsARequestAsHttp11WouldHaveSaidIt) {
  Fields fields = post_fields("/a?b=c");
  fields.insert(fields.end(), {{"cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2"}, {"content-length", "4"}});
  feed(frame(kHeaders, kEndHeaders, 1, hpack(fields)) + frame(kData, 0, 1, "bo") + frame(kData, kEndStream, 1, "dy"));
  const std::optional<Http2Request> got = session_.take_request();
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->refusal_status, 0);
  EXPECT_EQ(got->request.method, "POST");
  EXPECT_EQ(got->request.target, "/a?b=c");
  EXPECT_EQ(got->request.body, "body");
  EXPECT_EQ(got->request.peer, "127.0.0.1:1");
  EXPECT_TRUE(got->request.peer_is_loopback);
  EXPECT_EQ(got->request.header("host"), "a");
  EXPECT_EQ(got->request.header("x"), "y");
  EXPECT_EQ(got->request.cookie("a"), "1");
  EXPECT_EQ(got->request.cookie("b"), "2");
}

TEST_F(Http2SessionTest, SendsTrailersBehindTheBodyAndOnlyThere) {
  feed(get(1, "/x"));
  ASSERT_EQ(session_.take_request()->stream, 1);
  net::HttpResponse response;
  response.status = 200;
  response.headers = {{"Content-Type", "a/b"}, {"Connection", "close"}};
  response.body = "hello";
  response.trailers = {{"Grpc-Status", "0"}};
  session_.respond(1, response, "today", now_);
  std::vector<std::pair<int, bool>> frames;  // type, end of the stream
  for (const Frame& each : sent()) {
    if (each.stream == 1) frames.emplace_back(each.type, (each.flags & kEndStream) != 0);
  }
  EXPECT_THAT(frames, ElementsAre(std::pair(kHeaders, false), std::pair(kData, false), std::pair(kHeaders, true)));
  EXPECT_TRUE(session_.is_idle());
}

TEST_F(Http2SessionTest, RefusesWhatTwoServersCouldReadInTwoWays) {
  const std::vector<std::pair<std::string, Fields>> cases{
      {"connection", {{"connection", "close"}}},
      {"transfer-encoding", {{"transfer-encoding", "chunked"}}},
      {"upgrade", {{"upgrade", "h2c"}}},
      {"te", {{"te", "gzip"}}},
      {"pseudo-header field behind a field", {{"x", "y"}, {":path", "/b"}}},
      {"path twice", {{":path", "/b"}}},
      {"unknown pseudo-header field", {{":x", "y"}}},
      {"upper case", {{"X", "y"}}},
      {"line break in a value", {{"x", "a\r\nb: c"}}},
      {"NUL in a value", {{"x", std::string("a\0b", 3)}}},
      {"blank in a name", {{"x y", "z"}}},
      {"length twice", {{"content-length", "0"}, {"content-length", "0"}}},
      {"length that is none", {{"content-length", "+0"}}},
      {"length of a body that is not there", {{"content-length", "5"}}},
  };
  std::uint32_t stream = 1;
  for (const auto& [name, more] : cases) {
    Fields fields = get_fields("/a");
    fields.insert(fields.end(), more.begin(), more.end());
    ASSERT_TRUE(feed(frame(kHeaders, kEndStream | kEndHeaders, stream, hpack(fields)))) << name;
    EXPECT_FALSE(session_.take_request().has_value()) << name;
    EXPECT_THAT(resets(), ElementsAre(kProtocolError)) << name;
    stream += 2;
  }
}

TEST_F(Http2SessionTest, AnswersWhatIsWellFormedButNotAcceptable) {
  const std::string long_path = "/" + std::string(limits::kHttpTargetBytes, 'a');
  const std::vector<std::pair<int, Fields>> cases{
      {400, {{":method", "G T"}, {":scheme", "http"}, {":path", "/"}}},
      {400, {{":method", "GET"}, {":scheme", "http"}, {":path", "/a#b"}}},
      {400, {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a"}, {"host", "b"}}},
      {414, get_fields(long_path)},
      {417, {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"expect", "the unexpected"}}},
  };
  std::uint32_t stream = 1;
  for (const auto& [status, fields] : cases) {
    const std::string block = hpack(fields);
    const std::string first = block.substr(0, 16384), second = block.substr(first.size());
    if (second.empty()) {
      feed(frame(kHeaders, kEndStream | kEndHeaders, stream, first));
    } else {
      feed(frame(kHeaders, kEndStream, stream, first) + frame(kContinuation, kEndHeaders, stream, second));
    }
    const int got = refusal();
    // A method or path with forbidden characters may also be refused before it is an HTTP request at all.
    if (got == -1) {
      EXPECT_THAT(resets(), ElementsAre(kProtocolError)) << stream;
    } else {
      EXPECT_EQ(got, status) << stream;
    }
    sent();
    stream += 2;
  }
}

TEST_F(Http2SessionTest, RefusesBodiesAboveTheLimitWhetherAnnouncedOrNot) {
  Fields announced = post_fields("/x");
  announced.emplace_back("content-length", "4097");
  feed(frame(kHeaders, kEndHeaders, 1, hpack(announced)));
  EXPECT_EQ(refusal(), 413);
  sent();
  now_ += 2s;
  session_.expire(now_);
  EXPECT_THAT(resets(), ElementsAre(kNoError));  // the rest is not wanted
  feed(begin_post(3, "/x") + frame(kData, 0, 3, std::string(4096, 'x')));
  EXPECT_EQ(refusal(), -1);
  feed(frame(kData, 0, 3, "x"));
  EXPECT_EQ(refusal(), 413);
  feed(begin_post(5, "/small") + frame(kData, kEndStream, 5, std::string(11, 'x')));
  EXPECT_EQ(refusal(), 413);
  feed(begin_post(7, "/small") + frame(kData, kEndStream, 7, std::string(10, 'x')));
  EXPECT_EQ(refusal(), 0);
}

TEST_F(Http2SessionTest, RefusesBodiesThatAreNotAsLongAsAnnounced) {
  Fields fields = post_fields("/x");
  fields.emplace_back("content-length", "4");
  feed(frame(kHeaders, kEndHeaders, 1, hpack(fields)) + frame(kData, kEndStream, 1, "abc"));
  EXPECT_THAT(resets(), ElementsAre(kProtocolError));
  feed(frame(kHeaders, kEndHeaders, 3, hpack(fields)) + frame(kData, kEndStream, 3, "abcde"));
  EXPECT_THAT(resets(), ElementsAre(kProtocolError));
  EXPECT_EQ(refusal(), -1);
}

TEST_F(Http2SessionTest, RefusesHeadsThatAreTooLargeUnpacked) {
  Fields fields = get_fields("/");
  for (std::size_t i = 0; i < limits::kHttpHeaderFields; ++i) fields.emplace_back("x", "y");
  feed(frame(kHeaders, kEndStream | kEndHeaders, 1, hpack(fields)));
  EXPECT_EQ(refusal(), 431);
  // One large field in HPACK's table, which costs one octet each time it is named (RFC 7541 section 6.1).
  std::string block = hpack(get_fields("/"));
  block += '\x40' + hpack_length(1) + "x" + hpack_length(4000) + std::string(4000, 'y');
  block += std::string(10'000, '\xBE');
  feed(frame(kHeaders, kEndStream | kEndHeaders, 3, block));
  EXPECT_EQ(refusal(), 431);
  EXPECT_LT(session_.held_bytes(), 2 * limits::kHttpHeaderBytes);
}

TEST_F(Http2SessionTest, EndsAConnectionThatContinuesItsHeadWithoutEnd) {
  feed(frame(kHeaders, kEndStream, 1, hpack(get_fields("/"))));
  for (int i = 0; i < 10'000 && !session_.is_over(); ++i) {
    if (!feed(frame(kContinuation, 0, 1, i % 2 == 0 ? "" : hpack({{"x", "y"}})))) break;
    if (!goaways().empty()) {
      EXPECT_LT(i, 100);
      return;
    }
  }
  // Closed without a word is as good.
  EXPECT_FALSE(feed(frame(kContinuation, 0, 1)) && !session_.is_over());
}

// CVE-2023-44487.
TEST_F(Http2SessionTest, EndsAConnectionThatResetsRequestsAsFastAsItMakesThem) {
  std::uint32_t stream = 1;
  while (!session_.is_over() && stream < 20'000) {
    feed(get(stream, "/x") + reset(stream));
    stream += 2;
    if (goaways() == std::vector<std::uint32_t>{kCalm}) break;
  }
  EXPECT_LT(stream / 2, 2 * limits::kHttp2Resets);
  EXPECT_TRUE(session_.is_over());
  EXPECT_FALSE(session_.take_request().has_value());
}

TEST_F(Http2SessionTest, LetsAPatientClientResetAsOftenAsItLikes) {
  for (std::uint32_t stream = 1; stream < 2'000; stream += 2) {
    now_ += 50ms;
    ASSERT_TRUE(feed(get(stream, "/x") + reset(stream)));
    ASSERT_THAT(goaways(), IsEmpty());
  }
}

// CVE-2025-8671.
TEST_F(Http2SessionTest, EndsAConnectionThatMakesUsDoTheResetting) {
  std::uint32_t stream = 1;
  while (!session_.is_over() && stream < 20'000) {
    feed(begin_post(stream, "/x") + frame(kWindowUpdate, 0, stream, big_endian(0)));
    stream += 2;
    const std::vector<Frame> all = sent();
    if (std::any_of(all.begin(), all.end(), [](const Frame& each) { return each.type == kGoaway; })) break;
  }
  EXPECT_LT(stream / 2, 2 * limits::kHttp2Resets);
  EXPECT_TRUE(session_.is_over());
}

TEST_F(Http2SessionTest, ForgetsRequestsThatWereResetBeforeTheyBegan) {
  feed(get(1, "/a") + get(3, "/b") + reset(1));
  ASSERT_EQ(session_.take_request()->stream, 3);
  EXPECT_FALSE(session_.take_request().has_value());
  answer(1);  // of a worker that comes too late
}

TEST_F(Http2SessionTest, RefusesMoreStreamsThanItOffers) {
  std::uint32_t stream = 1;
  for (std::uint32_t i = 0; i <= limits::kHttp2Streams; ++i, stream += 2) feed(begin_post(stream, "/x"));
  EXPECT_THAT(resets(), ElementsAre(kRefusedStream));
}

class Http2Flood : public Http2SessionTest,
                   public ::testing::WithParamInterface<std::pair<const char*, std::string>> {};

TEST_P(Http2Flood, EndsTheConnection) {
  feed(begin_post(1, "/x"));
  sent();
  std::string flood;
  for (int i = 0; i < 3'000; ++i) flood += GetParam().second;
  const bool goes_on = feed(flood);
  const std::vector<std::uint32_t> codes = goaways();
  EXPECT_TRUE(!goes_on || !codes.empty()) << GetParam().first;
  EXPECT_TRUE(!goes_on || session_.is_over()) << GetParam().first;
}

INSTANTIATE_TEST_SUITE_P(Of, Http2Flood,
                         ::testing::Values(std::pair("Ping", frame(kPing, 0, 0, std::string(8, 'p'))),
                                           std::pair("PingAcknowledged", frame(kPing, 1, 0, std::string(8, 'p'))),
                                           std::pair("Settings", frame(kSettings, 0, 0)),
                                           std::pair("SettingsOfWindow",
                                                     frame(kSettings, 0, 0, big_endian(4, 2) + big_endian(65'536))),
                                           std::pair("Priority", frame(kPriority, 0, 1, std::string(5, '\0'))),
                                           std::pair("WindowUpdate", frame(kWindowUpdate, 0, 0, big_endian(1))),
                                           std::pair("EmptyData", frame(kData, 0, 1)),
                                           std::pair("PaddingAlone", frame(kData, 8, 1, std::string(1, '\0'))),
                                           std::pair("Unknown", frame(0x77, 0, 0, "?"))),
                         [](const auto& each) { return each.param.first; });

TEST_F(Http2SessionTest, LetsManyRequestsBringTheirPingsAndWindows) {
  for (std::uint32_t stream = 1; stream < 10'000; stream += 2) {
    ASSERT_TRUE(feed(get(stream, "/x") + frame(kPing, 0, 0, "12345678") + frame(kWindowUpdate, 0, 0, big_endian(9))));
    answer(session_.take_request()->stream);
    ASSERT_THAT(goaways(), IsEmpty()) << stream;
  }
}

TEST_F(Http2SessionTest, EndsAConnectionThatSendsMoreThanItsWindow) {
  feed(begin_post(1, "/x"));
  std::string data;
  for (int i = 0; i < 12; ++i) data += frame(kData, 0, 1, std::string(16'384, 'x'));
  feed(data);
  const std::vector<Frame> all = sent();
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const Frame& each) {
    return (each.type == kGoaway && each.number(4) == kFlowControlError) ||
           (each.type == kReset && each.number() == kFlowControlError);
  }));
}

TEST_F(Http2SessionTest, EndsAConnectionThatOverflowsAWindow) {
  feed(frame(kWindowUpdate, 0, 0, big_endian(0x7FFFFFFF)));
  EXPECT_THAT(goaways(), ElementsAre(kFlowControlError));
  EXPECT_TRUE(session_.is_over());
}

TEST_F(Http2SessionTest, RefusesRequestsThatAreLateAndGivesUpAnswersThatAreNotRead) {
  feed(begin_post(1, "/x"));
  session_.expire(now_ + 14s);
  EXPECT_EQ(refusal(), -1);
  session_.expire(now_ + 15s);
  EXPECT_EQ(refusal(), 408);
  sent();
  feed(get(3, "/x"));
  ASSERT_EQ(session_.take_request()->stream, 3);
  answer(3, std::string(200'000, 'x'));  // more than the client's window takes
  sent();
  session_.expire(now_ + 14s);
  EXPECT_FALSE(session_.is_idle());
  session_.expire(now_ + 15s);
  EXPECT_THAT(resets(), ElementsAre(kNoError, kCancel));  // what was refused still has a body to come
  EXPECT_TRUE(session_.is_idle());
}

TEST_F(Http2SessionTest, AnswersWhatCameBeforeTheEndAndNothingElse) {
  feed(get(1, "/a"));
  session_.announce_end();
  feed(get(3, "/b"));  // was on its way
  session_.end();
  const std::vector<Frame> notices = sent(kGoaway);
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_EQ(notices[0].number(), 0x7FFFFFFFU);
  EXPECT_EQ(notices[1].number(), 3U);
  feed(get(5, "/c"));
  EXPECT_EQ(session_.take_request()->stream, 1);
  EXPECT_EQ(session_.take_request()->stream, 3);
  EXPECT_FALSE(session_.take_request().has_value());
  answer(1);
  sent();
  EXPECT_FALSE(session_.is_over());
  answer(3);
  sent();
  EXPECT_TRUE(session_.is_over());
}

TEST_F(Http2SessionTest, RefusesWhatIsNoHttp2) {
  Http2Session fresh({"", true, 4096, 15s, 15s}, handler_);
  EXPECT_FALSE(fresh.feed("GET / HTTP/1.1\r\n\r\n", now_));
}

class Http2Room : public Http2SessionTest {
 protected:
  Http2Room() { roomy_.feed(std::string(kPreface) + frame(kSettings, 0, 0) + frame(kSettings, 1, 0), now_); }
  // How much window the streams were given meanwhile.
  std::map<std::uint32_t, std::uint32_t> given() {
    std::string bytes, more;
    while (roomy_.collect(more) && !more.empty()) bytes += std::exchange(more, {});
    std::map<std::uint32_t, std::uint32_t> out;
    for (const Frame& each : take_frames(bytes)) {
      if (each.type == kWindowUpdate && each.stream != 0) out[each.stream] += each.number();
    }
    return out;
  }
  Http2Session roomy_{{"", true, 16 * 1024 * 1024, 15s, 15s}, handler_};
};

TEST_F(Http2Room, LetsTheOldestBodyEndAndTheOthersWait) {
  for (std::uint32_t stream = 1; stream < 200; stream += 2) roomy_.feed(begin_post(stream, "/x"), now_);
  given();
  for (int round = 0; round < 8; ++round) {
    for (std::uint32_t stream = 1; stream < 200; stream += 2) {
      roomy_.feed(frame(kData, 0, stream, std::string(16'384, 'x')), now_);
    }
  }
  std::map<std::uint32_t, std::uint32_t> first = given();
  EXPECT_EQ(first.at(1), limits::kHttp2WindowBytes);
  EXPECT_LT(first.at(199), limits::kHttp2WindowBytes);
  EXPECT_LT(roomy_.held_bytes(), 64U * 1024 * 1024);
  // The oldest goes: the next has its turn.
  roomy_.feed(reset(1), now_);
  EXPECT_EQ(given().count(3), 1U);
}

}  // namespace
}  // namespace avouch::edge
