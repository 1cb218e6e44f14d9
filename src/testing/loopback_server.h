// Sockets on the loopback interface for tests of clients, on ports that the kernel chooses.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace avouch::testing {

// Bound, and deaf until somebody calls listen(2): a port that nobody else can get.
class LoopbackSocket {
 public:
  LoopbackSocket();
  ~LoopbackSocket();
  LoopbackSocket(const LoopbackSocket&) = delete;
  LoopbackSocket& operator=(const LoopbackSocket&) = delete;

  int descriptor() const { return descriptor_; }
  const std::string& url() const { return url_; }  // "http://127.0.0.1:4711"

 private:
  int descriptor_;
  std::string url_;
};

// Gives each connection to a function, one after the other on a thread of its own, and closes it afterwards.
// A class that owns one and lends it its members declares it last: the thread ends before they do.
class LoopbackServer {
 public:
  using Serve = std::function<void(int connection)>;

  explicit LoopbackServer(Serve serve);
  ~LoopbackServer();  // when the connection at hand has been served
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  const std::string& url() const { return socket_.url(); }
  int connection_count() const { return connection_count_; }

 private:
  LoopbackSocket socket_;
  std::atomic<int> connection_count_{0};
  std::thread thread_;
};

}  // namespace avouch::testing
