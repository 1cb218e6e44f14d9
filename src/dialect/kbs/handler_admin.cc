// The administrative half of the KBS dialect.
#include <algorithm>

#include "codec/base64.h"
#include "dialect/kbs/route.h"

namespace avouch::dialect::kbs {
namespace {

// The text of a policy in a message: base64url without padding, nothing else.
Result<std::string> policy_text(const Json& message) {
  const std::string* encoded = message.find_string("policy");
  ENSURE(encoded != nullptr, Error{Blame::kRequest, "kbs.policy.shape", "the member policy is missing"});
  const Result<Buffer> text = codec::from_base64url(*encoded);
  ENSURE(text.has_value(),
         Error{Blame::kRequest, "kbs.policy.encoding", "Failed to decode policy: base64url without padding is needed"});
  return std::string(as_text(*text));
}

// What the caller is told. The detail of a token that does not verify stays with us: nobody has proved anything yet.
std::string public_cause(const Error& error) {
  const std::string_view code = error.code;
  if (code == "admin.no-token") return "Failed to parse HTTP Auth Bearer header";
  if (code == "admin.token") return "Admin access denied: Cannot verify token with any of the issuers";
  return "Admin access denied: " + error.detail;
}

net::HttpResponse rvps_error(const Error& error) {
  return failure_response(error, "RvpsError",
                          "RVPS configuration failed: Failed to register reference value: " + error.detail);
}

}  // namespace

// Rules see the path as it is routed, decoded, so that no spelling of it slips past them.
Result<std::string> KbsHandler::administrator(const net::HttpRequest& request) const {
  const std::string path = net::percent_decode(request.path()).value_or("");
  return parts_.admin.authorize(request.bearer_token(), path, parts_.clock.now());
}

std::optional<net::HttpResponse> KbsHandler::forbid(const net::HttpRequest& request, std::string_view endpoint,
                                                    bool is_plugin) const {
  const Result<std::string> who = administrator(request);
  if (who.has_value()) return std::nullopt;
  ledger::Decision decision =
      parts_.decisions.begin("admin", request.peer, request.method + " " + std::string(request.path()));
  decision.error = who.error();
  parts_.decisions.record(decision);
  log_refusal("admin.refused", decision.id, *decision.error);
  const std::string cause = public_cause(who.error());
  // The peer answers plugin routes with another type than its own routes; scripts tell them apart by it.
  return is_plugin
             ? error_response(401, "AdminAuthInitialization", "failed to initialize [admin] configuration: " + cause,
                              decision.id)
             : error_response(401, "AdminAuthAccess",
                              "admin access denied for endpoint " + std::string(endpoint) + ": " + cause, decision.id);
}

void KbsHandler::record_admin(const net::HttpRequest& request, const std::string& what, Json names) const {
  ledger::Decision decision = parts_.decisions.begin("admin", request.peer, what);
  decision.outcome = "granted";
  decision.facts.set("by", administrator(request).value_or("?"));
  if (!names.is_null()) decision.facts.set("names", std::move(names));
  parts_.decisions.record(decision);
}

net::HttpResponse KbsHandler::set_attestation_policy(const net::HttpRequest& request) const {
  if (auto forbidden = forbid(request, "attestation-policy", false)) return *std::move(forbidden);
  const auto set = [&]() -> Result<std::string> {
    const Json message = TRY(parse_json(request.body));
    const std::string* id = message.find_string("policy_id");
    ENSURE(id != nullptr, Error{Blame::kRequest, "kbs.policy.shape", "the member policy_id is missing"});
    const std::string text = TRY(policy_text(message));
    TRY(parts_.verifier.set_policy(*id, text));
    return *id;
  };
  const Result<std::string> id = set();
  if (!id.has_value()) {
    return failure_response(id.error(), "AttestationError",
                            "Attestation error: Set Attestation Policy failed: " + id.error().detail);
  }
  record_admin(request, "set attestation policy " + *id);
  return empty_response(200);
}

net::HttpResponse KbsHandler::set_resource_policy(const net::HttpRequest& request) const {
  if (auto forbidden = forbid(request, "resource-policy", false)) return *std::move(forbidden);
  const Result<Json> message = parse_json(request.body);
  const Result<std::string> text = message.has_value() ? policy_text(*message) : Result<std::string>(message.error());
  if (!text.has_value()) {
    return failure_response(text.error(), "ParsePolicyError", "Failed to parse policy: " + text.error().detail);
  }
  const Status set = parts_.resource_policies.set(broker::kResourcePolicyId, *text);
  if (!set.has_value()) {
    return failure_response(set.error(), "PolicyEngineError",
                            "Policy engine error: Failed to load policy: " + set.error().detail);
  }
  record_admin(request, "set resource policy");
  return empty_response(200);
}

net::HttpResponse KbsHandler::get_resource_policy(const net::HttpRequest& request) const {
  if (auto forbidden = forbid(request, "resource-policy", false)) return *std::move(forbidden);
  if (!options_.december_2025) return json_response(200, to_text(Json::array({broker::kResourcePolicyId})));
  const Result<ledger::ActivePolicy> policy = parts_.resource_policies.get(broker::kResourcePolicyId);
  if (!policy.has_value()) return failure_response(policy.error(), "PolicyEngineError", policy.error().detail);
  return {200, {{"Content-Type", "text/xml"}}, codec::to_base64url(as_bytes(policy->program->source())), false};
}

// One record a call: with one a name, a single call could push all decisions of before off the record. A verifier
// elsewhere does not say which names it set.
void KbsHandler::record_reference_values(const net::HttpRequest& request, const std::vector<std::string>& set) const {
  constexpr std::size_t kNamesShown = 100;
  if (set.empty()) return record_admin(request, "set reference values");
  if (set.size() == 1) return record_admin(request, "set reference value " + set.front());
  Json names = Json::array();
  for (std::size_t i = 0; i < std::min(set.size(), kNamesShown); ++i) names.push_back(set[i]);
  record_admin(request, "set " + std::to_string(set.size()) + " reference values", std::move(names));
}

net::HttpResponse KbsHandler::set_reference_values(const net::HttpRequest& request) const {
  if (auto forbidden = forbid(request, "reference-value", false)) return *std::move(forbidden);
  const Result<std::vector<std::string>> names = parts_.verifier.accept_reference_values(request.body);
  if (!names.has_value()) return rvps_error(names.error());
  record_reference_values(request, *names);
  net::HttpResponse response = empty_response(200);
  response.headers.emplace_back("Content-Type", "application/json");
  return response;
}

net::HttpResponse KbsHandler::get_reference_value(const net::HttpRequest& request, const Route& route) const {
  if (auto forbidden = forbid(request, "reference-value", false)) return *std::move(forbidden);
  const std::string prefix = "RVPS configuration failed: Failed to get reference_values: ";
  const Result<std::optional<Json>> value = parts_.verifier.reference_value(route.rest);
  if (!value.has_value()) return failure_response(value.error(), "RvpsError", prefix + value.error().detail);
  if (!value->has_value()) {
    return error_response(401, "RvpsError", prefix + "No reference value found for the given id: " + route.rest);
  }
  return json_response(200, to_text(**value));
}

net::HttpResponse KbsHandler::change_resource(const net::HttpRequest& request, const Route& route) const {
  if (auto forbidden = forbid(request, "resource", true)) return *std::move(forbidden);
  const bool erase = request.method == "DELETE";
  const auto change = [&]() -> Status {
    const broker::ResourcePath path = TRY(broker::ResourcePath::parse(route.rest));
    if (!erase) return parts_.vault.put(path, as_bytes(request.body));
    const bool was_there = TRY(parts_.vault.erase(path));
    ENSURE(was_there, Error{Blame::kRequest, "resource.unknown", "there is no resource " + path.text()});
    return ok();
  };
  const Status changed = change();
  if (!changed.has_value()) {
    parts_.log.warn("resource.not-changed", {{"code", changed.error().code}, {"detail", changed.error().detail}});
    return failure_response(changed.error(), "PluginInternalError", "Plugin internal error");
  }
  metrics_.add(erase ? Count::kResourceDeletes : Count::kResourceWrites);
  record_admin(request, (erase ? "delete resource " : "set resource ") + route.rest);
  net::HttpResponse response = empty_response(200);
  response.headers.emplace_back("Content-Type", "text/xml");  // as the peer says, of an empty body
  return response;
}

}  // namespace avouch::dialect::kbs
