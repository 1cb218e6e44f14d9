#include "edge/http/answering.h"

#include <exception>
#include <optional>

#include "edge/http/response_writer.h"
#include "net/grpc_wire.h"

namespace avouch::edge {
namespace {

net::GrpcCode grpc_code_of_refusal(int status) {
  if (status == 408) return net::GrpcCode::kDeadlineExceeded;
  if (status == 413) return net::GrpcCode::kResourceExhausted;
  return net::grpc_code_of_http(status);
}

}  // namespace

void report(const Log& log, std::string_view event, std::string_view problem) noexcept {
  try {
    log.error(event, {{"problem", problem}});
  } catch (...) {  // Memory is so short that it cannot even be said.
  }
}

net::HttpResponse fault(const Shared& shared, int status, const char* code) {
  net::HttpResponse response = shared.options.fault_response(status, code);
  if (!is_well_formed(response)) response = default_fault_response(status, code);
  if (status == 503 && !response.header("Retry-After")) response.headers.emplace_back("Retry-After", "1");
  return response;
}

// A handler promises not to throw. If one does, it costs one request and not the process.
net::HttpResponse ask(const Shared& shared, const net::HttpRequest& request) noexcept {
  try {
    net::HttpResponse response = shared.handler.handle(request);
    if (is_well_formed(response)) return response;
    report(shared.log, "http.response", "the handler made a malformed status or header");
    return fault(shared, 500, "http.internal");
  } catch (const std::exception& problem) {
    report(shared.log, "http.handler", problem.what());
  } catch (...) {
    report(shared.log, "http.handler", "unknown exception");
  }
  // Bare, since a body might need the memory that was missing.
  net::HttpResponse bare;
  bare.close = true;
  return bare;
}

void log_request(const Shared& shared, const Peer& peer, const net::HttpRequest& request, int status) {
  if (!shared.log.enabled(LogLevel::kDebug)) return;
  shared.log.debug(
      "http.request",
      {{"peer", peer.address}, {"method", request.method}, {"path", request.path()}, {"status", std::int64_t{status}}});
}

net::HttpResponse http2_fault(const Shared& shared, const net::HttpRequest& request, int status, const char* code) {
  const std::optional<std::string_view> type = request.header("content-type");
  if (!type.has_value() || !net::is_grpc_content_type(*type)) return fault(shared, status, code);
  net::HttpResponse response;
  response.status = 200;
  response.headers = net::grpc_trailers({grpc_code_of_refusal(status), code});
  response.headers.emplace_back("content-type", "application/grpc");
  return response;
}

}  // namespace avouch::edge
