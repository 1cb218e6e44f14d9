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
using ConnectionPointer = std::shared_ptr<Http2ClientConnection>;

constexpr int kAttempts = 3;                      // of a call that was certainly not processed
constexpr std::chrono::milliseconds kPause{50};   // before another, the longer the more failed
constexpr std::chrono::seconds kLongestIdle{30};  // less than servers, and what lies between, keep connections for
constexpr std::size_t kPrefixBytes = 5;

tl::unexpected<GrpcStatus> failed(GrpcCode code, std::string message) {
  return tl::unexpected(GrpcStatus{code, std::move(message)});
}

bool is_loopback(std::string_view host) {
  const bool is_address = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "::1" || (is_address && host.starts_with("127."));
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
  ConnectionPointer find_open();
  Result<ConnectionPointer> connect(Deadline deadline);
  Result<std::vector<HeaderField>> fields(std::string_view path, Deadline deadline) const;

  const Url url;
  const GrpcClientOptions options;
  const std::optional<TlsContext> tls;
  std::mutex mutex;
  std::vector<ConnectionPointer> connections;  // that calls may begin on, those opened last at the end
};

GrpcClient::GrpcClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
GrpcClient::GrpcClient(GrpcClient&&) noexcept = default;
GrpcClient& GrpcClient::operator=(GrpcClient&&) noexcept = default;
GrpcClient::~GrpcClient() = default;

Result<GrpcClient> GrpcClient::make(std::string_view url, GrpcClientOptions options) {
  Url parsed = TRY(parse_url(url));
  ENSURE(parsed.prefix.empty(), Error{Blame::kRequest, "grpc.url", parsed.to_string() + ": has a path"});
  ENSURE(options.token == nullptr || parsed.is_https || is_loopback(parsed.host),
         Error{Blame::kRequest, "grpc.token", parsed.to_string() + ": a token goes over https alone, but on loopback"});
  std::optional<TlsContext> tls;
  if (parsed.is_https) tls = TRY(TlsContext::client(options.trust, TlsProtocol::kHttp2, options.identity.get()));
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
    ConnectionPointer connection = state.find_open();
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
    const Result<std::vector<HeaderField>> fields = state.fields(path, deadline);
    if (!fields.has_value())
      return failed(GrpcCode::kUnauthenticated, "no token to call with: " + fields.error().detail);
    const Http2Exchange got =
        connection->exchange({*fields, body, state.options.reply_limit_bytes + kPrefixBytes, deadline});
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

// The least busy of the connections, if it has room, or no other may be opened; or null. Those that serve no more go:
// calls that are under way on them hold them until they end.
ConnectionPointer GrpcClient::State::find_open() {
  const std::lock_guard lock(mutex);
  std::erase_if(connections, [](const ConnectionPointer& connection) {
    return Clock::now() - connection->last_used() >= kLongestIdle || !connection->is_usable();
  });
  ConnectionPointer best;
  std::size_t fewest = 0;
  for (const ConnectionPointer& connection : connections) {
    const std::size_t count = connection->call_count();
    if (best == nullptr || count <= fewest) best = connection;
    fewest = best == connection ? count : fewest;
  }
  const bool may_open = connections.size() < std::max<std::size_t>(options.pool_size, 1);
  return fewest >= limits::kGrpcCallsPerConnection && may_open ? nullptr : best;
}

Result<ConnectionPointer> GrpcClient::State::connect(Deadline deadline) {
  const Deadline connected_by = std::min(deadline, Clock::now() + options.connect_deadline);
  Stream stream = TRY(dial(url, tls.has_value() ? &*tls : nullptr, connected_by));
  ENSURE(!stream.is_tls() || stream.protocol() == TlsProtocol::kHttp2,
         Error{Blame::kUnavailable, "http.protocol", url.to_string() + ": the server does not speak HTTP/2"});
  auto connection = std::make_shared<Http2ClientConnection>(std::move(stream));
  const std::lock_guard lock(mutex);
  // Several may have been opened at once, where there was none.
  if (connections.size() < options.pool_size) connections.push_back(connection);
  return connection;
}

Result<std::vector<HeaderField>> GrpcClient::State::fields(std::string_view path, Deadline deadline) const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  std::vector<HeaderField> out{{":method", "POST"},
                               {":scheme", url.is_https ? "https" : "http"},
                               {":path", std::string(path)},
                               {":authority", url.host_field()},
                               {"te", "trailers"},
                               {"content-type", "application/grpc"},
                               {"user-agent", "avouch/" AVOUCH_VERSION},
                               {"grpc-timeout", format_grpc_timeout(left)}};
  if (options.token == nullptr) return out;
  const std::string token = TRY(options.token());
  ENSURE(is_field_value(token), Error{Blame::kRequest, "grpc.token", "the token is not one"});
  out.emplace_back("authorization", "Bearer " + token);
  return out;
}

}  // namespace avouch::net
