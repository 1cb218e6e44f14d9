#include "broker/broker.h"

#include <array>

namespace avouch::broker {
namespace {

constexpr std::array<std::string_view, 1> kRules = {"data.policy.allow"};

// `data` of a resource policy, as the peer fills it.
Json policy_data(const std::string& path, const Json& query, PathForm form) {
  Json segments = Json::array();
  for (std::size_t from = 0; form == PathForm::kSegments;) {
    const std::size_t slash = path.find('/', from);
    segments.push_back(path.substr(from, slash - from));
    if (slash == std::string::npos) break;
    from = slash + 1;
  }
  return Json::object({{"plugin", "resource"},
                       {"resource-path", form == PathForm::kSegments ? std::move(segments) : Json("resource/" + path)},
                       {"query", query}});
}

// Status per submodule: what most resource policies look at, and what an operator wants to see first.
Json statuses(const Json& claims) {
  Json out = Json::object();
  const Json* submods = claims.find("submods");
  if (submods == nullptr || submods->as_object() == nullptr) return out;
  for (const auto& [name, submod] : *submods->as_object()) {
    const Json* status = submod.find("ear.status");
    out.set(name, status == nullptr ? Json() : *status);
  }
  return out;
}

Status ask(const policy::Program& policy, const policy::Document& input, const Json& data) {
  const policy::ReferenceLookup no_references = [](const std::string&) -> Json { return nullptr; };
  const policy::Evaluations verdict = TRY(policy.evaluate(kRules, input, data, no_references));
  const std::optional<Json>& allow = verdict.values.front();
  const bool* allowed = allow.has_value() ? allow->as_bool() : nullptr;
  ENSURE(allowed != nullptr && *allowed,
         Error{Blame::kPolicy, "release.denied",
               allowed != nullptr ? "the resource policy says no"
                                  : "the resource policy does not define allow as true or false"});
  return ok();
}

}  // namespace

tl::expected<Release, ledger::Refusal> Broker::release(const VerifiedEar& ear, const ReleaseRequest& request) {
  ledger::Decision decision = parts_.decisions.begin("release", request.peer, request.path);
  if (!ear.decision_id().empty()) decision.facts.set("attestation_id", ear.decision_id());
  decision.facts.set("submods", statuses(ear.claims()));
  Result<Json> sealed = judge(ear, request, decision);
  if (sealed.has_value()) {
    decision.outcome = "granted";
  } else {
    decision.error = sealed.error();
  }
  std::string id = decision.id;
  parts_.decisions.record(std::move(decision));
  if (!sealed.has_value()) return tl::unexpected(ledger::Refusal{std::move(sealed).error(), std::move(id)});
  return Release{*std::move(sealed), std::move(id)};
}

Result<Json> Broker::judge(const VerifiedEar& ear, const ReleaseRequest& request, ledger::Decision& decision) {
  TRY(allow(ear, request, decision));
  const ResourcePath path = TRY(ResourcePath::parse(request.path));
  const std::optional<Secret> secret = TRY(parts_.vault.get(path));
  ENSURE(secret.has_value(), Error{Blame::kRequest, "resource.unknown", "there is no resource " + path.text()});
  return jose::seal_jwe(ear.recipient(), secret->reveal());
}

Status Broker::allow(const VerifiedEar& ear, const ReleaseRequest& request, ledger::Decision& decision) {
  const ledger::ActivePolicy policy = TRY(parts_.policies.get(kResourcePolicyId));
  decision.facts.set("policy",
                     Json::object({{"id", policy.id}, {"sha256", policy.digest}, {"default", policy.is_default}}));
  Json data = policy_data(request.path, request.query, parts_.path_form);
  Status allowed = ask(*policy.program, ear.policy_input(), data);
  if (!allowed.has_value()) {  // what the policy saw, so that it can be asked again why it said no
    decision.facts.set("input", ear.claims());
    decision.facts.set("data", std::move(data));
  }
  return allowed;
}

}  // namespace avouch::broker
