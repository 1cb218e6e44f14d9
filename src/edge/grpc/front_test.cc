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

constexpr auto kSleep = 400ms;

class Echo final : public net::GrpcService {
 public:
  std::string_view name() const override { return "test.Echo"; }
  GrpcReply call(std::string_view method, Bytes message, std::string_view peer) const override {
    ++calls;
    if (method == "Echo") return to_buffer(message);
    if (method == "Peer") return to_buffer(as_bytes(peer));
    if (method == "Sleep") {
      std::this_thread::sleep_for(kSleep);
      return Buffer{};
    }
    if (method == "SleepLong") {
      std::this_thread::sleep_for(4 * kSleep);
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

// What stands in front of the services, and sees the headers that they do not.
class Watch final : public net::HttpHandler {
 public:
  explicit Watch(const net::HttpHandler& inner) : inner_(inner) {}
  Weight weight(const net::HttpRequest& head) const override { return inner_.weight(head); }
  net::HttpResponse handle(const net::HttpRequest& request) const override {
    authorizations.emplace_back(request.header("authorization").value_or("none"));
    return inner_.handle(request);
  }
  mutable std::vector<std::string> authorizations;

 private:
  const net::HttpHandler& inner_;
};

class GrpcFrontTest : public ::testing::Test {
 protected:
  void start(HttpServerOptions options = {}, const std::string& address = "127.0.0.1:0") {
    options.addresses = {address};
    options.body_limit_bytes = limits::kGrpcMessageBytes + 5;
    server_ = HttpServer::start(std::move(options), front_, log_).value();
  }
  static HttpServerOptions with_workers() {
    HttpServerOptions options;
    options.worker_count = 4;
    return options;
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

TEST_F(GrpcFrontTest, CarriesTheCallsOfManyThreadsSideBySideOnOneConnection) {
  start(with_workers());
  net::GrpcClientOptions one;
  one.pool_size = 1;
  const net::GrpcClient caller = client(std::move(one));
  const auto peer = [&caller] { return std::string(as_text(caller.call("test.Echo", "Peer", {}).value())); };
  const std::string before = peer();
  const auto begun = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] { good += caller.call("test.Echo", "Sleep", {}).has_value() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 2);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2 * kSleep) << "one after the other";
  EXPECT_EQ(peer(), before);
}

TEST_F(GrpcFrontTest, CarriesLargeMessagesOfManyThreadsOnOneConnection) {
  start(with_workers());
  net::GrpcClientOptions one;
  one.pool_size = 1;
  const net::GrpcClient caller = client(std::move(one));
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        const Buffer message(static_cast<std::size_t>(t * 100'000 + i), static_cast<std::uint8_t>(t));
        const GrpcReply reply = caller.call("test.Echo", "Echo", message);
        if (reply.has_value() && *reply == message) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 30);
}

TEST_F(GrpcFrontTest, OneCallThatIsLateLeavesTheOthersOfItsConnectionAlone) {
  start(with_workers());
  net::GrpcClientOptions one;
  one.pool_size = 1;
  one.deadline = 2 * kSleep;
  const net::GrpcClient caller = client(std::move(one));
  const std::string before(as_text(caller.call("test.Echo", "Peer", {}).value()));
  GrpcCode late = GrpcCode::kOk;
  std::thread waiting([&] { late = failure(caller.call("test.Echo", "SleepLong", {})).code; });
  std::this_thread::sleep_for(2 * kSleep - kSleep / 2);
  EXPECT_TRUE(caller.call("test.Echo", "Sleep", {}).has_value());  // ends after the other has given up
  waiting.join();
  EXPECT_EQ(late, GrpcCode::kDeadlineExceeded);
  EXPECT_NE(as_text(caller.call("test.Echo", "Peer", {}).value()), before) << "a connection that is in doubt";
}

TEST_F(GrpcFrontTest, LetsInAClientWithACertificateOfTheRightAuthorityAlone) {
  const net::test::Made authority = net::test::make_authority(), stranger = net::test::make_authority();
  HttpServerOptions options;
  options.tls = net::test::to_identity(net::test::make_certificate("server", {}, &authority));
  options.tls->client_roots_pem = net::test::to_pem(authority.certificate);
  start(std::move(options));
  const auto call_as = [&](const net::test::Made* issuer) {
    net::GrpcClientOptions trusting;
    trusting.trust = net::test::trust_only(authority);
    if (issuer != nullptr) {
      const net::test::Made own = net::test::make_certificate("client", {}, issuer);
      trusting.identity = std::make_shared<const net::TlsClientIdentity>(
          net::TlsClientIdentity{net::test::to_pem(own.certificate), net::test::to_pem(own.key)});
    }
    const net::GrpcClient caller = net::GrpcClient::make(url("https"), std::move(trusting)).value();
    return failure(caller.call("test.Echo", "Echo", {})).code;
  };
  EXPECT_EQ(call_as(&authority), GrpcCode::kOk);
  EXPECT_EQ(call_as(nullptr), GrpcCode::kUnavailable);
  EXPECT_EQ(call_as(&stranger), GrpcCode::kUnavailable);
}

TEST_F(GrpcFrontTest, CarriesAFreshTokenWithEachCall) {
  const Watch watch(front_);
  HttpServerOptions listening;
  listening.addresses = {"127.0.0.1:0"};
  server_ = HttpServer::start(std::move(listening), watch, log_).value();
  int asked = 0;
  net::GrpcClientOptions options;
  options.token = [&asked] { return Result<std::string>("token-" + std::to_string(++asked)); };
  const net::GrpcClient caller = client(std::move(options));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(caller.call("test.Echo", "Echo", {}).has_value());
  EXPECT_TRUE(client().call("test.Echo", "Echo", {}).has_value());
  EXPECT_THAT(watch.authorizations, ::testing::ElementsAre("Bearer token-1", "Bearer token-2", "none"));
  server_.reset();
}

TEST_F(GrpcFrontTest, CallsNobodyWithoutTheTokenThatItShouldHave) {
  start();
  const int calls = echo_.calls;
  for (const Result<std::string>& token :
       {Result<std::string>(Error{Blame::kRequest, "file.missing", "gone"}), Result<std::string>("two\nlines")}) {
    net::GrpcClientOptions options;
    options.token = [&token] { return token; };
    EXPECT_EQ(failure(client(std::move(options)).call("test.Echo", "Echo", {})).code, GrpcCode::kUnauthenticated);
  }
  EXPECT_EQ(echo_.calls, calls);
}

TEST_F(GrpcFrontTest, CarriesNoTokenInTheClearButOnLoopback) {
  for (const auto& [address, code] :
       {std::pair{"http://127.0.0.1:1", "ok"}, std::pair{"http://[::1]:1", "ok"}, std::pair{"http://localhost:1", "ok"},
        std::pair{"https://as.example", "ok"}, std::pair{"http://as.example", "grpc.token"},
        std::pair{"http://127.0.0.1.example", "grpc.token"}, std::pair{"http://128.0.0.1", "grpc.token"}}) {
    net::GrpcClientOptions options;
    options.token = [] { return Result<std::string>("token"); };
    const Result<net::GrpcClient> made = net::GrpcClient::make(address, std::move(options));
    EXPECT_STREQ(made.has_value() ? "ok" : made.error().code, code) << address;
  }
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
