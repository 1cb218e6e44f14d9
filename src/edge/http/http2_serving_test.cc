// HTTP/2 over real sockets, plain and TLS, next to HTTP/1.1 on the same listener.
#include <gmock/gmock.h>

#include <optional>
#include <thread>

#include "edge/http/http2_test_support.h"
#include "edge/http/server_fixture.h"
#include "net/dial.h"
#include "net/http2/client_connection.h"
#include "net/test_certificates.h"
#include "net/url.h"

namespace avouch::edge {
namespace {

using namespace std::chrono_literals;
using net::Http2ClientConnection;
using net::Http2Exchange;
using test::RawClient;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Http2Serving : public test::ServerTest {
 protected:
  static Http2Exchange ask(Http2ClientConnection& connection, const std::string& method, const std::string& path,
                           std::string_view body = "") {
    const std::vector<net::HeaderField> fields{
        {":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "a"}};
    return connection.exchange({fields, body, 8U * 1024 * 1024, std::chrono::steady_clock::now() + 20s});
  }
  std::unique_ptr<Http2ClientConnection> connect(const net::TlsContext* tls = nullptr) const {
    const net::Url url = net::parse_url((tls == nullptr ? "http://" : "https://") + address()).value();
    return std::make_unique<Http2ClientConnection>(net::dial(url, tls, std::chrono::steady_clock::now() + 20s).value());
  }
};

TEST_F(Http2Serving, AnswersOnOneConnectionAndHttp11OnAnother) {
  start();
  const auto client = connect();
  const Http2Exchange one = ask(*client, "POST", "/one?x=1", "body");
  ASSERT_EQ(one.end, Http2Exchange::End::kAnswered);
  EXPECT_EQ(one.response.status, 200);
  EXPECT_EQ(one.response.body, "POST /one?x=1 body");
  EXPECT_EQ(one.response.header("content-length"), "18");
  EXPECT_THAT(std::string(one.response.header("date").value_or("")), HasSubstr(" GMT"));
  EXPECT_EQ(ask(*client, "GET", "/heavy").response.body, "GET /heavy ");
  EXPECT_EQ(ask(*client, "HEAD", "/x").response.body, "");
  EXPECT_EQ(ask(*client, "GET", "/nothing").response.status, 204);
  RawClient other(address());
  other.send(get("/x"));
  EXPECT_THAT(other.receive_until("GET /x "), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Http2Serving, AnswersOverTlsToWhoeverAgreesOnIt) {
  const net::test::Made authority = net::test::make_authority();
  HttpServerOptions options;
  options.tls = net::test::to_identity(net::test::make_certificate("server", {}, &authority));
  start(std::move(options));
  const net::TlsContext tls =
      net::TlsContext::client(net::test::trust_only(authority), net::TlsProtocol::kHttp2).value();
  const auto client = connect(&tls);
  EXPECT_EQ(ask(*client, "GET", "/x").response.body, "GET /x ");
  EXPECT_EQ(ask(*client, "GET", "/large").response.body.size(), 3'000'000U);
}

TEST_F(Http2Serving, KeepsBusyConnectionsWhenAllPlacesAreTaken) {
  const net::test::Made authority = net::test::make_authority();
  HttpServerOptions options;
  options.tls = net::test::to_identity(net::test::make_certificate("server", {}, &authority));
  options.connection_count = 1;
  options.crowded_idle_deadline = 200ms;
  start(std::move(options));
  const net::TlsContext tls =
      net::TlsContext::client(net::test::trust_only(authority), net::TlsProtocol::kHttp2).value();
  const auto client = connect(&tls);
  std::thread opener([this] {
    handler.door.wait_for_waiting(1);
    std::this_thread::sleep_for(700ms);
    handler.door.open();
  });
  EXPECT_EQ(ask(*client, "GET", "/door").response.body, "GET /door ");
  opener.join();
  std::this_thread::sleep_for(700ms);
  EXPECT_FALSE(client->is_usable());  // now it had nothing to say
}

TEST_F(Http2Serving, CarriesBigBodiesBothWays) {
  start();
  const auto client = connect();
  const std::string body(limits::kHttpBodyBytes, 'b');
  EXPECT_EQ(ask(*client, "POST", "/x", body).response.body.size(), body.size() + 8);
  EXPECT_EQ(ask(*client, "POST", "/x", body + "b").response.status, 413);
  EXPECT_EQ(ask(*client, "GET", "/large").response.body.size(), 3'000'000U);
}

TEST_F(Http2Serving, AnswersLightRequestsWhileHeavyOnesWait) {
  start();
  RawClient client(address());
  client.send(std::string(test::kPreface) + test::frame(test::kSettings, 0, 0) + test::get(1, "/door"));
  handler.door.wait_for_waiting(1);
  client.send(test::get(3, "/light"));
  EXPECT_THAT(client.receive_until("GET /light "), HasSubstr("GET /light "));
  handler.door.open();
  EXPECT_THAT(client.receive_until("GET /door "), HasSubstr("GET /door "));
}

TEST_F(Http2Serving, SurvivesAHandlerThatThrows) {
  start();
  for (const char* path : {"/throw", "/heavy/throw", "/split", "/early-hints"}) {
    EXPECT_EQ(ask(*connect(), "GET", path).response.status, 500) << path;
  }
}

TEST_F(Http2Serving, RefusesThePrefaceWhereItWasNotAgreedUpon) {
  start();
  RawClient client(address());
  client.send(get("/x"));
  client.receive_until("GET /x ");
  client.send(test::kPreface);
  EXPECT_THAT(client.receive_all(), StartsWith("HTTP/1.1 505 "));
}

TEST_F(Http2Serving, TakesThePrefaceInPieces) {
  start();
  RawClient client(address());
  const std::string bytes = std::string(test::kPreface) + test::frame(test::kSettings, 0, 0) + test::get(1, "/pieces");
  for (const char octet : bytes) client.send(std::string_view(&octet, 1));
  EXPECT_THAT(client.receive_until("GET /pieces "), HasSubstr("GET /pieces "));
}

TEST_F(Http2Serving, ClosesConnectionsThatAreIdleWhateverTheyPing) {
  HttpServerOptions options;
  options.idle_deadline = 300ms;
  start(std::move(options));
  RawClient client(address());
  client.send(std::string(test::kPreface) + test::frame(test::kSettings, 0, 0));
  bool open = true;
  for (int i = 0; i < 100 && open; ++i) {
    std::this_thread::sleep_for(50ms);
    open = client.send(test::frame(test::kPing, 0, 0, "12345678"));
  }
  EXPECT_FALSE(open);
}

TEST_F(Http2Serving, ClosesConnectionsThatReadNoAnswers) {
  HttpServerOptions options;
  options.write_deadline = 300ms;
  start(std::move(options));
  RawClient client(address());
  // Windows as large as they can be: what is in the way is the socket alone.
  std::string bytes = std::string(test::kPreface) +
                      test::frame(test::kSettings, 0, 0, test::big_endian(4, 2) + test::big_endian(0x7FFFFFFF)) +
                      test::frame(test::kWindowUpdate, 0, 0, test::big_endian(0x7FFF0000));
  for (std::uint32_t stream = 1; stream < 20; stream += 2) bytes += test::get(stream, "/large");
  client.send(bytes);
  std::this_thread::sleep_for(2s);
  EXPECT_LT(client.receive_all().size(), 25'000'000U);
}

TEST_F(Http2Serving, FinishesTheRequestInFlightBeforeItStops) {
  start();
  std::optional<Http2Exchange> got;
  std::thread asking([&] { got = ask(*connect(), "GET", "/door"); });
  handler.door.wait_for_waiting(1);
  std::thread stopper([this] { server->stop(); });
  std::this_thread::sleep_for(500ms);
  handler.door.open();
  asking.join();
  stopper.join();
  EXPECT_EQ(got->response.body, "GET /door ");
}

TEST_F(Http2Serving, StopsAtOnceWhenConnectionsAreIdle) {
  start();
  const auto client = connect();
  ask(*client, "GET", "/x");
  const auto begin = std::chrono::steady_clock::now();
  server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_FALSE(client->is_usable());
}

TEST_F(Http2Serving, ForgetsWhatWaitsWhenItStopsAtTheDeadline) {
  HttpServerOptions options;
  options.worker_count = 1;
  options.drain_deadline = 300ms;
  start(std::move(options));
  RawClient client(address());
  std::string bytes = std::string(test::kPreface) + test::frame(test::kSettings, 0, 0) + test::get(1, "/door");
  for (std::uint32_t stream = 3; stream < 60; stream += 2) bytes += test::get(stream, "/heavy/x");
  client.send(bytes);
  handler.door.wait_for_waiting(1);
  std::thread opener([this] {
    std::this_thread::sleep_for(1s);
    handler.door.open();
  });
  server->stop();
  opener.join();
  EXPECT_EQ(handler.handled, 1);
}

}  // namespace
}  // namespace avouch::edge
