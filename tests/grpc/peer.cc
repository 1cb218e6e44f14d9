// Both ends of our gRPC, for peers of another make (tests/e2e/test_grpc.py).
//
//   grpc_peer serve                     an echo service; says where it listens, and ends with its standard input
//   grpc_peer call URL COUNT THREADS    calls test.Echo/Echo with messages of all sizes; says how many came back right
//   grpc_peer status URL METHOD [MS]    calls one method; says "CODE message"
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "edge/grpc/front.h"
#include "edge/http/server.h"
#include "net/http2/grpc_client.h"

namespace {

using namespace avouch;
using namespace std::chrono_literals;

class Echo final : public net::GrpcService {
 public:
  std::string_view name() const override { return "test.Echo"; }
  net::GrpcReply call(std::string_view method, Bytes message, std::string_view) const override {
    if (method == "Echo") return to_buffer(message);
    if (method == "Sleep") {
      std::this_thread::sleep_for(1s);
      return Buffer{};
    }
    if (method == "Fail") return tl::unexpected(net::GrpcStatus{net::GrpcCode::kNotFound, "caf\xC3\xA9: 100%"});
    return tl::unexpected(net::GrpcStatus{net::GrpcCode::kUnimplemented, "unknown method"});
  }
};

class Nothing final : public net::HttpHandler {
 public:
  Weight weight(const net::HttpRequest&) const override { return Weight::kLight; }
  net::HttpResponse handle(const net::HttpRequest& request) const override {
    return {404, {}, "nothing at " + request.target, false};
  }
};

int serve() {
  const SystemClock clock;
  const Log log(clock, LogLevel::kOff, LogFormat::kText);
  const Echo echo;
  const Nothing nothing;
  const edge::GrpcFront front({&echo}, nothing);
  edge::HttpServerOptions options;
  options.addresses = {"127.0.0.1:0"};
  options.body_limit_bytes = limits::kGrpcMessageBytes + 5;
  const auto server = edge::HttpServer::start(std::move(options), front, log);
  if (!server.has_value()) return 1;
  std::printf("%s\n", (*server)->bound_addresses().front().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}

int call(const std::string& url, int count, int thread_count) {
  const auto client = net::GrpcClient::make(url);
  if (!client.has_value()) return 1;
  std::atomic<int> next{0}, good{0};
  const auto work = [&] {
    for (int i = next++; i < count; i = next++) {
      const Buffer message(static_cast<std::size_t>(i) * 997 % 100'000, static_cast<std::uint8_t>(i));
      const net::GrpcReply reply = client->call("test.Echo", "Echo", message);
      if (reply.has_value() && *reply == message) ++good;
    }
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < thread_count; ++t) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  std::printf("%d\n", good.load());
  return 0;
}

int status(const std::string& url, const std::string& method, int milliseconds) {
  net::GrpcClientOptions options;
  options.deadline = std::chrono::milliseconds(milliseconds);
  const auto client = net::GrpcClient::make(url, options);
  if (!client.has_value()) return 1;
  const net::GrpcReply reply = client->call("test.Echo", method, {});
  if (reply.has_value()) {
    std::printf("OK\n");
  } else {
    std::printf("%s %s\n", net::to_string(reply.error().code), reply.error().message.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1 && words[0] == "serve") return serve();
  if (words.size() == 4 && words[0] == "call") return call(words[1], std::atoi(argv[3]), std::atoi(argv[4]));
  if (words.size() == 3 && words[0] == "status") return status(words[1], words[2], 20'000);
  if (words.size() == 4 && words[0] == "status") return status(words[1], words[2], std::atoi(argv[4]));
  return 2;
}
