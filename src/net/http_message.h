// HTTP requests and responses as plain values, shared by server, client and dialects. No sockets here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace avouch::net {

using HeaderField = std::pair<std::string, std::string>;

struct HttpRequest {
  std::string method;  // "GET"; as received, case matters
  std::string target;  // origin form, percent-encoded: "/kbs/v0/resource/a/b/c?x=1"
  std::vector<HeaderField> headers;
  std::string body;
  std::string peer;  // "127.0.0.1:51234"
  bool peer_is_loopback = false;
  std::optional<std::chrono::steady_clock::time_point> arrived;  // its first byte; told by HTTP/2 alone

  std::string_view path() const;   // target up to '?'
  std::string_view query() const;  // after '?', or empty
  // The only field of that name (any case). A field that comes twice counts as absent: nobody may choose which one
  // wins.
  std::optional<std::string_view> header(std::string_view name) const;
  // The value of a cookie in the Cookie header (RFC 6265 section 4.2).
  std::optional<std::string_view> cookie(std::string_view name) const;
  std::optional<std::string_view> bearer_token() const;  // of Authorization: Bearer (scheme in any case)
};

struct HttpResponse {
  int status = 500;
  std::vector<HeaderField> headers;  // without Content-Length, Date and Connection: the server writes those
  std::string body;
  bool close = false;
  std::vector<HeaderField> trailers{};  // after the body; HTTP/2 alone sends them (RFC 9110 section 6.5)
  std::optional<std::string_view> header(std::string_view name) const;
};

// Decodes %xx; refuses malformed escapes, NUL and non-UTF-8 with nullopt.
std::optional<std::string> percent_decode(std::string_view text);
std::string percent_encode(std::string_view text);  // everything but unreserved characters (RFC 3986 section 2.3)

// What a listening end calls for each request. Must be thread safe, must not throw.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  enum class Weight : unsigned char {
    kLight,  // microseconds: answered on the event loop
    kHeavy,  // signatures, policies, storage: answered by a worker, from a bounded queue
  };
  // Called once the header is read, body still empty: chooses where the request runs.
  virtual Weight weight(const HttpRequest& head) const = 0;
  // Asked at the same time: the largest body of such a request, where that is less than the server allows anybody.
  virtual std::size_t body_limit_bytes(const HttpRequest&) const { return std::numeric_limits<std::size_t>::max(); }
  virtual HttpResponse handle(const HttpRequest& request) const = 0;
};

}  // namespace avouch::net
