// The fields of one HTTP/2 request, as they come, to what HTTP/1.1 would have made of them: no handler has to know
// which of the two it answers.
// Source: RFC 9113 section 8.3. That pseudo-header fields are there, once, in front, and that no field belongs to a
// connection, is seen to by nghttp2 before a field comes here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_message.h"

namespace avouch::edge {

class Http2Head {
 public:
  // Keeps one field, unless an earlier one was refused: finish() says so then.
  void add(std::string_view name, std::string_view value);

  // The request without its body.
  //   fails   kRequest: http.head-too-large, http.target-too-long, http.syntax, http.framing, http.expectation
  Result<net::HttpRequest> finish();

  std::uint64_t announced_bytes() const { return announced_bytes_; }  // of the body, by Content-Length
  std::size_t held_bytes() const { return size_bytes_; }
  bool expects_continue() const { return expects_continue_; }

 private:
  Status check_target() const;
  Status join_host_and_authority();
  Status check_expectation();

  net::HttpRequest request_;
  std::string authority_;
  std::string cookies_;
  std::size_t size_bytes_ = 0;  // as RFC 9113 section 6.5.2 counts
  std::size_t count_ = 0;
  bool is_too_large_ = false;
  std::uint64_t announced_bytes_ = 0;
  bool expects_continue_ = false;
};

}  // namespace avouch::edge
