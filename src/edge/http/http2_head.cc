#include "edge/http/http2_head.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "net/http_grammar.h"

namespace avouch::edge {
namespace {

constexpr std::size_t kFieldOverheadBytes = 32;  // RFC 9113 section 6.5.2

Error syntax(const char* problem) {
  return Error{Blame::kRequest, "http.syntax", problem};
}

}  // namespace

void Http2Head::add(std::string_view name, std::string_view value) {
  size_bytes_ += name.size() + value.size() + kFieldOverheadBytes;
  ++count_;
  is_too_large_ = is_too_large_ || size_bytes_ > limits::kHttpHeaderBytes || count_ > limits::kHttpHeaderFields;
  if (is_too_large_) return;
  if (name == ":method") {
    request_.method = value;
  } else if (name == ":path") {
    request_.target = value;
  } else if (name == ":authority") {
    authority_ = value;
  } else if (name == "cookie") {
    // One field in HTTP/1.1, any number of crumbs here (RFC 9113 section 8.2.3).
    if (!cookies_.empty()) cookies_ += "; ";
    cookies_ += value;
  } else if (!name.starts_with(':')) {
    request_.headers.emplace_back(name, value);
  }
}

Result<net::HttpRequest> Http2Head::finish() {
  ENSURE(!is_too_large_, Error{Blame::kRequest, "http.head-too-large", "fields"});
  ENSURE(net::is_token(request_.method), syntax("a method that is not a token"));
  TRY(check_target());
  for (const net::HeaderField& field : request_.headers) {
    ENSURE(net::is_token(field.first) && net::is_field_value(field.second),
           syntax("a field with forbidden characters"));
  }
  TRY(join_host_and_authority());
  TRY(check_expectation());
  if (!cookies_.empty()) request_.headers.emplace_back("cookie", std::move(cookies_));
  announced_bytes_ = TRY(net::parse_framing(request_.headers, 1)).length_bytes;
  return std::move(request_);
}

Status Http2Head::check_target() const {
  const std::string& target = request_.target;
  ENSURE(target.size() <= limits::kHttpTargetBytes, Error{Blame::kRequest, "http.target-too-long", "target"});
  // CONNECT has no path: this is no proxy.
  ENSURE(net::is_target_text(target), syntax("a target that is empty, or with forbidden characters"));
  ENSURE(target.starts_with('/') || (target == "*" && request_.method == "OPTIONS"),
         syntax("a target that is not a path"));
  return ok();
}

// Two names for the server are one too many, unless they are the same (RFC 9113 section 8.3.1).
Status Http2Head::join_host_and_authority() {
  const auto is_host = [](const net::HeaderField& field) { return net::equal_ignoring_case(field.first, "host"); };
  const auto host = std::find_if(request_.headers.begin(), request_.headers.end(), is_host);
  if (host != request_.headers.end()) {
    ENSURE(std::find_if(host + 1, request_.headers.end(), is_host) == request_.headers.end(),
           syntax("more than one host"));
    ENSURE(authority_.empty() || authority_ == host->second, syntax("host is not the authority"));
    return ok();
  }
  ENSURE(net::is_field_value(authority_), syntax("an authority with forbidden characters"));
  if (!authority_.empty()) request_.headers.emplace(request_.headers.begin(), "host", authority_);
  return ok();
}

Status Http2Head::check_expectation() {
  for (const net::HeaderField& field : request_.headers) {
    if (!net::equal_ignoring_case(field.first, "expect")) continue;
    ENSURE(net::equal_ignoring_case(field.second, "100-continue"),
           Error{Blame::kRequest, "http.expectation", field.second});
    expects_continue_ = true;
  }
  return ok();
}

}  // namespace avouch::edge
