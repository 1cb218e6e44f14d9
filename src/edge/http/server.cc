#include "edge/http/server.h"

#include <algorithm>
#include <mutex>
#include <string_view>
#include <utility>

#include "edge/http/listener.h"
#include "edge/http/loop.h"
#include "net/stream.h"

namespace avouch::edge {
namespace {

// Said to a client that came when all places were taken; short, so that it fits into the empty socket buffer.
constexpr std::string_view kNoPlace =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

}  // namespace

bool ConnectionCount::try_add() {
  const std::lock_guard lock(mutex_);
  if (count_ >= limit_) return false;
  ++count_;
  return true;
}

bool ConnectionCount::is_full() const {
  const std::lock_guard lock(mutex_);
  return count_ >= limit_;
}

void ConnectionCount::remove() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) none_.notify_all();
}

void ConnectionCount::wait_for_none(std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  none_.wait_for(lock, longest, [this] { return count_ == 0; });
}

Shared::Shared(HttpServerOptions chosen, const net::HttpHandler& answering, const Log& logging)
    : options(std::move(chosen)),
      handler(answering),
      log(logging),
      connections(options.connection_count),
      workers(options.worker_count, options.work_queue_count),
      held_limit_bytes(std::max(options.held_limit_bytes, 4 * options.body_limit_bytes)) {}

std::optional<net::TlsContext> Shared::tls() const {
  const std::lock_guard lock(tls_mutex_);
  return tls_;
}

void Shared::use_tls(net::TlsContext context) {
  const std::lock_guard lock(tls_mutex_);
  tls_ = std::move(context);
}

net::HttpResponse default_fault_response(int status, const char* code) {
  net::HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  response.body = status == 413 ? "payload reached size limit" : code;
  return response;
}

struct HttpServer::Parts {
  Parts(HttpServerOptions options, const net::HttpHandler& handler, const Log& log)
      : shared(std::move(options), handler, log) {}
  void serve(net::Stream stream, Peer peer);

  Shared shared;
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<std::string> addresses;
  std::size_t next_loop = 0;  // of the first loop's thread, which accepts for all
  std::mutex stop_mutex;
  bool stopped = false;
};

// Connections go to the loops in turn: they live long, so their number is what must be even.
void HttpServer::Parts::serve(net::Stream stream, Peer peer) {
  if (!shared.connections.try_add()) {
    if (!shared.options.tls.has_value()) stream.write(kNoPlace);
    return;
  }
  loops[next_loop++ % loops.size()]->adopt(std::move(stream), std::move(peer));
}

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
HttpServer::~HttpServer() {
  stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, const net::HttpHandler& handler,
                                                      const Log& log) {
  if (options.fault_response == nullptr) options.fault_response = default_fault_response;
  std::optional<net::TlsContext> tls;
  if (options.tls.has_value()) {
    tls = TRY(net::TlsContext::server(*options.tls));
    options.tls->private_key_pem = Secret();  // wiped: the context has the key
  }
  std::vector<ListeningSocket> sockets;
  for (const std::string& address : options.addresses) sockets.push_back(TRY(listen_on(address)));

  auto parts = std::make_unique<Parts>(std::move(options), handler, log);
  if (tls.has_value()) parts->shared.use_tls(*tls);
  for (std::size_t i = 0; i < std::max<std::size_t>(parts->shared.options.loop_count, 1); ++i) {
    parts->loops.push_back(std::make_unique<Loop>(parts->shared));
  }
  Parts* const server = parts.get();
  for (ListeningSocket& socket : sockets) {
    parts->addresses.push_back(socket.address);
    parts->loops.front()->listen(socket.release(), [server](net::Stream stream, Peer peer) {
      server->serve(std::move(stream), std::move(peer));
    });
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

const std::vector<std::string>& HttpServer::bound_addresses() const {
  return parts_->addresses;
}

Status HttpServer::reload_tls(const net::TlsIdentity& identity) {
  ENSURE(parts_->shared.options.tls.has_value(), Error{Blame::kRequest, "tls.plain", "the server speaks plain HTTP"});
  parts_->shared.use_tls(TRY(net::TlsContext::server(identity)));
  return ok();
}

void HttpServer::stop() {
  const std::lock_guard lock(parts_->stop_mutex);
  if (std::exchange(parts_->stopped, true)) return;
  for (const auto& loop : parts_->loops) loop->drain();
  parts_->shared.connections.wait_for_none(parts_->shared.options.drain_deadline);
  for (const auto& loop : parts_->loops) loop->close_all();
  parts_->shared.workers.stop();
  for (const auto& loop : parts_->loops) loop->stop();
  // What waits in the queue holds coroutines of the loops: it must go after their threads and before the loops.
  parts_->shared.workers.clear();
}

}  // namespace avouch::edge
