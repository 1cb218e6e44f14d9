#include "net/http_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/dial.h"
#include "net/response_reader.h"
#include "net/stream.h"
#include "net/url.h"

namespace avouch::net {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;

// RFC 9110 section 9.2.2: doing these twice is as good as once.
bool is_idempotent(std::string_view method) {
  static constexpr std::array<std::string_view, 5> kMethods{"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_written_here(std::string_view name) {
  return equal_ignoring_case(name, "Host") || equal_ignoring_case(name, "Content-Length") ||
         equal_ignoring_case(name, "Connection") || equal_ignoring_case(name, "Transfer-Encoding");
}

struct Request {
  std::string_view method;
  std::string_view path_and_query;
  const std::vector<HeaderField>& headers;
  std::string_view body;
};

Status check(const Request& request) {
  const auto refused = [](const char* problem) { return Error{Blame::kRequest, "http.request", problem}; };
  ENSURE(is_token(request.method), refused("method"));
  ENSURE(request.path_and_query.starts_with('/') && is_target_text(request.path_and_query), refused("path"));
  for (const HeaderField& field : request.headers) {
    ENSURE(is_token(field.first) && is_field_value(field.second) && !is_written_here(field.first), refused("header"));
  }
  return ok();
}

std::string to_bytes(const Request& request, const Url& url) {
  std::string out;
  out.reserve(512 + request.body.size());
  out.append(request.method).append(" ").append(url.prefix).append(request.path_and_query).append(" HTTP/1.1\r\n");
  out.append("Host: ").append(url.host_field()).append("\r\n");
  for (const HeaderField& field : request.headers) {
    out.append(field.first).append(": ").append(field.second).append("\r\n");
  }
  // RFC 9110 section 8.6: methods that carry a body say its length even if it is 0.
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  out.append("\r\n").append(request.body);
  return out;
}

}  // namespace

struct HttpClient::State {
  Url url;
  HttpClientOptions options;
  std::optional<TlsContext> tls;
  Deadline latest = Deadline::max();
  std::optional<Stream> kept;  // the connection of the last request, if it may serve another

  // What became of one request on one connection.
  struct Attempt {
    Result<HttpResponse> result;
    bool is_unanswered = false;  // the connection ended before the first byte of an answer
  };
  Error failed(const char* code, std::string_view cause) const {
    return Error{Blame::kUnavailable, code, url.to_string() + ": " + std::string(cause)};
  }
  Attempt attempt(Stream stream, std::string_view bytes, bool answers_head);
  Result<HttpResponse> finish(Stream stream, ResponseReader& reader);
};

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::make(std::string_view base_url, HttpClientOptions options) {
  Url url = TRY(parse_url(base_url));
  std::optional<TlsContext> tls;
  if (url.is_https) tls = TRY(TlsContext::client(options.trust));
  return HttpClient(std::unique_ptr<State>(
      new State{std::move(url), std::move(options), std::move(tls), Deadline::max(), std::nullopt}));
}

void HttpClient::end_by(std::chrono::steady_clock::time_point latest) {
  state_->latest = latest;
}

Result<HttpResponse> HttpClient::request(std::string_view method, std::string_view path_and_query,
                                         const std::vector<HeaderField>& headers, std::string_view body) {
  const Request request{method, path_and_query, headers, body};
  TRY(check(request));
  State& state = *state_;
  const std::string bytes = to_bytes(request, state.url);
  const bool answers_head = method == "HEAD";
  if (state.kept.has_value() && state.kept->looks_open()) {
    Stream stream = std::move(*state.kept);
    state.kept.reset();
    State::Attempt first = state.attempt(std::move(stream), bytes, answers_head);
    // The server may have closed the connection while this request was on its way to it (RFC 9112 section 9.3.1).
    if (!first.is_unanswered || !is_idempotent(method)) return std::move(first.result);
  }
  state.kept.reset();
  const Deadline deadline = std::min(state.latest, std::chrono::steady_clock::now() + state.options.connect_deadline);
  Stream fresh = TRY(dial(state.url, state.tls.has_value() ? &*state.tls : nullptr, deadline));
  return state.attempt(std::move(fresh), bytes, answers_head).result;
}

HttpClient::State::Attempt HttpClient::State::attempt(Stream stream, std::string_view bytes, bool answers_head) {
  const Deadline deadline = std::min(latest, std::chrono::steady_clock::now() + options.reply_deadline);
  ResponseReader reader(answers_head, options.reply_limit_bytes);
  std::array<char, kReadBytes> block;
  for (;;) {
    // After a write that failed there may still be an answer: "too large", from a server that did not read it all.
    const bool sending = !bytes.empty();
    const IoResult moved = sending ? stream.write(bytes) : stream.read(block);
    if (moved.state == IoState::kWantRead || moved.state == IoState::kWantWrite) {
      if (!wait_for(stream.socket(), moved.state, deadline)) return {failed("http.timeout", "waiting for the answer")};
    } else if (sending) {
      bytes.remove_prefix(moved.state == IoState::kDone ? moved.count : bytes.size());
    } else if (moved.state != IoState::kDone) {
      const std::string cause = moved.state == IoState::kClosed ? "connection closed" : stream.failure();
      if (moved.state == IoState::kClosed && reader.close()) return {finish(std::move(stream), reader)};
      return {failed("http.protocol", cause + " before the end of the answer"), !reader.started()};
    } else {
      const Result<std::size_t> taken = reader.feed({block.data(), moved.count});
      if (!taken.has_value()) {
        const bool large = std::string_view(taken.error().code) == "http.too-large";
        return {failed(large ? "http.too-large" : "http.protocol", taken.error().detail)};
      }
      // Bytes behind the answer were not asked for: whatever they are, they are not the next answer.
      if (reader.complete() && *taken == moved.count) return {finish(std::move(stream), reader)};
      if (reader.complete()) return {failed("http.protocol", "bytes behind the answer")};
      if (std::chrono::steady_clock::now() > deadline) return {failed("http.timeout", "reading the answer")};
    }
  }
}

Result<HttpResponse> HttpClient::State::finish(Stream stream, ResponseReader& reader) {
  HttpResponse& response = reader.response();
  if (is_redirect(response.status)) {
    const std::string target(response.header("Location").value_or("nowhere"));
    return failed("http.protocol", "a redirect, which is not followed, to " + target);
  }
  if (reader.keep_alive()) kept.emplace(std::move(stream));
  response.close = !reader.keep_alive();
  return std::move(response);
}

}  // namespace avouch::net
