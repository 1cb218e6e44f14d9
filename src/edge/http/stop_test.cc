// Stopping, and TLS.
#include <gmock/gmock.h>

#include <thread>

#include "edge/http/server_fixture.h"
#include "net/http_client.h"
#include "net/test_certificates.h"

namespace avouch::edge {
namespace {

using namespace std::chrono_literals;
using test::RawClient;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class HttpStopping : public test::ServerTest {};

TEST_F(HttpStopping, FinishesTheRequestInFlight) {
  start();
  RawClient client(address());
  client.send(get("/door"));
  handler.door.wait_for_waiting(1);
  std::thread stopper([this] { server->stop(); });
  std::this_thread::sleep_for(200ms);
  handler.door.open();
  const std::string answer = client.receive_all();
  stopper.join();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpStopping, ClosesIdleConnectionsAtOnce) {
  start();
  RawClient client(address());
  client.send(get("/x"));
  client.receive_until("GET /x ");
  const auto begin = std::chrono::steady_clock::now();
  server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HttpStopping, GivesUpAtTheDeadlineAndForgetsWhatWaits) {
  HttpServerOptions options;
  options.worker_count = 1;
  options.drain_deadline = 300ms;
  start(std::move(options));
  RawClient running(address()), waiting(address());
  running.send(get("/door"));
  handler.door.wait_for_waiting(1);
  waiting.send(get("/heavy/waiting"));
  std::this_thread::sleep_for(100ms);
  std::thread opener([this] {
    std::this_thread::sleep_for(1s);
    handler.door.open();
  });
  server->stop();  // after the deadline; waits for the running handler
  opener.join();
  EXPECT_EQ(handler.handled, 1);
  server.reset();
  EXPECT_TRUE(running.is_closed());
  EXPECT_TRUE(waiting.is_closed());
}

TEST_F(HttpStopping, IsSafeFromManyThreadsAndTwice) {
  start();
  std::thread one([this] { server->stop(); });
  std::thread two([this] { server->stop(); });
  one.join();
  two.join();
  server->stop();
}

class HttpsServing : public test::ServerTest {
 protected:
  void start_with(const net::test::Made& certificate, net::TlsVersion minimum = net::TlsVersion::k1_2) {
    HttpServerOptions options;
    options.tls = net::test::to_identity(certificate);
    options.tls->minimum_version = minimum;
    start(std::move(options));
  }
  Result<net::HttpResponse> ask(net::TlsTrust trust, const std::string& host = "127.0.0.1") {
    const std::string port = address().substr(address().rfind(':'));
    net::HttpClientOptions options;
    options.trust = std::move(trust);
    net::HttpClient client = net::HttpClient::make("https://" + host + port, std::move(options)).value();
    return client.request("GET", "/x");
  }
  std::string refusal(net::TlsTrust trust, const std::string& host = "127.0.0.1") {
    const auto answer = ask(std::move(trust), host);
    if (answer.has_value()) return "answered";
    EXPECT_STREQ(answer.error().code, "http.tls");
    EXPECT_EQ(answer.error().blame, Blame::kUnavailable);
    EXPECT_THAT(answer.error().detail, HasSubstr("https://" + host));
    return answer.error().detail;
  }
  net::test::Made authority = net::test::make_authority();
  net::test::Made good = net::test::make_certificate("good", {}, &authority);
};

TEST_F(HttpsServing, AnswersByAddressAndByName) {
  start_with(good);
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto answer = ask(net::test::trust_only(authority), host);
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(answer->body, "GET /x ");
  }
}

TEST_F(HttpsServing, CarriesBigBodies) {
  start_with(good, net::TlsVersion::k1_3);
  net::HttpClientOptions options;
  options.trust = net::test::trust_only(authority);
  net::HttpClient client = net::HttpClient::make("https://" + address(), options).value();
  for (int i = 0; i < 3; ++i) {
    const std::string body(1'500'000, static_cast<char>('a' + i));
    const auto answer = client.request("POST", "/x", {}, body);
    ASSERT_TRUE(answer.has_value()) << answer.error().detail;
    EXPECT_EQ(answer->body, "POST /x " + body);
  }
}

TEST_F(HttpsServing, ClientNamesWhatIsWrongWithACertificate) {
  net::test::Wanted wanted;
  wanted.begins_in_seconds = -7200;
  wanted.ends_in_seconds = -3600;
  start_with(net::test::make_certificate("expired", wanted, &authority));
  EXPECT_THAT(refusal(net::test::trust_only(authority)), HasSubstr("expired"));

  wanted = {};
  wanted.subject_alternative_name = "DNS:other.example";
  ASSERT_TRUE(server->reload_tls(net::test::to_identity(net::test::make_certificate("o", wanted, &authority))));
  EXPECT_THAT(refusal(net::test::trust_only(authority)), HasSubstr("IP address mismatch"));
  EXPECT_THAT(refusal(net::test::trust_only(authority), "localhost"), HasSubstr("ostname mismatch"));

  wanted.subject_alternative_name = "";  // the name in the subject alone is not believed
  ASSERT_TRUE(server->reload_tls(net::test::to_identity(net::test::make_certificate("localhost", wanted, &authority))));
  EXPECT_THAT(refusal(net::test::trust_only(authority), "localhost"), HasSubstr("ostname mismatch"));

  ASSERT_TRUE(server->reload_tls(net::test::to_identity(good)));
  EXPECT_THAT(refusal(net::test::trust_only(net::test::make_authority())), HasSubstr("certificate"));
  EXPECT_THAT(refusal(net::TlsTrust{}), HasSubstr("certificate"));
  EXPECT_TRUE(ask(net::test::trust_only(authority)).has_value());
}

TEST_F(HttpsServing, KeepsTheOldIdentityWhenReloadFails) {
  start_with(good);
  net::TlsIdentity broken = net::test::to_identity(good);
  broken.private_key_pem = net::test::to_pem(authority.key);
  const Status failed = server->reload_tls(broken);
  ASSERT_FALSE(failed.has_value());
  EXPECT_STREQ(failed.error().code, "tls.key");
  EXPECT_TRUE(ask(net::test::trust_only(authority)).has_value());
}

TEST_F(HttpsServing, RefusesToReloadAPlainServer) {
  start();
  const Status refused = server->reload_tls(net::test::to_identity(good));
  ASSERT_FALSE(refused.has_value());
  EXPECT_STREQ(refused.error().code, "tls.plain");
}

TEST_F(HttpsServing, ClosesOnPlainHttpAndOnSilence) {
  HttpServerOptions options;
  options.tls = net::test::to_identity(good);
  options.read_deadline = 300ms;
  start(std::move(options));
  RawClient plain(address()), silent(address());
  plain.send(get("/x"));
  EXPECT_THAT(plain.receive_all(), ::testing::Not(HasSubstr("HTTP/1.1")));
  EXPECT_TRUE(silent.is_closed());
  EXPECT_EQ(handler.handled, 0);
}

}  // namespace
}  // namespace avouch::edge
