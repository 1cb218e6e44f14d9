#include "net/http_client.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <thread>

#include "testing/loopback_server.h"

namespace avouch::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// Says what it is told to, whatever it is asked: one list a connection, one answer a request. An empty answer closes
// the connection once the request has come; "silence" keeps it open without a word.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::vector<std::string>> connections) : script_(std::move(connections)) {}
  const std::string& url() const { return server_.url(); }
  int connections() const { return server_.connection_count(); }
  std::string last_request() const { return last_request_; }  // after its answer has come

 private:
  void serve(int connection) {
    if (next_ == script_.size()) return;
    for (const std::string& answer : script_[next_++]) {
      if (!read_request(connection)) return;
      if (answer == "silence") read_request(connection);
      if (answer.empty() || answer == "silence") return;
      ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }
  bool read_request(int connection) {
    std::string request;
    char c = 0;
    while (!request.ends_with("\r\n\r\n")) {
      if (::recv(connection, &c, 1, 0) != 1) return false;
      request += c;
    }
    last_request_ = request;
    return true;
  }
  const std::vector<std::vector<std::string>> script_;
  std::size_t next_ = 0;
  std::string last_request_;
  testing::LoopbackServer server_{[this](int connection) { serve(connection); }};
};

const std::string kGood = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";

HttpClient client_of(const ScriptedServer& server, const std::string& prefix = "") {
  HttpClientOptions options;
  options.reply_deadline = 2s;
  options.reply_limit_bytes = 1000;
  return HttpClient::make(server.url() + prefix, options).value();
}

std::string refusal(const std::string& answer) {
  ScriptedServer server({{answer}});
  HttpClient client = client_of(server);
  const auto result = client.request("GET", "/x");
  if (result.has_value()) return "answered";
  EXPECT_EQ(result.error().blame, Blame::kUnavailable);
  EXPECT_THAT(result.error().detail, HasSubstr(server.url()));
  return result.error().code;
}

TEST(HttpClient, SendsWhatItIsGivenAndReadsTheAnswer) {
  ScriptedServer server({{"HTTP/1.1 404 Not Found\r\nX-A: b\r\nContent-Length: 4\r\n\r\nbody"}});
  HttpClient client = client_of(server, "/kbs/");
  const auto answer = client.request("POST", "/v0/auth?x=1", {{"Accept", "a/b"}});
  ASSERT_TRUE(answer.has_value()) << answer.error().detail;
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "body");
  EXPECT_EQ(answer->header("x-a"), "b");
  EXPECT_EQ(server.last_request(), "POST /kbs/v0/auth?x=1 HTTP/1.1\r\nHost: " + server.url().substr(7) +
                                       "\r\nAccept: a/b\r\nContent-Length: 0\r\n\r\n");
}

TEST(HttpClient, KeepsItsConnection) {
  ScriptedServer server({{kGood, kGood, kGood}});
  HttpClient client = client_of(server);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.request("GET", "/x").value().body, "good");
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, OpensAgainWhatTheServerClosed) {
  ScriptedServer server({{kGood}, {kGood}});
  HttpClient client = client_of(server);
  EXPECT_TRUE(client.request("POST", "/x").has_value());
  std::this_thread::sleep_for(100ms);
  EXPECT_TRUE(client.request("POST", "/x").has_value());
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, RepeatsOnlyWhatMayBeRepeated) {
  {
    ScriptedServer server({{kGood, ""}, {kGood}});
    HttpClient client = client_of(server);
    EXPECT_TRUE(client.request("GET", "/x").has_value());
    EXPECT_TRUE(client.request("GET", "/x").has_value());
    EXPECT_EQ(server.connections(), 2);
  }
  ScriptedServer server({{kGood, ""}, {kGood}});
  HttpClient client = client_of(server);
  EXPECT_TRUE(client.request("POST", "/x").has_value());
  const auto second = client.request("POST", "/x");
  ASSERT_FALSE(second.has_value());
  EXPECT_STREQ(second.error().code, "http.protocol");
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, RepeatsOnceAndNoMore) {
  ScriptedServer server({{kGood, ""}, {""}, {kGood}});
  HttpClient client = client_of(server);
  EXPECT_TRUE(client.request("GET", "/x").has_value());
  EXPECT_FALSE(client.request("GET", "/x").has_value());
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, DoesNotKeepWhatTheServerWillClose) {
  ScriptedServer server({{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}, {kGood}});
  HttpClient client = client_of(server);
  EXPECT_TRUE(client.request("POST", "/x").has_value());
  EXPECT_TRUE(client.request("POST", "/x").has_value());
  EXPECT_EQ(server.connections(), 2);
}

