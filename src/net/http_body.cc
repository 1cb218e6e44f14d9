// BodyReader: the four framings of a body (RFC 9112 sections 6 and 7).
#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "net/http_grammar.h"

namespace avouch::net {
namespace {

Error too_large(std::size_t limit_bytes) {
  return Error{Blame::kRequest, "http.too-large", "more than " + std::to_string(limit_bytes) + " bytes"};
}
Error bad_chunk(const char* problem) {
  return Error{Blame::kRequest, "http.chunk", problem};
}

}  // namespace

Status BodyReader::start(Framing framing, std::size_t limit_bytes) {
  *this = BodyReader();
  limit_bytes_ = limit_bytes;
  switch (framing.kind) {
    case Framing::Kind::kNone:
      return ok();
    case Framing::Kind::kChunked:
      state_ = State::kChunkLine;
      return ok();
    case Framing::Kind::kUntilClose:
      state_ = State::kUntilClose;
      return ok();
    case Framing::Kind::kLength:
      break;
  }
  ENSURE(framing.length_bytes <= limit_bytes, too_large(limit_bytes));
  left_bytes_ = framing.length_bytes;
  state_ = left_bytes_ == 0 ? State::kComplete : State::kLength;
  return ok();
}

Status BodyReader::lower_limit(std::size_t limit_bytes) {
  limit_bytes_ = std::min(limit_bytes_, limit_bytes);
  ENSURE(state_ != State::kLength || left_bytes_ <= limit_bytes_, too_large(limit_bytes_));
  return ok();
}

Result<std::size_t> BodyReader::feed(std::string_view input, std::string& body) {
  const std::size_t given = input.size();
  while (!input.empty() && state_ != State::kComplete) {
    if (state_ == State::kLength || state_ == State::kChunkData) {
      const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(left_bytes_, input.size()));
      body.append(input.substr(0, count));
      input.remove_prefix(count);
      left_bytes_ -= count;
      if (left_bytes_ == 0) state_ = state_ == State::kLength ? State::kComplete : State::kChunkEnd;
    } else if (state_ == State::kUntilClose) {
      ENSURE(input.size() <= limit_bytes_ - std::min(limit_bytes_, body.size()), too_large(limit_bytes_));
      body.append(input);
      input = {};
    } else {
      const std::size_t end = std::min(input.find('\n'), input.size() - 1) + 1;
      const std::size_t longest = state_ == State::kTrailer ? limits::kHttpHeaderBytes : limits::kHttpChunkLineBytes;
      ENSURE(line_.size() + end <= longest, bad_chunk("a line that is too long"));
      line_.append(input.substr(0, end));
      input.remove_prefix(end);
      if (line_.back() != '\n') continue;
      ENSURE(line_.ends_with("\r\n"), bad_chunk("a line that does not end in CR LF"));
      TRY(line(std::string_view(line_).substr(0, line_.size() - 2), body.size()));
      line_.clear();
    }
  }
  return given - input.size();
}

Status BodyReader::line(std::string_view line, std::size_t body_bytes) {
  if (state_ == State::kChunkLine) return chunk_line(line, body_bytes);
  if (state_ == State::kTrailer) return trailer_line(line);
  ENSURE(line.empty(), bad_chunk("a chunk longer than its size"));
  state_ = State::kChunkLine;
  return ok();
}

// chunk-size [ chunk-ext ]; extensions are ignored, as section 7.1.1 demands.
Status BodyReader::chunk_line(std::string_view line, std::size_t body_bytes) {
  std::uint64_t size = 0;
  const char* const end = line.data() + line.size();
  const auto [stopped, problem] = std::from_chars(line.data(), end, size, 16);
  ENSURE(problem == std::errc() && stopped - line.data() <= 8, bad_chunk("a size that is not a number"));
  const std::string_view extension = trim_blanks({stopped, static_cast<std::size_t>(end - stopped)});
  ENSURE((stopped == end || extension.starts_with(';')) && is_field_value(extension), bad_chunk("an extension"));
  ENSURE(size <= limit_bytes_ - std::min(limit_bytes_, body_bytes), too_large(limit_bytes_));
  left_bytes_ = size;
  state_ = size == 0 ? State::kTrailer : State::kChunkData;
  return ok();
}

// Trailer fields are dropped, as section 7.1.2 allows: nothing of ours may be said after the body.
Status BodyReader::trailer_line(std::string_view line) {
  if (line.empty()) {
    state_ = State::kComplete;
    return ok();
  }
  trailer_bytes_ += line.size();
  const std::size_t colon = line.find(':');
  ENSURE(trailer_bytes_ <= limits::kHttpHeaderBytes && colon != std::string_view::npos &&
             is_token(line.substr(0, colon)) && is_field_value(line.substr(colon + 1)),
         bad_chunk("a trailer"));
  return ok();
}

}  // namespace avouch::net
