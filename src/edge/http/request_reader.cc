#include "edge/http/request_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "base/secret.h"

namespace avouch::edge {
namespace {

Error syntax(const char* problem) {
  return Error{Blame::kRequest, "http.syntax", problem};
}

}  // namespace

int refusal_status(std::string_view code) {
  struct Row {
    std::string_view code;
    int status;
  };
  static constexpr std::array kRows{
      Row{"http.timeout", 408},     Row{"http.too-large", 413},      Row{"http.target-too-long", 414},
      Row{"http.expectation", 417}, Row{"http.head-too-large", 431}, Row{"http.transfer-coding", 501},
      Row{"http.overloaded", 503},  Row{"http.version", 505},
  };
  const auto* const row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.code == code; });
  return row == kRows.end() ? 400 : row->status;
}

std::size_t RequestReader::feed(std::string_view input) {
  if (input.empty() || (state_ != State::kHead && state_ != State::kBody)) return 0;
  started_ = true;
  const Result<std::size_t> taken = state_ == State::kHead ? feed_head(input) : body_.feed(input, request_.body);
  if (!taken.has_value()) {
    refuse(taken.error());
    return input.size();
  }
  if (state_ == State::kBody && body_.complete()) state_ = State::kComplete;
  return *taken;
}

// Exchanged, not assigned: a string to which nothing is assigned keeps its room, and in it what the client sent.
void RequestReader::next() {
  wipe_memory(request_.body.data(), request_.body.size());  // it may be a secret on its way into the vault
  RequestReader fresh(body_limit_bytes_);
  std::swap(*this, fresh);
}

void RequestReader::limit_body(std::size_t limit_bytes) {
  const Status fits = body_.lower_limit(limit_bytes);
  if (!fits.has_value()) refuse(fits.error());
}

void RequestReader::refuse(const Error& error) {
  state_ = State::kRefused;
  keep_alive_ = false;
  code_ = error.code;
  partial_head_ = std::string();
  request_.body = std::string();
  status_ = refusal_status(error.code);
}

// A head that comes whole, as nearly all do, is read where it lies; one that comes in pieces is put together first.
Result<std::size_t> RequestReader::feed_head(std::string_view input) {
  const std::size_t had = partial_head_.size();
  std::string_view bytes = input;
  if (had != 0) bytes = partial_head_.append(input);
  const std::size_t length = TRY(scanner_.scan(bytes));
  if (length == 0) {
    if (had == 0) partial_head_ = input;
    return input.size();
  }
  if (bytes.substr(0, length) == kHttp2PrefaceHead) {
    state_ = State::kHttp2;
    return length - had;
  }
  TRY(read_head(bytes.substr(0, length)));
  partial_head_ = {};
  state_ = body_.complete() ? State::kComplete : State::kBody;
  return length - had;
}

Status RequestReader::read_head(std::string_view text) {
  net::Head head = TRY(net::parse_head(text));
  TRY(read_request_line(head.first_line));
  request_.headers = std::move(head.headers);
  const auto hosts = std::count_if(request_.headers.begin(), request_.headers.end(), [](const net::HeaderField& field) {
    return net::equal_ignoring_case(field.first, "Host");
  });
  ENSURE(hosts <= 1, syntax("more than one Host"));  // RFC 9112 section 3.2
  const net::Framing framing = TRY(net::parse_framing(request_.headers, minor_version_));
  TRY(body_.start(framing, body_limit_bytes_));
  keep_alive_ = !net::lists_member(request_.headers, "Connection", "close") &&
                (minor_version_ == 1 || net::lists_member(request_.headers, "Connection", "keep-alive"));
  for (const net::HeaderField& field : request_.headers) {
    if (minor_version_ == 0 || !net::equal_ignoring_case(field.first, "Expect")) continue;
    ENSURE(net::equal_ignoring_case(field.second, "100-continue"),
           Error{Blame::kRequest, "http.expectation", field.second});
    expects_continue_ = !body_.complete();
  }
  return ok();
}

// method SP request-target SP HTTP-version, one blank each (RFC 9112 section 3).
Status RequestReader::read_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  ENSURE(first != std::string_view::npos && first < last, syntax("not a request line"));
  minor_version_ = TRY(net::parse_version(line.substr(last + 1)));
  const std::string_view method = line.substr(0, first);
  ENSURE(net::is_token(method), syntax("a method that is not a token"));
  request_.method = method;
  return read_target(line.substr(first + 1, last - first - 1));
}

// Origin form as it stands; absolute form as origin form (RFC 9112 section 3.2.2); "*" for OPTIONS. CONNECT's authority
// form is refused: this is no proxy.
Status RequestReader::read_target(std::string_view target) {
  ENSURE(target.size() <= limits::kHttpTargetBytes, Error{Blame::kRequest, "http.target-too-long", "target"});
  ENSURE(net::is_target_text(target), syntax("a target with blanks, control characters or a fragment"));
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!net::equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t authority = std::min(target.find_first_of("/?"), target.size());
    ENSURE(authority != 0, syntax("a target without authority"));
    target.remove_prefix(authority);
    request_.target = target.starts_with('/') ? std::string() : "/";
    request_.target += target;
    return ok();
  }
  ENSURE(target.starts_with('/') || (target == "*" && request_.method == "OPTIONS"),
         syntax("a target that is not a path"));
  request_.target = target;
  return ok();
}

}  // namespace avouch::edge
