// The strict grammar of HTTP/1.1 messages, shared by server and client so that both refuse the same things: bare LF,
// folded lines, blanks before a colon, control characters, and every framing that two parsers could read in two ways.
// Source: RFC 9110 section 5, RFC 9112. Pure functions and small state machines; no sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http_message.h"

namespace avouch::net {

bool equal_ignoring_case(std::string_view left, std::string_view right);  // ASCII
std::string_view trim_blanks(std::string_view text);                      // OWS: spaces and tabs
bool is_token(std::string_view text);                                     // methods and field names
bool is_field_value(std::string_view text);                               // no control characters but tab
bool is_target_text(std::string_view text);                               // visible ASCII but '#'

// Whether any field of that name lists `member` ("close" in "Connection: te, Close").
bool lists_member(const std::vector<HeaderField>& headers, std::string_view name, std::string_view member);

// Finds the end of a message's head in bytes that arrive piecemeal. One empty line in front is allowed
// (RFC 9112 section 2.2).
class HeadScanner {
 public:
  // `bytes` is all that has come of the message so far. Returns the length of its head with the empty line that ends
  // it, or 0 if that has not come yet.
  //   fails   kRequest: http.syntax (a line that does not end in CR LF), http.target-too-long (a first line that is),
  //           http.head-too-large
  Result<std::size_t> scan(std::string_view bytes);

 private:
  std::size_t line_start_ = 0;
  std::size_t scanned_ = 0;
  bool started_ = false;  // the first line that is not empty has been seen
};

struct Head {
  std::string_view first_line;
  std::vector<HeaderField> headers;
};

// Splits a complete head into its first line and its fields.
//   fails   kRequest: http.syntax, http.head-too-large (more than limits::kHttpHeaderFields)
Result<Head> parse_head(std::string_view head);

// "HTTP/1.0" and "HTTP/1.1" to 0 and 1.   fails   kRequest: http.syntax, http.version
Result<int> parse_version(std::string_view text);

// How the end of a body is known (RFC 9112 section 6.3).
struct Framing {
  enum class Kind : unsigned char { kNone, kLength, kChunked, kUntilClose };
  Kind kind = Kind::kNone;
  std::uint64_t length_bytes = 0;
};

// What the header says; kNone if it says nothing.
//   fails   kRequest: http.framing (Content-Length and Transfer-Encoding, either of them twice, a length that is no
//           number, Transfer-Encoding in HTTP/1.0), http.transfer-coding (any but chunked)
Result<Framing> parse_framing(const std::vector<HeaderField>& headers, int minor_version);

// Reads one body, of whatever framing. Memory grows with what has come, never with what was announced.
class BodyReader {
 public:
  // fails   kRequest: http.too-large, as soon as the announced length says so
  Status start(Framing framing, std::size_t limit_bytes);

  // Allows less than start() did; before any byte of the body has come.
  //   fails   kRequest: http.too-large
  Status lower_limit(std::size_t limit_bytes);

  // Appends the body's bytes from the front of `input` to `body`; returns how many bytes of input were the message's.
  //   fails   kRequest: http.too-large, http.chunk
  Result<std::size_t> feed(std::string_view input, std::string& body);

  bool complete() const { return state_ == State::kComplete; }
  bool ends_at_close() const { return state_ == State::kUntilClose; }

 private:
  enum class State : unsigned char { kComplete, kLength, kUntilClose, kChunkLine, kChunkData, kChunkEnd, kTrailer };
  Status line(std::string_view line, std::size_t body_bytes);
  Status chunk_line(std::string_view line, std::size_t body_bytes);
  Status trailer_line(std::string_view line);

  State state_ = State::kComplete;
  std::uint64_t left_bytes_ = 0;  // of the body, or of the chunk
  std::size_t limit_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string line_;  // a line of the chunked coding that has not come whole
};

}  // namespace avouch::net
