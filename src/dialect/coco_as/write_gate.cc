#include "dialect/coco_as/write_gate.h"

#include <algorithm>
#include <array>

#include "net/grpc.h"

namespace avouch::dialect::coco_as {
namespace {

constexpr std::string_view kAdvice =
    "changing anything here takes an administrator's bearer token; `avouch --url` with the address of this service "
    "makes "
    "and sends one, or its config says avouch.insecure_writes = true";

// Calls that are free to everybody: they change nothing, and say nothing that an attacker could use. Every other gRPC
// call is guarded, so that a method added later is shut until somebody opens it here.
constexpr std::array<std::string_view, 4> kFreeCalls = {
    "/attestation.AttestationService/AttestationEvaluate",
    "/attestation.AttestationService/GetAttestationChallenge",
    "/reference.ReferenceValueProviderService/QueryReferenceValue",
    "/avouch.ReferenceValues/Query",
};
constexpr std::string_view kHealthPrefix = "/grpc.health.v1.Health/";
constexpr std::string_view kManagePrefix = "/avouch/v1/";  // asks for a token itself

bool is_grpc(const net::HttpRequest& request) {
  return request.header("Content-Type").value_or("").starts_with("application/grpc");
}

bool is_guarded(const net::HttpRequest& request) {
  const std::string_view path = request.path();
  if (path.starts_with(kManagePrefix)) return false;
  if (is_grpc(request)) {
    return std::find(kFreeCalls.begin(), kFreeCalls.end(), path) == kFreeCalls.end() &&
           !path.starts_with(kHealthPrefix);
  }
  const bool reads_policy_text = request.method == "GET" && path.starts_with("/policy/");
  return reads_policy_text || (request.method == "POST" && path == "/policy");
}

// "Trailers-Only": the status in the only header block.
net::HttpResponse refuse(const net::HttpRequest& request, const std::string& decision_id) {
  const std::string text = std::string(kAdvice) + "; decision " + decision_id;
  net::HttpResponse out;
  if (is_grpc(request)) {
    out.status = 200;
    out.headers = {{"Content-Type", "application/grpc"},
                   {"grpc-status", std::to_string(static_cast<int>(net::GrpcCode::kUnauthenticated))},
                   {"grpc-message", net::percent_encode(text)}};
    return out;
  }
  out.status = 401;
  out.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"WWW-Authenticate", "Bearer"}};
  out.body = text;
  return out;
}

}  // namespace

net::HttpResponse WriteGate::handle(const net::HttpRequest& request) const {
  if (!is_guarded(request) || parts_.open_to == OpenTo::kEverybody) return parts_.inner.handle(request);
  const std::string path = net::percent_decode(request.path()).value_or("");
  const Result<std::string> who = parts_.admin.authorize(request.bearer_token(), path, parts_.clock.now());
  if (who.has_value()) return parts_.inner.handle(request);
  ledger::Decision decision = parts_.decisions.begin("admin", request.peer, request.method + " " + path);
  decision.error = who.error();
  parts_.decisions.record(decision);
  return refuse(request, decision.id);
}

}  // namespace avouch::dialect::coco_as
