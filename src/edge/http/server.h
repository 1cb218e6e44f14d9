// The listening end of HTTP/1.1 and HTTP/2: bytes, limits and deadlines. What a request means is the handler's
// business. HTTP/2 is spoken to whoever agrees on it in TLS, or begins with its preface where there is none. Source:
// RFC 9110, RFC 9112, RFC 9113. Deviations, on purpose: a request without Host is served, as the peers do; a request
// that two parsers could read in two ways (RFC 9112 section 11.2) is refused with 400 and the connection closed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/log.h"
#include "base/result.h"
#include "net/http_message.h"
#include "net/tls.h"

namespace avouch::edge {

struct HttpServerOptions {
  std::vector<std::string> addresses;   // "127.0.0.1:8080", "[::1]:8080"; port 0 lets the kernel choose
  std::optional<net::TlsIdentity> tls;  // absent: plain HTTP

  std::size_t loop_count = 2;    // threads that read, write, and answer light requests
  std::size_t worker_count = 2;  // threads that answer heavy requests
  std::size_t work_queue_count = limits::kHttpWorkQueue;
  std::size_t connection_count = limits::kHttpConnections;  // beyond it: 503 (plain) or closed (TLS)
  std::size_t body_limit_bytes = limits::kHttpBodyBytes;
  std::size_t held_limit_bytes = limits::kHttpHeldBytes;  // of all requests under way, or four times the body's limit

  std::chrono::milliseconds read_deadline = limits::kHttpReadDeadline;
  std::chrono::milliseconds write_deadline = limits::kHttpWriteDeadline;
  std::chrono::milliseconds idle_deadline = limits::kHttpIdleDeadline;
  std::chrono::milliseconds crowded_idle_deadline = limits::kHttpCrowdedIdle;  // while connection_count are open
  std::chrono::milliseconds drain_deadline = limits::kHttpDrainDeadline;

  // The form of an answer that the handler never sees: status 400, 408, 413, 414, 417, 431, 500, 501, 503 or 505 and a
  // stable code ("http.too-large"). Called from any loop; must not throw. See default_fault_response.
  std::function<net::HttpResponse(int status, const char* code)> fault_response;
};

// text/plain with the code's reason; 413 as the peer says it: "payload reached size limit".
net::HttpResponse default_fault_response(int status, const char* code);

class HttpServer {
 public:
  // Listens and serves until stop(). `handler` and `log` must outlive the server.
  //   fails   kRequest: http.address (not a numeric address and port), those of TlsContext::server
  //           kUnavailable: http.listen (in use, not permitted)
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, const net::HttpHandler& handler,
                                                   const Log& log);
  ~HttpServer();  // stops

  // Where it listens, in the order of options.addresses, with the ports that the kernel chose.
  const std::vector<std::string>& bound_addresses() const;

  // New connections use the new identity; those that are open keep theirs. On failure the old one stays.
  //   fails   kRequest: those of TlsContext::server; tls.plain if the server was started without TLS
  Status reload_tls(const net::TlsIdentity& identity);

  // Stops accepting, answers the requests in flight within options.drain_deadline, then closes what is left.
  // Waits for handlers that are running. Thread safe; the second call finds nothing to do.
  void stop();

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace avouch::edge
