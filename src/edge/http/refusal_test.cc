// What the server refuses, and how: the limits, the deadlines, and messages that two parsers could read in two ways.
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
using ::testing::StartsWith;

class HttpRefusing : public test::ServerTest {};

TEST_F(HttpRefusing, RefusesWhatCouldSmuggleARequest) {
  start();
  const std::vector<std::string> requests{
      "POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
      "POST / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
      "POST / HTTP/1.1\r\nContent-Length: 4, 4\r\n\r\nbody",
      "POST / HTTP/1.1\r\nContent-Length: +4\r\n\r\nbody",
      "POST / HTTP/1.1\r\nContent-Length: -4\r\n\r\nbody",
      "POST / HTTP/1.1\r\nContent-Length: 0x4\r\n\r\nbody",
      "POST / HTTP/1.1\r\nContent-Length: \r\n\r\nbody",
      "POST / HTTP/1.1\r\nContent-Length: 18446744073709551620\r\n\r\nbody",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length : 4\r\n\r\nbody",
      "POST / HTTP/1.1\r\n Content-Length: 4\r\n\r\nbody",
      "POST / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
      "POST / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n",
      "GET / HTTP/1.1\nHost: a\n\n",
      "GET / HTTP/1.1\r\nHost: a\n\r\n",
      "GET / HTTP/1.1\r\nA: b\rX: c\r\n\r\n",
      std::string("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 27),
      std::string("GET /\0 HTTP/1.1\r\n\r\n", 19),
      "GET / HTTP/1.1\r\n: b\r\n\r\n",
      "GET / HTTP/1.1\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET  / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1 \r\n\r\n",
      "GET\t/\tHTTP/1.1\r\n\r\n",
      "GET /\r\n\r\n",
      "G@T / HTTP/1.1\r\n\r\n",
      "GET /#fragment HTTP/1.1\r\n\r\n",
      "GET path HTTP/1.1\r\n\r\n",
      "GET http:// HTTP/1.1\r\n\r\n",
      "CONNECT a:443 HTTP/1.1\r\n\r\n",
      "GET / http/1.1\r\n\r\n",
      "\r\n\r\nGET / HTTP/1.1\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\nbody\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbodyX\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\nbody\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-4\r\nbody\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n100000000000000004\r\nbody\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4 x\r\nbody\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;" + std::string(300, 'x') + "\r\nbody\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n\r\n",
  };
  for (const std::string& request : requests) {
    const std::string answer = answer_and_close(request + get("/smuggled"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << request;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n")) << request;
    EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << "answered twice: " << request;
  }
  EXPECT_EQ(handler.handled, 0);
}

TEST_F(HttpRefusing, AcceptsTheUnusualThatIsClear) {
  start();
  struct Row {
    std::string request, body;
  };
  const std::vector<Row> rows{
      {"GET /no-host HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /no-host "},
      {"\r\nGET /x HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /x "},
      {"GET http://a:1/x?y HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /x?y "},
      {"GET HTTPS://a?y HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /?y "},
      {"OPTIONS * HTTP/1.1\r\nConnection: close\r\n\r\n", "OPTIONS * "},
      {"PROPFIND /x HTTP/1.1\r\nConnection: TE, Close\r\n\r\n", "PROPFIND /x "},
      {"POST /x HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\nbo\r\n02\r\ndy\r\n0\r\nX: "
       "y\r\n\r\n",
       "POST /x body"},
  };
  for (const Row& row : rows) {
    const std::string answer = answer_and_close(row.request);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n")) << row.request;
    EXPECT_THAT(answer, EndsWith("\r\n\r\n" + row.body)) << row.request;
  }
}

TEST_F(HttpRefusing, NamesEachLimitByItsStatus) {
  start();
  std::string many_fields;
  for (std::size_t i = 0; i <= limits::kHttpHeaderFields; ++i) many_fields += "A: b\r\n";
  EXPECT_THAT(answer_and_close(get("/" + std::string(limits::kHttpTargetBytes, 'a'))), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(answer_and_close(std::string(limits::kHttpTargetBytes + 100, 'G')), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(answer_and_close(get("/", "A: " + std::string(limits::kHttpHeaderBytes, 'a') + "\r\n")),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(answer_and_close("GET / HTTP/1.1\r\n" + many_fields + "\r\n"), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(answer_and_close("GET / HTTP/2.0\r\n\r\n"), StartsWith("HTTP/1.1 505 "));
  EXPECT_THAT(answer_and_close("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
              StartsWith("HTTP/1.1 501 "));
  EXPECT_THAT(answer_and_close("POST / HTTP/1.1\r\nExpect: a-miracle\r\nContent-Length: 1\r\n\r\n"),
              StartsWith("HTTP/1.1 417 "));
  EXPECT_EQ(handler.handled, 0);
}

TEST_F(HttpRefusing, RefusesALargeBodyFromItsLengthAlone) {
  start();
  RawClient client(address());
  client.send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2097153\r\n\r\n");
  const std::string answer = client.receive_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 Payload Too Large\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\npayload reached size limit"));
}

TEST_F(HttpRefusing, DeliversTheRefusalToAClientThatSendsOn) {
  start();
  RawClient client(address());
  client.send("POST / HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n");
  client.send(std::string(3'000'000, 'x'));
  client.finish_sending();
  EXPECT_THAT(client.receive_all(), EndsWith("payload reached size limit"));
}

TEST_F(HttpRefusing, RefusesChunksBeyondTheLimit) {
  HttpServerOptions options;
  options.body_limit_bytes = 10;
  start(std::move(options));
  const std::string head = "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(answer_and_close(head + "5\r\n12345\r\n5\r\n67890\r\n0\r\n\r\n"), EndsWith("POST /x 1234567890"));
  EXPECT_THAT(answer_and_close(head + "5\r\n12345\r\n6\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer_and_close(head + "ffffffff\r\n"), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpRefusing, AnswersASlowRequestWith408) {
  HttpServerOptions options;
  options.read_deadline = 300ms;
  start(std::move(options));
  for (const char* beginning : {"GET / HT", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nbod"}) {
    RawClient client(address());
    client.send(beginning);
    const std::string answer = client.receive_all();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 Request Timeout\r\n")) << beginning;
  }
  EXPECT_EQ(handler.handled, 0);
}

TEST_F(HttpRefusing, TricklingDoesNotExtendTheDeadline) {
  HttpServerOptions options;
  options.read_deadline = 400ms;
  start(std::move(options));
  RawClient client(address());
  const auto begin = std::chrono::steady_clock::now();
  bool refused = false;
  for (int i = 0; i < 100 && !refused; ++i) {
    std::this_thread::sleep_for(50ms);
    refused = !client.send("A");
  }
  EXPECT_TRUE(refused);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 4500ms);  // the deadline, and the time to linger
}

TEST_F(HttpRefusing, ClosesIdleConnectionsWithoutAWord) {
  HttpServerOptions options;
  options.idle_deadline = 300ms;
  start(std::move(options));
  RawClient client(address());
  client.send(get("/x"));
  client.receive_until("GET /x ");
  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(HttpRefusing, ClosesOnAClientThatDoesNotRead) {
  HttpServerOptions options;
  options.write_deadline = 300ms;
  start(std::move(options));
  RawClient client(address());
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += get("/large");
  client.send(requests);
  std::this_thread::sleep_for(1500ms);
  EXPECT_LT(client.receive_all().size(), 20U * 3'000'000U);
}

TEST_F(HttpRefusing, KeepsToTheHandlersLimitOfABody) {
  start();
  const std::string chunked = "POST /small HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(answer_and_close("POST /small HTTP/1.1\r\nContent-Length: 10\r\nConnection: close\r\n\r\n0123456789"),
              EndsWith("POST /small 0123456789"));
  EXPECT_THAT(answer_and_close(chunked + "a\r\n0123456789\r\n0\r\n\r\n"), EndsWith("POST /small 0123456789"));
  for (const std::string& request :
       {std::string("POST /small HTTP/1.1\r\nContent-Length: 11\r\n\r\n"),
        std::string("POST /small HTTP/1.1\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n"),
        std::string("POST /small HTTP/1.1\r\nContent-Length: 11\r\n\r\n01234567890"),
        chunked + "a\r\n0123456789\r\n1\r\n0\r\n0\r\n\r\n", chunked + "b\r\n01234567890\r\n0\r\n\r\n"}) {
    EXPECT_THAT(answer_and_close(request), StartsWith("HTTP/1.1 413 Payload Too Large\r\n")) << request;
  }
}

TEST_F(HttpRefusing, LetsNewcomersInWhenAllPlacesAreTakenByIdleOnes) {
  HttpServerOptions options;
  options.connection_count = 8;
  options.crowded_idle_deadline = 300ms;
  start(std::move(options));
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 7; ++i) idle.push_back(std::make_unique<RawClient>(address()));
  idle.front()->send(get("/"));  // has had its answer and says no more
  idle.front()->receive_until("GET /");
  RawClient busy(address());
  busy.send("GET / HTTP/1.1\r\n");  // has begun, and may take its time
  EXPECT_THAT(RawClient(address()).receive_all(), StartsWith("HTTP/1.1 503 "));
  std::string answer;
  for (int i = 0; i < 100 && !answer.starts_with("HTTP/1.1 200 "); ++i) {
    std::this_thread::sleep_for(20ms);
    answer = answer_and_close(get("/", "Connection: close\r\n"));
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  busy.send("Connection: close\r\n\r\n");
  EXPECT_THAT(busy.receive_all(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpRefusing, LeavesIdleConnectionsInPeaceWhileThereIsRoom) {
  HttpServerOptions options;
  options.connection_count = 8;
  options.crowded_idle_deadline = 1ms;
  start(std::move(options));
  RawClient idle(address());
  std::this_thread::sleep_for(500ms);
  idle.send(get("/", "Connection: close\r\n"));
  EXPECT_THAT(idle.receive_all(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpRefusing, HoldsNoMoreOfAllRequestsTogetherThanItsLimit) {
  HttpServerOptions options;
  options.body_limit_bytes = 1'000'000;
  options.held_limit_bytes = 4'000'000;
  options.connection_count = 40;
  start(std::move(options));
  const std::string begun = "POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + std::string(900'000, 'x');
  std::vector<std::unique_ptr<RawClient>> greedy;
  for (int i = 0; i < 20; ++i) {
    greedy.push_back(std::make_unique<RawClient>(address()));
    greedy.back()->send(begun);
  }
  EXPECT_THAT(greedy.back()->receive_until("http.overloaded"), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(answer_and_close(get("/", "Connection: close\r\n")), StartsWith("HTTP/1.1 200 "));
  greedy.clear();
  // What was held is held no more, as soon as the server has seen them go.
  const std::string whole = begun + std::string(99'999, 'x') + "z";
  std::string answer;
  for (int i = 0; i < 100 && !answer.starts_with("HTTP/1.1 200 "); ++i) {
    std::this_thread::sleep_for(20ms);
    RawClient client(address());
    client.send(whole);
    answer = client.receive_until("\r\n\r\n");
  }
  RawClient honest(address());
  for (int i = 0; i < 20; ++i) {
    honest.send(whole);
    EXPECT_THAT(honest.receive_until("z"), StartsWith("HTTP/1.1 200 ")) << i;
  }
}

TEST_F(HttpRefusing, RefusesWorkBeyondTheQueueWith503) {
  HttpServerOptions options;
  options.worker_count = 1;
  options.work_queue_count = 1;
  start(std::move(options));
  RawClient running(address()), waiting(address());
  running.send(get("/door", "Connection: close\r\n"));
  handler.door.wait_for_waiting(1);
  waiting.send(get("/heavy/waiting", "Connection: close\r\n"));
  std::this_thread::sleep_for(200ms);
  RawClient refused(address());
  refused.send(get("/heavy/refused"));
  const std::string answer = refused.receive_until("http.overloaded");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
  refused.send(get("/light"));  // the connection lives on, and light requests are answered meanwhile
  EXPECT_THAT(refused.receive_until("GET /light "), StartsWith("HTTP/1.1 200 OK\r\n"));
  handler.door.open();
  EXPECT_THAT(running.receive_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(waiting.receive_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpRefusing, RefusesConnectionsBeyondTheLimit) {
  HttpServerOptions options;
  options.connection_count = 1;
  start(std::move(options));
  {
    RawClient first(address());
    first.send(get("/x"));
    first.receive_until("GET /x ");
    RawClient second(address());
    EXPECT_THAT(second.receive_all(), StartsWith("HTTP/1.1 503 "));
  }
  for (int i = 0; i < 100; ++i) {  // the place is free again once the server has seen the first one go
    const std::string answer = answer_and_close(get("/x", "Connection: close\r\n"));
    if (answer.starts_with("HTTP/1.1 200 ")) return;
    std::this_thread::sleep_for(20ms);
  }
  FAIL() << "the first connection's place was never freed";
}

TEST_F(HttpRefusing, LetsTheDialectChooseTheForm) {
  HttpServerOptions options;
  options.fault_response = [](int status, const char* code) {
    net::HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = std::string("{\"type\":\"https://avouch.dev/errors/") + code + "\"}";
    return response;
  };
  start(std::move(options));
  const std::string answer = answer_and_close("GET\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer, EndsWith("{\"type\":\"https://avouch.dev/errors/http.syntax\"}"));
}

}  // namespace
}  // namespace avouch::edge
