// What the client does about servers that refuse, stop, or break off. (What it does about those that answer is in
// edge/grpc/front_test.cc.)
#include "net/http2/grpc_client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace avouch::net {
namespace {

using namespace std::chrono_literals;

std::string frame(char type, char flags, char stream, const std::string& payload) {
  return std::string({'\0', '\0', static_cast<char>(payload.size()), type, flags, '\0', '\0', '\0', stream}) + payload;
}
std::string field(const std::string& name, const std::string& value) {
  return std::string({'\0', static_cast<char>(name.size())}) + name + static_cast<char>(value.size()) + value;
}

enum class Answer { kNone, kRight, kRefused, kGoaway, kCut, kBodyOfNoMessage, kNoTrailers };

std::string bytes_of(Answer answer, char stream) {
  const std::string head = frame(1, 4, stream, "\x88" + field("content-type", "application/grpc"));
  const std::string trailers = frame(1, 5, stream, field("grpc-status", "0"));
  switch (answer) {
    case Answer::kRight:
      return head + frame(0, 0, stream, std::string("\0\0\0\0\1x", 6)) + trailers;
    case Answer::kRefused:
      return frame(3, 0, stream, std::string("\0\0\0\7", 4));
    case Answer::kGoaway:
      return frame(7, 0, 0, std::string(8, '\0'));
    case Answer::kBodyOfNoMessage:
      return head + frame(0, 0, stream, "x") + trailers;
    case Answer::kNoTrailers:
      return head + frame(0, 1, stream, std::string("\0\0\0\0\1x", 6));
    case Answer::kNone:
    case Answer::kCut:
      break;
  }
  return "";
}

// One list of answers a connection; a connection ends behind its last, or where one is kCut.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::vector<Answer>> script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { run(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  const std::string& url() const { return url_; }
  GrpcReply call() const { return GrpcClient::make(url_).value().call("a.B", "C", {}); }
  int requests() const { return requests_; }

 private:
  void run() {
    for (const std::vector<Answer>& answers : script_) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      std::string received;
      std::string out = frame(4, 0, 0, "");
      char stream = 1;
      for (const Answer answer : answers) {
        if (!wait_for_request(socket, stream, received)) break;
        ++requests_;
        if (answer == Answer::kCut) break;
        out += bytes_of(answer, stream);
        ::send(socket, out.data(), out.size(), MSG_NOSIGNAL);
        out.clear();
        stream = static_cast<char>(stream + 2);
      }
      ::shutdown(socket, SHUT_WR);
      char rest[4096];
      while (::recv(socket, rest, sizeof rest, 0) > 0) {
      }
      ::close(socket);
    }
  }
  // Until the client has ended its side of the stream: a DATA frame with END_STREAM.
  static bool wait_for_request(int socket, char stream, std::string& received) {
    const std::string end({'\0', '\0', '\5', '\0', '\1', '\0', '\0', '\0', stream});
    while (received.find(end) == std::string::npos) {
      char block[4096];
      const ssize_t count = ::recv(socket, block, sizeof block, 0);
      if (count <= 0) return false;
      received.append(block, static_cast<std::size_t>(count));
    }
    return true;
  }

  std::vector<std::vector<Answer>> script_;
  int listener_ = -1;
  std::string url_;
  std::thread thread_;
  std::atomic<int> requests_{0};
};

TEST(GrpcClient, CallsAgainWhatTheServerHasNotBegun) {
  const ScriptedServer refusing({{Answer::kRefused, Answer::kRight}});
  EXPECT_EQ(refusing.call().value(), Buffer{'x'});
  EXPECT_EQ(refusing.requests(), 2);
  const ScriptedServer stopping({{Answer::kGoaway}, {Answer::kRight}});
  EXPECT_EQ(stopping.call().value(), Buffer{'x'});
  EXPECT_EQ(stopping.requests(), 2);
}

TEST(GrpcClient, DoesNotCallForever) {
  const ScriptedServer refusing({{Answer::kRefused, Answer::kRefused, Answer::kRefused, Answer::kRight}});
  EXPECT_EQ(refusing.call().error().code, GrpcCode::kUnavailable);
  EXPECT_EQ(refusing.requests(), 3);
}

TEST(GrpcClient, NeverCallsTwiceWhatMayHaveBeenDone) {
  const ScriptedServer breaking({{Answer::kCut}, {Answer::kRight}});
  EXPECT_EQ(breaking.call().error().code, GrpcCode::kUnavailable);
  EXPECT_EQ(breaking.requests(), 1);
  // Lets the server's thread end.
  EXPECT_TRUE(breaking.call().has_value());
}

TEST(GrpcClient, TakesNothingButAWholeMessageWithItsStatusForSuccess) {
  const ScriptedServer bad({{Answer::kBodyOfNoMessage}, {Answer::kNoTrailers}});
  EXPECT_EQ(bad.call().error().code, GrpcCode::kInternal);
  EXPECT_EQ(bad.call().error().code, GrpcCode::kUnknown);
}

TEST(GrpcClient, GivesEachThreadItsOwnAnswerFromOneConnection) {
  const ScriptedServer server({std::vector<Answer>(41, Answer::kRight)});
  GrpcClientOptions options;
  options.pool_size = 1;
  const GrpcClient client = GrpcClient::make(server.url(), std::move(options)).value();
  EXPECT_EQ(client.call("a.B", "C", {}).value(), Buffer{'x'});
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) good += client.call("a.B", "C", {}).value_or(Buffer{}) == Buffer{'x'} ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
  EXPECT_EQ(server.requests(), 41);
}

TEST(GrpcClient, TellsAllThatShareAConnectionWhenItBreaks) {
  const ScriptedServer server({{Answer::kRight, Answer::kNone, Answer::kNone, Answer::kNone, Answer::kCut}});
  GrpcClientOptions options;
  options.pool_size = 1;
  options.deadline = 10s;
  const GrpcClient client = GrpcClient::make(server.url(), std::move(options)).value();
  EXPECT_TRUE(client.call("a.B", "C", {}).has_value());
  const auto begun = std::chrono::steady_clock::now();
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] { failed += client.call("a.B", "C", {}).has_value() ? 0 : 1; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 4);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 9s) << "nobody waits for the deadline";
}

}  // namespace
}  // namespace avouch::net
