#include "net/http2/grpc_client.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/dial.h"
#include "net/grpc_wire.h"
#include "net/http2/client_connection.h"
#include "net/http_grammar.h"
#include "net/url.h"

namespace avouch::net {
namespace {

using Clock = std::chrono::steady_clock;
using ConnectionPointer = std::unique_ptr<Http2ClientConnection>;

constexpr int kAttempts = 3;                      // of a call that was certainly not processed
constexpr std::chrono::milliseconds kPause{50};   // before another, the longer the more failed
constexpr std::chrono::seconds kLongestIdle{30};  // less than servers, and what lies between, keep connections for
constexpr std::size_t kPrefixBytes = 5;

tl::unexpected<GrpcStatus> failed(GrpcCode code, std::string message) {
  return tl::unexpected(GrpcStatus{code, std::move(message)});
}

// The status, wherever it is: in trailers, or in the header of an answer that is nothing else.
GrpcReply read_answer(const HttpResponse& response, std::size_t limit_bytes) {
  const bool is_status_in_header = response.header("grpc-status").has_value();
  if (response.status != 200 && !is_status_in_header) {
    return failed(grpc_code_of_http(response.status), "HTTP status " + std::to_string(response.status));
  }
  const std::optional<std::string_view> type = response.header("content-type");
  if (!type.has_value() || !is_grpc_content_type(*type)) return failed(GrpcCode::kInternal, "the answer is no gRPC");
  GrpcStatus status = read_grpc_trailers(is_status_in_header ? response.headers : response.trailers);
  if (status.code != GrpcCode::kOk) return tl::unexpected(std::move(status));
  const tl::expected<Bytes, GrpcStatus> message = unframe_grpc(response.body, limit_bytes);
  if (!message.has_value()) return tl::unexpected(message.error());
  return to_buffer(*message);
}

}  // namespace

struct GrpcClient::State {
  State(Url at, GrpcClientOptions chosen, std::optional<TlsContext> context)
      : url(std::move(at)), options(std::move(chosen)), tls(std::move(context)) {}
  ConnectionPointer take_kept();
  Result<ConnectionPointer> connect(Deadline deadline) const;
  void keep(ConnectionPointer connection);
  std::vector<HeaderField> fields(std::string_view path, Deadline deadline) const;

  const Url url;
  const GrpcClientOptions options;
  const std::optional<TlsContext> tls;
  std::mutex mutex;
  std::vector<ConnectionPointer> kept;  // the last used at the end
};

GrpcClient::GrpcClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
GrpcClient::GrpcClient(GrpcClient&&) noexcept = default;
GrpcClient& GrpcClient::operator=(GrpcClient&&) noexcept = default;
GrpcClient::~GrpcClient() = default;

Result<GrpcClient> GrpcClient::make(std::string_view url, GrpcClientOptions options) {
  Url parsed = TRY(parse_url(url));
  ENSURE(parsed.prefix.empty(), Error{Blame::kRequest, "grpc.url", parsed.to_string() + ": has a path"});
  std::optional<TlsContext> tls;
  if (parsed.is_https) tls = TRY(TlsContext::client(options.trust, TlsProtocol::kHttp2));
  return GrpcClient(std::make_unique<State>(std::move(parsed), std::move(options), std::move(tls)));
}

GrpcReply GrpcClient::call(std::string_view service, std::string_view method, Bytes message) const {
  using End = Http2Exchange::End;
  State& state = *state_;
  const Deadline deadline = Clock::now() + state.options.deadline;
  const std::string path = "/" + std::string(service) + "/" + std::string(method);
  if (!is_target_text(path)) return failed(GrpcCode::kInternal, "a name that no method can have");
  const std::string body = frame_grpc(message);
  std::string cause;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    ConnectionPointer connection = state.take_kept();
    if (connection == nullptr) {
      if (attempt > 1) std::this_thread::sleep_until(std::min(deadline, Clock::now() + kPause * (attempt - 1)));
      Result<ConnectionPointer> fresh = state.connect(deadline);
      if (Clock::now() >= deadline) return failed(GrpcCode::kDeadlineExceeded, state.url.to_string() + ": connecting");
      if (!fresh.has_value()) {
        cause = fresh.error().detail;
        continue;
      }
      connection = *std::move(fresh);
    }
    const std::vector<HeaderField> fields = state.fields(path, deadline);
    const Http2Exchange got =
        connection->exchange({fields, body, state.options.reply_limit_bytes + kPrefixBytes, deadline});
    state.keep(std::move(connection));
    if (got.end == End::kAnswered) return read_answer(got.response, state.options.reply_limit_bytes);
    if (got.end == End::kLate)
      return failed(GrpcCode::kDeadlineExceeded, state.url.to_string() + ": no answer in time");
    if (got.end == End::kTooLarge)
      return failed(GrpcCode::kResourceExhausted, state.url.to_string() + ": answer too large");
    cause = state.url.to_string() + ": " + (got.end == End::kNotProcessed ? "the server refused the call" : got.cause);
    if (got.end == End::kBroken) break;
  }
  return failed(GrpcCode::kUnavailable, std::move(cause));
}

// A connection that is kept, and was not closed by the server meanwhile; or null.
ConnectionPointer GrpcClient::State::take_kept() {
  for (;;) {
    ConnectionPointer found;
    {
      const std::lock_guard lock(mutex);
      if (kept.empty()) return nullptr;
      found = std::move(kept.back());
      kept.pop_back();
    }
    if (Clock::now() - found->last_used() < kLongestIdle && found->is_usable()) return found;
  }
}

Result<ConnectionPointer> GrpcClient::State::connect(Deadline deadline) const {
  const Deadline connected_by = std::min(deadline, Clock::now() + options.connect_deadline);
  Stream stream = TRY(dial(url, tls.has_value() ? &*tls : nullptr, connected_by));
  ENSURE(!stream.is_tls() || stream.protocol() == TlsProtocol::kHttp2,
         Error{Blame::kUnavailable, "http.protocol", url.to_string() + ": the server does not speak HTTP/2"});
  return std::make_unique<Http2ClientConnection>(std::move(stream));
}

void GrpcClient::State::keep(ConnectionPointer connection) {
  if (!connection->is_usable()) return;
  const std::lock_guard lock(mutex);
  if (kept.size() < options.pool_size) kept.push_back(std::move(connection));
}

std::vector<HeaderField> GrpcClient::State::fields(std::string_view path, Deadline deadline) const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return {{":method", "POST"},
          {":scheme", url.is_https ? "https" : "http"},
          {":path", std::string(path)},
          {":authority", url.host_field()},
          {"te", "trailers"},
          {"content-type", "application/grpc"},
          {"user-agent", "avouch/" AVOUCH_VERSION},
          {"grpc-timeout", format_grpc_timeout(left)}};
}

}  // namespace avouch::net
