// Bytes to requests, without sockets: what the server's connections and the fuzz target feed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_grammar.h"
#include "net/http_message.h"

namespace avouch::edge {

// What RFC 9113 section 3.4 lets a client begin with, so that no server of HTTP/1.1 takes it for a request.
inline constexpr std::string_view kHttp2PrefaceHead = "PRI * HTTP/2.0\r\n\r\n";

// The status that says what was wrong with a request (RFC 9110 section 15). Any other code is a 400.
int refusal_status(std::string_view code);

class RequestReader {
 public:
  enum class State : unsigned char {
    kHead,      // the head has not come whole
    kBody,      // it has: request() holds all but the body
    kComplete,  // request() may be answered
    kHttp2,     // the head was the first half of HTTP/2's connection preface: what follows is no HTTP/1.1
    kRefused,   // answer with status() and code(), then close: where the next request starts is unknown
  };

  explicit RequestReader(std::size_t body_limit_bytes) : body_limit_bytes_(body_limit_bytes) {}

  // Takes bytes from the front of `input` and returns how many. Stops after a head that has a body to come, and after
  // a complete request: what is left belongs to the body, or to the next request.
  std::size_t feed(std::string_view input);
  void next();                               // forgets the request, for the one that follows on the same connection
  void limit_body(std::size_t limit_bytes);  // once the head is read: to less than anybody may send
  void refuse(const Error& error);           // and lets go of what has come

  State state() const { return state_; }
  std::size_t held_bytes() const { return partial_head_.capacity() + request_.body.capacity(); }
  bool started() const { return started_; }  // a byte of the request has come
  net::HttpRequest& request() { return request_; }
  bool keep_alive() const { return keep_alive_; }
  bool is_http_1_0() const { return minor_version_ == 0; }
  bool expects_continue() const { return expects_continue_; }
  int status() const { return status_; }
  const char* code() const { return code_; }

 private:
  Result<std::size_t> feed_head(std::string_view input);
  Status read_head(std::string_view head);
  Status read_request_line(std::string_view line);
  Status read_target(std::string_view target);

  std::size_t body_limit_bytes_;
  State state_ = State::kHead;
  bool started_ = false;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  int minor_version_ = 1;
  int status_ = 0;
  const char* code_ = "";
  std::string partial_head_;
  net::HeadScanner scanner_;
  net::BodyReader body_;
  net::HttpRequest request_;
};

}  // namespace avouch::edge
