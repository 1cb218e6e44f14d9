#include "net/response_reader.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace avouch::net {
namespace {

Error syntax(const char* problem) {
  return Error{Blame::kRequest, "http.syntax", problem};
}

}  // namespace

Result<std::size_t> ResponseReader::feed(std::string_view input) {
  const std::size_t given = input.size();
  while (!input.empty() && !complete_) {
    started_ = true;
    if (!head_done_) {
      input.remove_prefix(TRY(feed_head(input)));
    } else {
      input.remove_prefix(TRY(body_.feed(input, response_.body)));
    }
    complete_ = head_done_ && body_.complete();
  }
  return given - input.size();
}

bool ResponseReader::close() {
  if (head_done_ && body_.ends_at_close()) complete_ = true;
  keep_alive_ = false;
  return complete_;
}

Result<std::size_t> ResponseReader::feed_head(std::string_view input) {
  const std::size_t had = partial_head_.size();
  partial_head_.append(input);
  const std::size_t length = TRY(scanner_.scan(partial_head_));
  if (length == 0) return input.size();
  TRY(read_head(std::string_view(partial_head_).substr(0, length)));
  partial_head_.clear();
  scanner_ = HeadScanner();
  return length - had;
}

Status ResponseReader::read_head(std::string_view text) {
  Head head = TRY(parse_head(text));
  int minor_version = 0;
  TRY(read_status_line(head.first_line, minor_version));
  if (response_.status < 200) {  // interim: the answer is still to come. 101 was never asked for.
    ENSURE(response_.status != 101, syntax("a protocol switch that nobody asked for"));
    ENSURE(++interim_count_ <= limits::kHttpInterimReplies, syntax("too many interim responses"));
    return ok();
  }
  head_done_ = true;
  response_.headers = std::move(head.headers);
  Framing framing = TRY(parse_framing(response_.headers, minor_version));
  // RFC 9112 section 6.3, in its order.
  if (answers_head_ || response_.status == 204 || response_.status == 304) {
    framing = {Framing::Kind::kNone, 0};
  } else if (framing.kind == Framing::Kind::kNone) {
    framing.kind = Framing::Kind::kUntilClose;
  }
  keep_alive_ = framing.kind != Framing::Kind::kUntilClose && !lists_member(response_.headers, "Connection", "close") &&
                (minor_version == 1 || lists_member(response_.headers, "Connection", "keep-alive"));
  return body_.start(framing, body_limit_bytes_);
}

// HTTP-version SP status-code [ SP reason-phrase ]. The blank is missing from real servers' lines without a reason.
Status ResponseReader::read_status_line(std::string_view line, int& minor_version) {
  ENSURE(line.size() >= 12 && line[8] == ' ' && (line.size() == 12 || line[12] == ' '), syntax("not a status line"));
  minor_version = TRY(parse_version(line.substr(0, 8)));
  const std::string_view code = line.substr(9, 3);
  ENSURE(std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; }), syntax("no status code"));
  response_.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  ENSURE(response_.status >= 100 && response_.status <= 599, syntax("a status out of range"));
  ENSURE(is_field_value(line), syntax("a control character in the status line"));
  return ok();
}

}  // namespace avouch::net
