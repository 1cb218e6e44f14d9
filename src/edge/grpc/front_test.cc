// Services behind a real server, called by our own client: over plain and TLS connections.
#include "edge/grpc/front.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "edge/http/server.h"
#include "net/grpc_wire.h"
#include "net/http2/grpc_client.h"
#include "net/test_certificates.h"

namespace avouch::edge {
namespace {

using namespace std::chrono_literals;
using net::GrpcCode;
using net::GrpcReply;
using net::GrpcStatus;

class Echo final : public net::GrpcService {
 public:
  std::string_view name() const override { return "test.Echo"; }
  GrpcReply call(std::string_view method, Bytes message, std::string_view peer) const override {
    ++calls;
    if (method == "Echo") return to_buffer(message);
    if (method == "Peer") return to_buffer(as_bytes(peer));
    if (method == "Sleep") {
      std::this_thread::sleep_for(400ms);
      return Buffer{};
    }
    if (method == "Fail") return tl::unexpected(GrpcStatus{GrpcCode::kFailedPrecondition, "caf\xC3\xA9 100%"});
    return tl::unexpected(GrpcStatus{GrpcCode::kUnimplemented, "unknown method"});
  }
  mutable std::atomic<int> calls{0};
};

class Plain final : public net::HttpHandler {
 public:
  Weight weight(const net::HttpRequest&) const override { return Weight::kLight; }
  net::HttpResponse handle(const net::HttpRequest& request) const override {
    return {200, {}, "plain " + request.method, false};
  }
};

class GrpcFrontTest : public ::testing::Test {
 protected:
  void start(HttpServerOptions options = {}, const std::string& address = "127.0.0.1:0") {
    options.addresses = {address};
    options.body_limit_bytes = limits::kGrpcMessageBytes + 5;
    server_ = HttpServer::start(std::move(options), front_, log_).value();
  }
  std::string url(const std::string& scheme = "http") const {
    return scheme + "://" + server_->bound_addresses().front();
  }
  net::GrpcClient client(net::GrpcClientOptions options = {}) const {
    return net::GrpcClient::make(url(), std::move(options)).value();
  }
  static GrpcStatus failure(const GrpcReply& reply) {
    return reply.has_value() ? GrpcStatus{GrpcCode::kOk, ""} : reply.error();
  }
  static net::HttpRequest request(std::string body) {
    net::HttpRequest out;
    out.method = "POST";
    out.target = "/test.Echo/Echo";
    out.headers = {{"content-type", "application/grpc"}};
    out.body = std::move(body);
    return out;
  }

