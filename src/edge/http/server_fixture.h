// For tests: a handler that does what its path says, and a raw client that sends the very bytes it is told to.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "edge/http/server.h"

namespace avouch::edge::test {

// A door that heavy requests wait at, so that tests decide when they end.
class Door {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
  }
  void wait_for_waiting(int count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return waiting_ >= count; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
  int waiting_ = 0;
};

class Handler final : public net::HttpHandler {
 public:
  Weight weight(const net::HttpRequest& head) const override {
    saw_body_at_head = saw_body_at_head || !head.body.empty();
    return head.path().starts_with("/heavy") || head.path() == "/door" ? Weight::kHeavy : Weight::kLight;
  }
  std::size_t body_limit_bytes(const net::HttpRequest& head) const override {
    return head.path() == "/small" ? 10 : net::HttpHandler::body_limit_bytes(head);
  }
  net::HttpResponse handle(const net::HttpRequest& request) const override {
    ++handled;
    net::HttpResponse response;
    response.status = 200;
    const std::string_view path = request.path();
    if (path == "/door") door.pass();
    if (path == "/throw") throw std::runtime_error("a handler's bug");
    if (path == "/heavy/throw") throw std::bad_alloc();
    if (path == "/nothing") response.status = 204;
    if (path == "/close") response.close = true;
    if (path == "/split") response.headers.emplace_back("X-Evil", "a\r\nSet-Cookie: b");
    if (path == "/early-hints") response.status = 103;
    if (path == "/large") response.body.assign(3'000'000, 'x');
    if (path == "/peer") response.body = request.peer + (request.peer_is_loopback ? " loopback" : "");
    if (response.body.empty()) response.body = request.method + " " + request.target + " " + request.body;
    return response;
  }
  mutable Door door;
  mutable std::atomic<int> handled{0};
  mutable std::atomic<bool> saw_body_at_head{false};
};

// Sends bytes, receives bytes; nothing is interpreted.
class RawClient {
 public:
  explicit RawClient(const std::string& address) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    timeval longest{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(socket_); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }

  // Until the server closes.
  std::string receive_all() {
    std::string out;
    while (receive_some(out)) {
    }
    return out;
  }
  // Until `end` has come, or the server closes.
  std::string receive_until(std::string_view end) {
    std::string out;
    while (out.find(end) == std::string::npos && receive_some(out)) {
    }
    return out;
  }
  // Whether the server has closed the connection, within 20 s.
  bool is_closed() {
    std::string rest;
    return !receive_some(rest) && !timed_out_;
  }

 private:
  bool receive_some(std::string& out) {
    char block[65536];
    const ssize_t count = ::recv(socket_, block, sizeof block, 0);
    timed_out_ = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (count > 0) out.append(block, static_cast<std::size_t>(count));
    return count > 0;
  }
  int socket_;
  bool timed_out_ = false;
};

class ServerTest : public ::testing::Test {
 protected:
  void start(HttpServerOptions options = {}) {
    if (options.addresses.empty()) options.addresses = {"127.0.0.1:0"};
    auto started = HttpServer::start(std::move(options), handler, log);
    ASSERT_TRUE(started.has_value()) << started.error().code << " " << started.error().detail;
    server = *std::move(started);
  }
  const std::string& address() const { return server->bound_addresses().front(); }

  // The server's answer to these bytes on a connection of their own, which the server must close.
  std::string answer_and_close(std::string_view bytes) {
    RawClient client(address());
    client.send(bytes);
    return client.receive_all();
  }
  static std::string get(std::string_view path, std::string_view more_headers = "") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more_headers) + "\r\n";
  }

  SystemClock clock;
  Log log{clock, LogLevel::kOff, LogFormat::kText};
  Handler handler;
  std::unique_ptr<HttpServer> server;
};

}  // namespace avouch::edge::test
