// Bytes to a response, without sockets: what the client and its fuzz target feed. The mirror of the server's
// RequestReader, on the same grammar.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_grammar.h"
#include "net/http_message.h"

namespace avouch::net {

class ResponseReader {
 public:
  // `answers_head`: the request was a HEAD, whose answer has no body whatever its header says.
  ResponseReader(bool answers_head, std::size_t body_limit_bytes)
      : answers_head_(answers_head), body_limit_bytes_(body_limit_bytes) {}

  // Takes bytes from the front of `input`; returns how many. Bytes behind the response are left.
  //   fails   kRequest: http.syntax, http.version, http.framing, http.transfer-coding, http.chunk, http.too-large,
  //           http.head-too-large, http.target-too-long (a status line that is)
  Result<std::size_t> feed(std::string_view input);

  // The server closed its side. Whether that was the response's end (RFC 9112 section 8).
  bool close();

  bool complete() const { return complete_; }
  bool started() const { return started_; }        // a byte has come
  bool keep_alive() const { return keep_alive_; }  // once complete
  HttpResponse& response() { return response_; }

 private:
  Result<std::size_t> feed_head(std::string_view input);
  Status read_head(std::string_view head);
  Status read_status_line(std::string_view line, int& minor_version);

  bool answers_head_;
  std::size_t body_limit_bytes_;
  std::size_t interim_count_ = 0;
  bool head_done_ = false;
  bool complete_ = false;
  bool started_ = false;
  bool keep_alive_ = false;
  std::string partial_head_;
  HeadScanner scanner_;
  BodyReader body_;
  HttpResponse response_;
};

}  // namespace avouch::net
