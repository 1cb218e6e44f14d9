#include "edge/http/server.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "edge/http/server_fixture.h"

namespace avouch::edge {
namespace {

using namespace std::chrono_literals;
using test::RawClient;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpServing : public test::ServerTest {};

TEST_F(HttpServing, AnswersAndKeepsTheConnection) {
  start();
  RawClient client(address());
  client.send(get("/one?x=1"));
  const std::string first = client.receive_until("GET /one?x=1 ");
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(first, HasSubstr("Content-Length: 13\r\n"));
  EXPECT_THAT(first, HasSubstr(" GMT\r\n"));
  EXPECT_THAT(first, Not(HasSubstr("Connection:")));
  client.send(get("/two"));
  EXPECT_THAT(client.receive_until("GET /two "), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServing, ReportsTheBoundAddresses) {
  HttpServerOptions options;
  options.addresses = {"127.0.0.1:0", "[::1]:0"};
  start(std::move(options));
  ASSERT_EQ(server->bound_addresses().size(), 2U);
  EXPECT_THAT(server->bound_addresses()[0], StartsWith("127.0.0.1:"));
  EXPECT_THAT(server->bound_addresses()[1], StartsWith("[::1]:"));
  EXPECT_THAT(server->bound_addresses()[1], Not(EndsWith(":0")));
}

TEST_F(HttpServing, RefusesAddressesThatAreNone) {
  for (const char* address : {"", "127.0.0.1", "localhost:80", "127.0.0.1:", "::1:80", "[::1:80", "127.0.0.1:http",
                              ":8080", "127.0.0.1:99999"}) {
    HttpServerOptions options;
    options.addresses = {address};
    const auto started = HttpServer::start(std::move(options), handler, log);
    ASSERT_FALSE(started.has_value()) << address;
    EXPECT_STREQ(started.error().code, "http.address") << address;
  }
}

TEST_F(HttpServing, SaysWhenAnAddressIsTaken) {
  start();
  HttpServerOptions options;
  options.addresses = {address()};
  const auto second = HttpServer::start(std::move(options), handler, log);
  ASSERT_FALSE(second.has_value());
  EXPECT_STREQ(second.error().code, "http.listen");
}

TEST_F(HttpServing, TellsTheHandlerThePeer) {
  start();
  RawClient client(address());
  client.send(get("/peer"));
  const std::string answer = client.receive_until("loopback");
  EXPECT_THAT(answer, HasSubstr("\r\n\r\n127.0.0.1:"));
}

TEST_F(HttpServing, AnswersPipelinedRequestsInOrder) {
  start();
  RawClient client(address());
  std::string all;
  for (int i = 0; i < 50; ++i) all += get(i % 2 == 0 ? "/light" : "/heavy/x", "N: " + std::to_string(i) + "\r\n");
  all += "POST /last HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
  client.send(all);
  const std::string answers = client.receive_all();
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = answers.find(i % 2 == 0 ? "GET /light " : "GET /heavy/x ", at);
    ASSERT_NE(at, std::string::npos) << i;
    at += 5;
  }
  EXPECT_THAT(answers, EndsWith("POST /last ok"));
  EXPECT_EQ(handler.handled, 51);
}

TEST_F(HttpServing, ShowsTheHandlerTheHeadBeforeTheBody) {
  start();
  answer_and_close("POST /heavy HTTP/1.1\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(handler.handled, 1);
  EXPECT_FALSE(handler.saw_body_at_head);
}

TEST_F(HttpServing, SendsNoBodyForHeadAnd204) {
  start();
  const std::string head = answer_and_close("HEAD /x HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: 8\r\n"));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
  const std::string nothing = answer_and_close(get("/nothing", "Connection: close\r\n"));
  EXPECT_THAT(nothing, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(nothing, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(nothing, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServing, KeepsHttp10OnlyWhenAsked) {
  start();
  EXPECT_THAT(answer_and_close("GET /x HTTP/1.0\r\n\r\n"), HasSubstr("Connection: close\r\n"));
  RawClient client(address());
  client.send("GET /x HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  EXPECT_THAT(client.receive_until("GET /x "), HasSubstr("Connection: keep-alive\r\n"));
  client.send("GET /y HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.receive_all(), EndsWith("GET /y "));
}

TEST_F(HttpServing, ClosesWhenTheHandlerSaysSo) {
  start();
  EXPECT_THAT(answer_and_close(get("/close")), HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServing, AsksForTheBodyThatAwaitsContinue) {
  start();
  RawClient client(address());
  client.send("POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_THAT(client.receive_until("POST /x body"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServing, SurvivesAHandlerThatThrows) {
  start();
  for (const char* path : {"/throw", "/heavy/throw"}) {
    EXPECT_THAT(answer_and_close(get(path)), StartsWith("HTTP/1.1 500 ")) << path;
  }
  EXPECT_THAT(answer_and_close(get("/x", "Connection: close\r\n")), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServing, LetsNoHandlerSplitAResponse) {
  start();
  for (const char* path : {"/split", "/early-hints"}) {
    const std::string answer = answer_and_close(get(path, "Connection: close\r\n"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 Internal Server Error\r\n")) << path;
    EXPECT_THAT(answer, Not(HasSubstr("Set-Cookie"))) << path;
  }
}

TEST_F(HttpServing, CarriesBigBodiesBothWays) {
  start();
  RawClient client(address());
  const std::string body(limits::kHttpBodyBytes, 'b');
  client.send("POST /x HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_THAT(client.receive_until("bbb"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_GT(answer_and_close(get("/large", "Connection: close\r\n")).size(), 3'000'000U);
}

TEST_F(HttpServing, ServesManyClientsAtOnce) {
  start();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      RawClient client(address());
      for (int i = 0; i < 200; ++i) {
        const std::string path = (i % 10 == 0 ? "/heavy/" : "/light/") + std::to_string(t * 1000 + i);
        client.send(get(path));
        if (client.receive_until("GET " + path + " ").starts_with("HTTP/1.1 200 OK\r\n")) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 1600);
}

}  // namespace
}  // namespace avouch::edge
