// One event loop: a thread that owns some of the server's connections and answers light requests itself.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/log.h"
#include "edge/http/listener.h"
#include "edge/http/server.h"
#include "edge/http/work_pool.h"
#include "net/stream.h"

namespace avouch::edge {

// How many connections are open, in all loops of a server.
class ConnectionCount {
 public:
  explicit ConnectionCount(std::size_t limit) : limit_(limit) {}
  bool try_add();  // false at the limit
  bool is_full() const;
  void remove();
  void wait_for_none(std::chrono::milliseconds longest);

 private:
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;
};

// What all loops of one server share.
struct Shared {
  Shared(HttpServerOptions chosen, const net::HttpHandler& answering, const Log& logging);
  std::optional<net::TlsContext> tls() const;
  void use_tls(net::TlsContext context);

  const HttpServerOptions options;
  const net::HttpHandler& handler;
  const Log& log;
  ConnectionCount connections;
  WorkPool workers;
  const std::size_t held_limit_bytes;
  std::atomic<std::size_t> held_bytes{0};  // of clients, in the memory of all connections

 private:
  mutable std::mutex tls_mutex_;
  std::optional<net::TlsContext> tls_;
};

class Loop {
 public:
  using OnAccept = std::function<void(net::Stream stream, Peer peer)>;

  explicit Loop(Shared& shared);
  ~Loop();  // only after stop()

  // All of these may be called from any thread.
  void listen(int socket, OnAccept on_accept);  // takes ownership of the socket
  void adopt(net::Stream stream, Peer peer);    // serves a connection that has been counted
  void drain();      // closes listeners and idle connections now, the others after their answer
  void close_all();  // closes every connection; those that wait for a worker as soon as it is done
  void stop();       // ends the thread, whatever is open

  struct Parts;  // loop.cc's own

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace avouch::edge