  Echo echo_;
  Plain plain_;
  GrpcFront front_{{&echo_}, plain_};
  SystemClock clock_;
  Log log_{clock_, LogLevel::kOff, LogFormat::kText};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(GrpcFrontTest, CarriesMessagesOfAnySizeUpToTheLimit) {
  start();
  const net::GrpcClient caller = client();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{300'000}, limits::kGrpcMessageBytes}) {
    const Buffer message(size, 0xA5);
    const GrpcReply reply = caller.call("test.Echo", "Echo", message);
    ASSERT_TRUE(reply.has_value()) << size << " " << reply.error().message;
    EXPECT_EQ(*reply, message);
  }
  EXPECT_EQ(failure(caller.call("test.Echo", "Echo", Buffer(limits::kGrpcMessageBytes + 1, 0))).code,
            GrpcCode::kResourceExhausted);
}

TEST_F(GrpcFrontTest, TellsTheServiceThePeer) {
  start();
  EXPECT_THAT(std::string(as_text(client().call("test.Echo", "Peer", {}).value())),
              ::testing::StartsWith("127.0.0.1:"));
}

TEST_F(GrpcFrontTest, TellsTheCallerWhyItFailed) {
  start();
  const net::GrpcClient caller = client();
  const GrpcStatus status = failure(caller.call("test.Echo", "Fail", {}));
  EXPECT_EQ(status.code, GrpcCode::kFailedPrecondition);
  EXPECT_EQ(status.message, "caf\xC3\xA9 100%");
  EXPECT_EQ(failure(caller.call("test.Echo", "Nothing", {})).code, GrpcCode::kUnimplemented);
  EXPECT_EQ(failure(caller.call("test.Nobody", "Echo", {})).code, GrpcCode::kUnimplemented);
}

TEST_F(GrpcFrontTest, AnswersTheHealthService) {
  start();
  const net::GrpcClient caller = client();
  const auto check = [&](std::string_view name) {
    Buffer message{0x0A, static_cast<std::uint8_t>(name.size())};
    message.insert(message.end(), name.begin(), name.end());
    return caller.call("grpc.health.v1.Health", "Check", message);
  };
  EXPECT_EQ(caller.call("grpc.health.v1.Health", "Check", {}).value(), (Buffer{0x08, 0x01}));
  EXPECT_EQ(check("").value(), (Buffer{0x08, 0x01}));
  EXPECT_EQ(check("test.Echo").value(), (Buffer{0x08, 0x01}));
  EXPECT_EQ(failure(check("test.Nobody")).code, GrpcCode::kNotFound);
  EXPECT_EQ(failure(caller.call("grpc.health.v1.Health", "Watch", {})).code, GrpcCode::kUnimplemented);
}

TEST_F(GrpcFrontTest, HonoursDeadlinesOnBothSides) {
  start();
  net::GrpcClientOptions hurried;
  hurried.deadline = 100ms;
  EXPECT_EQ(failure(client(hurried).call("test.Echo", "Sleep", {})).code, GrpcCode::kDeadlineExceeded);
  net::HttpRequest late = request(net::frame_grpc({}));
  late.headers.emplace_back("grpc-timeout", "50m");
  late.arrived = std::chrono::steady_clock::now() - 60ms;
  const int calls = echo_.calls;
  EXPECT_EQ(front_.handle(late).header("grpc-status"), "4");
  EXPECT_EQ(echo_.calls, calls);  // nobody waits for it: so it is not begun
  late.target = "/test.Echo/Sleep";
  late.arrived = std::chrono::steady_clock::now();
  EXPECT_EQ(front_.handle(late).header("grpc-status"), "4");
  late.headers.back().second = "forever";
  EXPECT_EQ(front_.handle(late).header("grpc-status"), "13");
  late.headers.back().second = "99999999H";
  EXPECT_EQ(front_.handle(late).trailers.front().second, "0");
}

TEST_F(GrpcFrontTest, RefusesCompressedAndMalformedMessages) {
  const std::string whole = net::frame_grpc(as_bytes("abc"));
  EXPECT_EQ(front_.handle(request("\x01" + whole.substr(1))).header("grpc-status"), "12");
  EXPECT_EQ(front_.handle(request(whole.substr(1))).header("grpc-status"), "13");
  EXPECT_EQ(front_.handle(request(whole + whole)).header("grpc-status"), "13");
  EXPECT_EQ(front_.handle(request("")).header("grpc-status"), "13");
  EXPECT_EQ(echo_.calls, 0);
}

TEST_F(GrpcFrontTest, HandsOnWhateverIsNoCall) {
  net::HttpRequest other = request(net::frame_grpc({}));
  other.method = "GET";
  EXPECT_EQ(front_.handle(other).body, "plain GET");
  EXPECT_EQ(front_.weight(other), net::HttpHandler::Weight::kLight);
  other.method = "POST";
  other.headers = {{"content-type", "application/json"}};
  EXPECT_EQ(front_.handle(other).body, "plain POST");
  other.headers.clear();
  EXPECT_EQ(front_.handle(other).body, "plain POST");
}

TEST_F(GrpcFrontTest, ServesManyCallersAtOnceOverTls) {
  const net::test::Made authority = net::test::make_authority();
  HttpServerOptions options;
  options.tls = net::test::to_identity(net::test::make_certificate("server", {}, &authority));
  start(std::move(options));
  net::GrpcClientOptions trusting;
  trusting.trust = net::test::trust_only(authority);
  const net::GrpcClient caller = net::GrpcClient::make(url("https"), std::move(trusting)).value();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const Buffer message(static_cast<std::size_t>(t * 1000 + i), static_cast<std::uint8_t>(i));
        const GrpcReply reply = caller.call("test.Echo", "Echo", message);
        if (reply.has_value() && *reply == message) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
}

TEST_F(GrpcFrontTest, IsFoundAgainAfterARestart) {
  start();
  const net::GrpcClient caller = client();
  ASSERT_TRUE(caller.call("test.Echo", "Echo", {}).has_value());
  const std::string address = server_->bound_addresses().front();
  server_.reset();
  EXPECT_EQ(failure(caller.call("test.Echo", "Echo", {})).code, GrpcCode::kUnavailable);
  start({}, address);
  EXPECT_TRUE(caller.call("test.Echo", "Echo", {}).has_value());
}

TEST_F(GrpcFrontTest, NeedsAnHttp2ServerAndAUrlWithoutPath) {
  EXPECT_STREQ(net::GrpcClient::make("http://127.0.0.1:1/path").error().code, "grpc.url");
  EXPECT_STREQ(net::GrpcClient::make("ftp://127.0.0.1").error().code, "url.parse");
}

}  // namespace
}  // namespace avouch::edge
