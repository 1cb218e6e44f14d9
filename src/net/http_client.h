// A small synchronous HTTP/1.1 client: one server, one connection that is kept for the next request, deadlines on
// everything, no redirects, no cookies, no proxies. Not thread safe: one client a thread.
// Source: RFC 9110, RFC 9112.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "net/http_message.h"
#include "net/tls.h"

namespace avouch::net {

struct HttpClientOptions {
  TlsTrust trust;                                                             // whom to believe, for https
  std::chrono::milliseconds connect_deadline = limits::kHttpConnectDeadline;  // TCP and TLS handshakes
  std::chrono::milliseconds reply_deadline = limits::kHttpReplyDeadline;      // the request and the whole answer
  std::size_t reply_limit_bytes = limits::kHttpReplyBytes;
};

class HttpClient {
 public:
  // `base_url` is "http://host:port/prefix" or https; port and prefix may be left out. Does not connect yet.
  //   fails   kRequest: url.parse, and those of TlsContext::client
  static Result<HttpClient> make(std::string_view base_url, HttpClientOptions options = {});
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  // Sends one request and waits for its answer, whatever its status. `path_and_query` starts with '/' and follows
  // the prefix of the base URL. Host, Content-Length and Connection are written by the client.
  // A kept connection that the server has closed meanwhile is opened again, once; a request that may not be repeated
  // safely (POST) is only sent again if none of it can have reached the server.
  //   fails   kRequest: http.request (method, path or headers that no request may have)
  //           kUnavailable: http.connect, http.timeout, http.tls (the detail names the certificate's problem),
  //           http.protocol (not HTTP, or a redirect), http.too-large; the detail names URL and cause
  Result<HttpResponse> request(std::string_view method, std::string_view path_and_query,
                               const std::vector<HeaderField>& headers = {}, std::string_view body = {});

  // From now on no request goes on beyond this time, whatever its own deadlines: several may be steps of one task.
  void end_by(std::chrono::steady_clock::time_point latest);

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace avouch::net
