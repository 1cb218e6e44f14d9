// The server's side of one HTTP/2 connection, without sockets: bytes in, requests out; responses in, bytes out. What
// the server's connections and the fuzz target feed. Source: RFC 9113, RFC 7541. Frames, HPACK and the rules of
// messages are nghttp2's; what a client may make us hold or do is bounded here (base/limits.h, "HTTP/2"). No push, no
// priorities (RFC 9113 section 5.3.2), no CONNECT.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace avouch::edge {

struct Http2Options {
  std::string peer;  // of each request
  bool peer_is_loopback = false;
  std::size_t body_limit_bytes;
  std::chrono::milliseconds read_deadline;   // of a request, first byte to last
  std::chrono::milliseconds write_deadline;  // of an answer
};

// A request that is complete, or one that was refused: then status and code are set and request has what is known.
struct Http2Request {
  std::int32_t stream = 0;
  net::HttpRequest request;
  net::HttpHandler::Weight weight = net::HttpHandler::Weight::kLight;
  int refusal_status = 0;
  const char* refusal_code = "";
};

class Http2Session {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `handler` is asked for the weight of requests and the limits of their bodies, and must outlive the session.
  Http2Session(Http2Options options, const net::HttpHandler& handler);
  ~Http2Session();

  // Takes what the client sent, its connection preface first. False when the connection has to be closed at once.
  bool feed(std::string_view bytes, Time now);
  std::optional<Http2Request> take_request();  // the next that is complete or refused, and still wanted

  // Answers a stream; does nothing if the client has reset it meanwhile. The response is well-formed.
  void respond(std::int32_t stream, net::HttpResponse response, std::string_view date, Time now);

  // Appends what the client is to be sent, about 64 KiB at a time; nothing when there is nothing to send now.
  // False when the connection has to be closed at once.
  bool collect(std::string& out);

  void expire(Time now);  // refuses requests, and gives up answers, that are late
  bool refuse_newest();   // of the requests that are not complete, since memory is short; false if there is none
  void announce_end();    // tells the client to begin no more requests (RFC 9113 section 6.8), and
  void end();             // some time later, which of them will be answered; those are, and then it is over

  bool is_over() const;  // nothing will be read or sent any more
  bool is_idle() const;  // no request is under way
  std::size_t held_bytes() const;
  std::size_t unsent_bytes() const;  // of answers

  struct Parts;  // http2_session.cc's own

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace avouch::edge
