// The frames of the client's side of one HTTP/2 connection, and the calls under way on it. Waits for nothing, owns no
// socket, locks nothing.
// Source: RFC 9113. Frames and HPACK are nghttp2's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.h"

struct nghttp2_session;

namespace avouch::net {

// One request and what has come of it so far. Stays where it is while it is under way.
struct Http2Call {
  std::string_view unsent_body;
  std::size_t reply_limit_bytes = 0;

  std::int32_t stream = 0;
  std::size_t header_bytes = 0;
  bool is_closed = false;
  bool is_whole = false;  // the server ended its side by itself
  bool is_too_large = false;
  std::uint32_t error = 0;  // of RFC 9113 section 7, once it is closed
  HttpResponse response;

  bool is_done() const { return is_closed || is_whole || is_too_large; }
  bool is_refused() const;  // by a server that says it has not begun it
  const char* error_name() const;
};

class Http2ClientSession {
 public:
  Http2ClientSession();
  Http2ClientSession(const Http2ClientSession&) = delete;
  Http2ClientSession& operator=(const Http2ClientSession&) = delete;
  ~Http2ClientSession();

  // Pseudo-header fields first, names in lower case. Whether a stream was to be had; if so the call is under way until
  // end().
  bool begin(Http2Call& call, const std::vector<HeaderField>& fields);
  // Done or not: what is still to come of it is not wanted.
  void end(Http2Call& call);

  // Takes what the server sent; why it cannot be taken, or nullptr.
  const char* receive(std::string_view octets);
  // The next octets to send, valid until the next call here; empty if there are none now. Nothing can be sent any more
  // where it says so.
  struct Outgoing {
    std::string_view octets;
    bool is_broken;
  };
  Outgoing next();

  bool may_begin() const;  // another call: the server is not about to stop
  std::size_t call_count() const { return calls_.size(); }

  using Calls = std::map<std::int32_t, Http2Call*>;  // client_session.cc's own

 private:
  Calls calls_;  // by stream
  nghttp2_session* session_;
};

}  // namespace avouch::net
