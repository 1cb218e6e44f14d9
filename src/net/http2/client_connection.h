// The client's side of one HTTP/2 connection: one request at a time, for callers that wait for the answer.
// Source: RFC 9113. Frames and HPACK are nghttp2's.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/dial.h"
#include "net/http_message.h"
#include "net/stream.h"

struct nghttp2_session;

namespace avouch::net {

// What became of a request.
struct Http2Exchange {
  enum class End : unsigned char {
    kAnswered,      // response and trailers are whole
    kNotProcessed,  // the server said that it has not begun it, and never will
    kBroken,        // nobody knows: `cause` says what happened
    kLate,
    kTooLarge,  // more header or body than was allowed
  };
  End end = End::kBroken;
  std::string cause;
  HttpResponse response;
};

class Http2ClientConnection {
 public:
  struct Request {
    const std::vector<HeaderField>& fields;  // pseudo-header fields first, names in lower case
    std::string_view body;
    std::size_t reply_limit_bytes;
    Deadline deadline;
  };

  explicit Http2ClientConnection(Stream stream);  // connected; TLS has agreed on HTTP/2
  Http2ClientConnection(const Http2ClientConnection&) = delete;
  Http2ClientConnection& operator=(const Http2ClientConnection&) = delete;
  ~Http2ClientConnection();

  Http2Exchange exchange(const Request& request);

  // Whether another request may be sent, after reading what the server has said meanwhile: that it is about to stop,
  // for example.
  bool is_usable();
  std::chrono::steady_clock::time_point last_used() const { return last_used_; }

  struct Call;  // client_connection.cc's own

 private:
  bool flush(Deadline deadline);
  bool receive(Deadline deadline);
  IoResult read_some();

  Stream stream_;
  nghttp2_session* session_;
  std::string cause_;
  bool is_late_ = false;
  bool is_open_ = true;
  Call* call_ = nullptr;
  std::chrono::steady_clock::time_point last_used_ = std::chrono::steady_clock::now();
};

}  // namespace avouch::net
