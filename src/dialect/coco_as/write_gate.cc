#include "dialect/coco_as/write_gate.h"

#include <algorithm>
#include <array>

#include "net/grpc.h"
#include "net/grpc_wire.h"

namespace avouch::dialect::coco_as {
namespace {

constexpr std::string_view kAdvice =
    "changing anything here takes an administrator's bearer token: `avouch --url` with the address of this service "
    "makes "
    "and sends one; or its config says avouch.insecure_writes = true";

// What everybody may ask by POST: it changes nothing, and says nothing that an attacker could use. Any other is
// guarded, whatever it says of its content, so that a method added later is shut until somebody opens it here.
constexpr std::array<std::string_view, 6> kFreePosts = {
    "/attestation.AttestationService/AttestationEvaluate",
    "/attestation.AttestationService/GetAttestationChallenge",
    "/reference.ReferenceValueProviderService/QueryReferenceValue",
    "/avouch.ReferenceValues/Query",
    "/attestation",
    "/challenge",
};
constexpr std::string_view kHealthPrefix = "/grpc.health.v1.Health/";
constexpr std::string_view kSessionPrefix = "/challenge-response/v1/";  // of Veraison's verification service
constexpr std::string_view kManagePrefix = "/avouch/v1/";               // asks for a token itself
constexpr std::string_view kPolicyPrefix = "/policy/";                  // texts of policies

bool is_grpc(const net::HttpRequest& request) {
  return net::is_grpc_content_type(request.header("Content-Type").value_or(""));
}

bool is_guarded(const net::HttpRequest& request) {
  const std::string_view path = request.path();
  if (path.starts_with(kManagePrefix)) return false;
  if (request.method != "POST") return path.starts_with(kPolicyPrefix);
  if (path.starts_with(kHealthPrefix) || path.starts_with(kSessionPrefix)) return false;
  return std::find(kFreePosts.begin(), kFreePosts.end(), path) == kFreePosts.end();
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
  if (!is_guarded(request)) return parts_.inner.handle(request);
  // A page in somebody's browser reaches this machine's loopback, too; every browser names the page's origin.
  const bool is_from_page = request.header("Origin").has_value();
  if (parts_.open_to == OpenTo::kEverybody && !is_from_page) return parts_.inner.handle(request);
  const std::string path = net::percent_decode(request.path()).value_or("");
  const Result<std::string> who = parts_.admin.authorize(request.bearer_token(), path, parts_.clock.now());
  if (who.has_value()) return parts_.inner.handle(request);
  ledger::Decision decision = parts_.decisions.begin("admin", request.peer, request.method + " " + path);
  decision.error = who.error();
  parts_.decisions.record(decision);
  return refuse(request, decision.id);
}

}  // namespace avouch::dialect::coco_as
