#include "edge/grpc/front.h"

#include <chrono>
#include <string>
#include <utility>

#include "net/grpc_wire.h"

namespace avouch::edge {
namespace {

using net::GrpcCode;
using net::GrpcReply;
using net::GrpcStatus;

constexpr std::string_view kHealth = "grpc.health.v1.Health";
constexpr std::size_t kPrefixBytes = 5;
constexpr std::chrono::hours kLongestDeadline{24};  // A call that may take longer may take forever.

tl::unexpected<GrpcStatus> failed(GrpcCode code, std::string message) {
  return tl::unexpected(GrpcStatus{code, std::move(message)});
}

bool is_call(const net::HttpRequest& request) {
  const std::optional<std::string_view> type = request.header("content-type");
  return request.method == "POST" && type.has_value() && net::is_grpc_content_type(*type);
}

// The name in HealthCheckRequest, whose one field is `string service = 1`: at most one length of one octet, since no
// service here has a longer name.
tl::expected<std::string_view, GrpcStatus> health_name(Bytes message) {
  if (message.empty()) return std::string_view();
  if (message.size() < 2 || message[0] != 0x0A || message[1] != message.size() - 2) {
    return failed(GrpcCode::kNotFound, "no such service");
  }
  return as_text(message.subspan(2));
}

net::HttpResponse to_response(GrpcReply reply) {
  net::HttpResponse response;
  response.status = 200;
  response.headers.emplace_back("content-type", "application/grpc");
  response.headers.emplace_back("grpc-accept-encoding", "identity");
  if (reply.has_value()) {
    response.body = net::frame_grpc(*reply);
    response.trailers = net::grpc_trailers({GrpcCode::kOk, ""});
  } else {
    // "Trailers-Only": without a message there is nothing that trailers could follow.
    for (net::HeaderField& field : net::grpc_trailers(reply.error())) response.headers.push_back(std::move(field));
  }
  return response;
}

}  // namespace

GrpcFront::GrpcFront(std::vector<const net::GrpcService*> services, const net::HttpHandler& plain,
                     std::size_t message_limit_bytes)
    : services_(std::move(services)), plain_(plain), message_limit_bytes_(message_limit_bytes) {}

net::HttpHandler::Weight GrpcFront::weight(const net::HttpRequest& head) const {
  return is_call(head) ? Weight::kHeavy : plain_.weight(head);
}

std::size_t GrpcFront::body_limit_bytes(const net::HttpRequest& head) const {
  return is_call(head) ? message_limit_bytes_ + kPrefixBytes : plain_.body_limit_bytes(head);
}

net::HttpResponse GrpcFront::handle(const net::HttpRequest& request) const {
  if (!is_call(request)) return plain_.handle(request);
  return to_response(answer(request));
}

// The time that a call waited for a worker counts for its deadline, too.
GrpcReply GrpcFront::answer(const net::HttpRequest& request) const {
  using Clock = std::chrono::steady_clock;
  Clock::time_point deadline = Clock::time_point::max();
  if (const auto text = request.header("grpc-timeout")) {
    const std::optional<std::chrono::milliseconds> timeout = net::parse_grpc_timeout(*text);
    if (!timeout.has_value()) return failed(GrpcCode::kInternal, "malformed grpc-timeout");
    const Clock::time_point arrived = request.arrived.value_or(Clock::now());
    if (*timeout < kLongestDeadline) deadline = arrived + *timeout;
  }
  if (deadline <= Clock::now()) return failed(GrpcCode::kDeadlineExceeded, "the deadline passed before the call began");
  const tl::expected<Bytes, GrpcStatus> message = net::unframe_grpc(request.body, message_limit_bytes_);
  if (!message.has_value()) return tl::unexpected(message.error());
  GrpcReply reply = dispatch(request, *message);
  if (deadline <= Clock::now()) return failed(GrpcCode::kDeadlineExceeded, "the deadline passed during the call");
  return reply;
}

GrpcReply GrpcFront::dispatch(const net::HttpRequest& request, Bytes message) const {
  const std::string_view path = request.path();
  const std::size_t slash = path.rfind('/');
  if (slash == 0 || slash == std::string_view::npos) return failed(GrpcCode::kUnimplemented, "no method of a service");
  const std::string_view service = path.substr(1, slash - 1), method = path.substr(slash + 1);
  if (service == kHealth) return answer_health(method, message);
  const net::GrpcService* const found = find(service);
  if (found == nullptr) return failed(GrpcCode::kUnimplemented, "unknown service");
  return found->call(method, message, request.peer);
}

// HealthCheckResponse { ServingStatus status = 1; } with SERVING = 1.
GrpcReply GrpcFront::answer_health(std::string_view method, Bytes message) const {
  if (method != "Check") return failed(GrpcCode::kUnimplemented, "only Check of the health service is here");
  const tl::expected<std::string_view, GrpcStatus> name = health_name(message);
  if (!name.has_value()) return tl::unexpected(name.error());
  if (!name->empty() && find(*name) == nullptr) return failed(GrpcCode::kNotFound, "no such service");
  return Buffer{0x08, 0x01};
}

const net::GrpcService* GrpcFront::find(std::string_view name) const {
  for (const net::GrpcService* service : services_) {
    if (service->name() == name) return service;
  }
  return nullptr;
}

}  // namespace avouch::edge