TEST(HttpClient, ReadsEveryFraming) {
  ScriptedServer server({{"HTTP/1.1 100 Continue\r\n\r\n" + kGood,
                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ngo\r\n2\r\nod\r\n0\r\n\r\n",
                          "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"}});
  HttpClient client = client_of(server);
  EXPECT_EQ(client.request("GET", "/x").value().body, "good");
  EXPECT_EQ(client.request("GET", "/x").value().body, "good");
  EXPECT_EQ(client.request("GET", "/x").value().body, "");
  EXPECT_EQ(client.request("HEAD", "/x").value().body, "");
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, ReadsABodyThatEndsWithTheConnection) {
  ScriptedServer server({{"HTTP/1.1 200 OK\r\n\r\ngood"}});
  HttpClient client = client_of(server);
  const auto answer = client.request("GET", "/x");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "good");
  EXPECT_TRUE(answer->close);
}

TEST(HttpClient, RefusesWhatIsNotHttp) {
  for (const char* answer :
       {"SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 999 x\r\n\r\n", "HTTP/1.1 20x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n", "HTTP/1.1 101 Switching\r\n\r\n", ""}) {
    EXPECT_EQ(refusal(answer), "http.protocol") << answer;
  }
}

TEST(HttpClient, RefusesEndlessInterimAnswers) {
  std::string answer;
  for (int i = 0; i < 100; ++i) answer += "HTTP/1.1 102 Processing\r\n\r\n";
  EXPECT_EQ(refusal(answer), "http.protocol");
}

TEST(HttpClient, FollowsNoRedirect) {
  EXPECT_EQ(refusal("HTTP/1.1 307 x\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"),
            "http.protocol");
}

TEST(HttpClient, RefusesALargeAnswerFromItsLengthAlone) {
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"), "http.too-large");
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x')), "http.too-large");
}

TEST(HttpClient, GivesUpOnASilentServer) {
  EXPECT_EQ(refusal("silence"), "http.timeout");
}

TEST(HttpClient, SaysWhenNobodyListens) {
  const testing::LoopbackSocket deaf;
  HttpClient client = HttpClient::make(deaf.url()).value();
  const auto answer = client.request("GET", "/");
  ASSERT_FALSE(answer.has_value());
  EXPECT_STREQ(answer.error().code, "http.connect");
}

TEST(HttpClient, RefusesRequestsThatCouldSmuggle) {
  ScriptedServer server({});
  HttpClient client = client_of(server);
  const auto code = [&](std::string_view method, std::string_view path, std::vector<HeaderField> headers = {}) {
    const auto answer = client.request(method, path, headers);
    return answer.has_value() ? std::string() : std::string(answer.error().code);
  };
  EXPECT_EQ(code("GET /x", "/"), "http.request");
  EXPECT_EQ(code("GET", "x"), "http.request");
  EXPECT_EQ(code("GET", "/a b"), "http.request");
  EXPECT_EQ(code("GET", "/a\r\nX: y"), "http.request");
  EXPECT_EQ(code("GET", "/", {{"A", "b\r\nC: d"}}), "http.request");
  EXPECT_EQ(code("GET", "/", {{"A b", "c"}}), "http.request");
  EXPECT_EQ(code("GET", "/", {{"content-length", "5"}}), "http.request");
  EXPECT_EQ(code("GET", "/", {{"Transfer-Encoding", "chunked"}}), "http.request");
}

}  // namespace
}  // namespace avouch::net
