#include "dialect/coco_as/rest.h"

#include <algorithm>

#include "base/limits.h"

namespace avouch::dialect::coco_as {
namespace {

constexpr std::string_view kPolicyPrefix = "/policy/";

net::HttpResponse reply(int status, std::string body = "") {
  net::HttpResponse out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

net::HttpResponse typed(int status, const char* type, std::string body) {
  net::HttpResponse out = reply(status, std::move(body));
  out.headers.emplace_back("Content-Type", type);
  return out;
}

// As the peer has it: 500 whoever is to blame, and a numbered chain of causes.
net::HttpResponse failed(const Error& error, const char* context, const std::string& cause) {
  const bool may_help_later = error.blame == Blame::kUnavailable;
  net::HttpResponse out = typed(may_help_later ? 503 : 500, "text/plain; charset=utf-8",
                                "An internal error occured: \n0: " + std::string(context) + "\n1: " + cause);
  if (may_help_later) out.headers.emplace_back("Retry-After", "1");
  return out;
}

net::HttpResponse failed(const Error& error, const char* context) {
  return failed(error, context, public_cause(error));
}

net::HttpResponse bad_json(const std::string& problem) {
  return typed(400, "text/plain; charset=utf-8", "Json deserialize error: " + problem);
}

}  // namespace

net::HttpHandler::Weight RestHandler::weight(const net::HttpRequest& head) const {
  const std::string_view path = head.path();
  const bool is_light = path == "/healthz" || path == "/challenge" || path == "/.well-known/jwks.json";
  return is_light ? Weight::kLight : Weight::kHeavy;
}

std::size_t RestHandler::body_limit_bytes(const net::HttpRequest& head) const {
  return weight(head) == Weight::kLight ? limits::kLightBodyBytes : net::HttpHandler::body_limit_bytes(head);
}

net::HttpResponse RestHandler::handle(const net::HttpRequest& request) const {
  net::HttpResponse out = answer(request);
  const std::string origin(request.header("Origin").value_or(""));
  if (std::find(allowed_origins_.begin(), allowed_origins_.end(), origin) != allowed_origins_.end()) {
    out.headers.emplace_back("Access-Control-Allow-Origin", origin);
    out.headers.emplace_back("Vary", "Origin");
  }
  return out;
}

net::HttpResponse RestHandler::answer(const net::HttpRequest& request) const {
  const std::string_view path = request.path();
  const bool get = request.method == "GET", post = request.method == "POST";
  if (path == "/attestation" && post) return evaluate(request);
  if (path == "/policy" && post) return set_policy(request);
  if (path == "/policy" && get) return policies();
  if (path.starts_with(kPolicyPrefix) && get) return policy(path.substr(kPolicyPrefix.size()));
  if (path == "/challenge" && post) return challenge(request);
  if (path == "/.well-known/jwks.json" && get) return typed(200, "application/json", to_text(evaluator_.jwks()));
  if (path == "/healthz" && get) return reply(200);
  if (request.method == "OPTIONS" && !allowed_origins_.empty()) {
    net::HttpResponse out = reply(204);
    out.headers = {{"Access-Control-Allow-Methods", "GET, POST, OPTIONS"},
                   {"Access-Control-Allow-Headers", "Content-Type, Authorization"},
                   {"Access-Control-Max-Age", "86400"}};
    return out;
  }
  return reply(404);
}

net::HttpResponse RestHandler::evaluate(const net::HttpRequest& request) const {
  const Result<Json> message = parse_json(request.body);
  if (!message.has_value()) return bad_json(message.error().detail);
  tl::expected<std::string, ledger::Refusal> token = evaluator_.evaluate_rest(*message, request.peer);
  if (token.has_value()) return reply(200, *std::move(token));
  const Error& error = token.error().error;
  if (std::string_view(error.code) == "as.shape") return bad_json(error.detail);
  return failed(error, "attestation report evaluate", public_cause(token.error()));
}

net::HttpResponse RestHandler::set_policy(const net::HttpRequest& request) const {
  const Result<Json> message = parse_json(request.body);
  if (!message.has_value()) return bad_json(message.error().detail);
  const std::string* id = message->find_string("policy_id");
  const std::string* policy = message->find_string("policy");
  if (id == nullptr || policy == nullptr) return bad_json("policy_id and policy have to be texts");
  const Status set = evaluator_.set_policy(*id, *policy, request.peer);
  return set.has_value() ? reply(200) : failed(set.error(), "set policy");
}

net::HttpResponse RestHandler::policies() const {
  const Result<std::vector<std::string>> ids = evaluator_.policies().ids();
  if (!ids.has_value()) return failed(ids.error(), "get policies");
  Json list = Json::array();
  for (const std::string& id : *ids) list.push_back(Json::object({{"policy-id", id}}));
  return typed(200, "application/json", to_text(list));
}

net::HttpResponse RestHandler::policy(std::string_view id) const {
  const std::optional<std::string> decoded = net::percent_decode(id);
  if (!decoded.has_value()) return reply(404);
  const Result<ledger::ActivePolicy> policy = evaluator_.policies().get(*decoded);
  if (policy.has_value()) return typed(200, "text/plain; charset=utf-8", policy->program->source());
  const bool is_unknown = std::string_view(policy.error().code) == "policy.unknown";
  return is_unknown ? reply(404) : failed(policy.error(), "get policy");
}

net::HttpResponse RestHandler::challenge(const net::HttpRequest& request) const {
  const Result<Json> message = parse_json(request.body);
  if (!message.has_value()) return bad_json(message.error().detail);
  const std::string* tee = message->find_string("tee");
  if (tee == nullptr || message->find_string("tee_params") == nullptr) {
    return failed(Error{Blame::kRequest, "as.shape", "tee and tee_params have to be texts"}, "generate challenge");
  }
  Result<std::string> challenge = evaluator_.challenge(*tee);
  return challenge.has_value() ? reply(200, *std::move(challenge)) : failed(challenge.error(), "generate challenge");
}

}  // namespace avouch::dialect::coco_as
