#include "dialect/manage/handler.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "appraise/record.h"
#include "dialect/manage/call.h"
#include "dialect/manage/openapi.h"

namespace avouch::dialect::manage {

namespace {

// The description of every route, for everybody: whoever has the sources has it, too.
constexpr std::string_view kDocumentName = "openapi.json";

int status_of(const Error& error) {
  const std::string_view code = error.code;
  if (code.starts_with("admin.")) return code == "admin.role" ? 403 : 401;
  if (code == "manage.method") return 405;
  if (code == "manage.route" || code.ends_with(".unknown")) return 404;
  if (code == "reference.revoked" || code == "reference.state" || code == "reference.ended") return 409;
  switch (error.blame) {
    case Blame::kUnavailable:
      return 503;
    case Blame::kInternal:
      return 500;
    case Blame::kPolicy:
      return 422;
    case Blame::kEvidence:
    case Blame::kRequest:
      return 400;
  }
  return 500;
}

Json error_json(const Error& error) {
  return Json::object({{"blame", to_string(error.blame)}, {"code", error.code}, {"detail", error.detail}});
}

net::HttpResponse respond(const Result<Json>& result) {
  const Json body = result.has_value() ? *result : Json::object({{"error", error_json(result.error())}});
  return {result.has_value() ? 200 : status_of(result.error()),
          {{"Content-Type", "application/json"}},
          to_text(body),
          false};
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
    out.push_back(net::percent_decode(segment).value_or(""));
  }
  return out;
}

std::string_view id_or_newest(const std::string& id) {
  return id == "last" ? std::string_view() : std::string_view(id);
}

Json keys_of(const std::vector<tee::EndorsedRecords::Record>& records) {
  Json out = Json::array();
  for (const tee::EndorsedRecords::Record& record : records) {
    out.push_back(Json::object({{"key", record.key}, {"content", record.content}}));
  }
  return out;
}

}  // namespace

net::HttpResponse ManageHandler::handle(const net::HttpRequest& request) const {
  if (request.method == "GET" &&
      request.path().substr(std::min(request.path().size(), kPrefix.size())) == kDocumentName) {
    return {200, {{"Content-Type", "application/json"}}, std::string(openapi_document()), false};
  }
  // Rules see the path decoded, so that no spelling of it slips past them.
  const std::string decoded = net::percent_decode(request.path()).value_or("");
  const Result<std::string> who = parts_.admin.authorize(request.bearer_token(), decoded, parts_.clock.now());
  if (!who.has_value()) return forbid(request, who.error());
  const std::string_view path = request.path();
  const Call call{request, split_path(path.substr(std::min(path.size(), kPrefix.size()))), *who};
  const Result<Json> result = dispatch(call);
  if (result.has_value() || std::string_view(result.error().code) != "manage.route") return respond(result);
  const std::string methods = documented_methods(call.path);
  if (methods.empty() || methods.find(request.method) != std::string::npos) return respond(result);
  net::HttpResponse response = respond(Error{Blame::kRequest, "manage.method", "this route takes " + methods});
  response.headers.emplace_back("Allow", methods);
  return response;
}

net::HttpResponse ManageHandler::forbid(const net::HttpRequest& request, const Error& error) const {
  ledger::Decision decision =
      parts_.decisions.begin("admin", request.peer, request.method + " " + std::string(request.path()));
  decision.error = error;
  parts_.decisions.record(decision);
  Json body = error_json(error);
  body.set("decision", decision.id);
  return {status_of(error),
          {{"Content-Type", "application/json"}},
          to_text(Json::object({{"error", std::move(body)}})),
          false};
}

// What this process would keep and nobody would look at is refused, with where it belongs.
Status ManageHandler::check_place(const Call& call, std::string_view head) const {
  const bool is_reference = head == "reference-values" || head == "reference-forecast";
  const bool is_judging = is_reference || head == "endorsements" || head == "policy-test" ||
                          (head == "policies" && call.path.size() > 1 && call.path[1] == "attestation");
  std::string place;
  if (is_reference) place = parts_.references_address;
  if (is_judging && !parts_.verifier_address.empty()) place = parts_.verifier_address;
  const Error elsewhere{Blame::kRequest, "manage.elsewhere", "that is at " + place + ": ask with --url " + place};
  return place.empty() ? ok() : Status(elsewhere);
}

Result<Json> ManageHandler::dispatch(const Call& call) const {
  const std::string head = call.path.empty() ? "" : call.path.front();
  TRY(check_place(call, head));
  if (head == "decisions") return decisions(call);
  if (head == "endorsements") return endorsements(call);
  if (head == "reference-values") return reference_values(call);
  if (head == "reference-forecast") return forecast(call);
  if (head == "policies") return policies(call);
  if (head == "policy-test") return test_policy(call);
  if (head == "resources" && call.is("GET", 1)) {
    Json names = Json::array();
    for (const std::string& name : TRY(parts_.vault.list(call.parameter("prefix")))) names.push_back(name);
    return Json::object({{"resources", std::move(names)}});
  }
  return no_such_route();
}

Result<Json> ManageHandler::decisions(const Call& call) const {
  if (call.is("GET", 1)) {
    constexpr std::size_t kLimitDefault = 20, kLimitMax = 1'000;
    const std::size_t limit = TRY(call.count("limit", kLimitDefault));
    const std::string outcome = call.parameter("outcome");
    ENSURE(outcome.empty() || outcome == "granted" || outcome == "refused",
           Error{Blame::kRequest, "manage.shape", "outcome has to be granted or refused"});
    Json list = Json::array();
    for (Json& decision : TRY(parts_.decisions.newest(std::min(limit, kLimitMax), outcome))) {
      list.push_back(std::move(decision));
    }
    return Json::object({{"decisions", std::move(list)}});
  }
  if (call.is("GET", 3) && call.path[2] == "why") return parts_.why.explain(id_or_newest(call.path[1]));
  if (call.is("POST", 3) && call.path[2] == "approve") {
    return parts_.why.approve(id_or_newest(call.path[1]), call.by, call.request.peer);
  }
  return no_such_route();
}

Result<Json> ManageHandler::endorsements(const Call& call) const {
  if (call.is("GET", 1)) {
    const tee::EndorsedRecords stored = TRY(parts_.endorsements.stored());
    return Json::object({{"trust-anchors", keys_of(stored.trust_anchors)},
                         {"platform-references", keys_of(stored.platform_references)}});
  }
  if (call.is("POST", 2)) {  // endorsements/<tee>
    const tee::Room* room = TRY(parts_.rooms.find(call.path[1]));
    const Json document = TRY(parse_json(call.request.body));
    const tee::EndorsedRecords records = TRY(room->read_endorsements(document));
    ENSURE(!records.trust_anchors.empty() || !records.platform_references.empty() || !records.reference_values.empty(),
           Error{Blame::kRequest, "endorsement.nothing", "there is no endorsement in this document"});
    TRY(parts_.endorsements.add(records));
    for (const tee::EndorsedRecords::Record& value : records.reference_values) {
      TRY(provider().add(value.key, value.content));
    }
    record(call, "add endorsements for " + call.path[1]);
    return Json::object({{"trust-anchors", std::int64_t(records.trust_anchors.size())},
                         {"platform-references", std::int64_t(records.platform_references.size())},
                         {"reference-values", std::int64_t(records.reference_values.size())}});
  }
  if (call.request.method == "DELETE" && call.path.size() >= 2) {  // endorsements/<key>, whatever a room's keys are
    std::string key = call.path[1];
    for (std::size_t i = 2; i < call.path.size(); ++i) key += "/" + call.path[i];
    const bool removed = TRY(parts_.endorsements.revoke_trust_anchor(key));
    ENSURE(removed, Error{Blame::kRequest, "endorsement.unknown", "no trust anchor " + key + " is stored"});
    record(call, appraise::revocation_subject(key));
    return Json::object({{"removed", key}});
  }
  return no_such_route();
}

Result<Json> ManageHandler::policies(const Call& call) const {
  ENSURE(call.path.size() >= 2 && (call.path[1] == "attestation" || call.path[1] == "resource"), no_such_route());
  ledger::Policies& set = call.path[1] == "attestation" ? parts_.attestation_policies : parts_.resource_policies;
  if (call.is("GET", 2)) {
    Json ids = Json::array();
    for (const std::string& id : TRY(set.ids())) ids.push_back(id);
    return Json::object({{"policies", std::move(ids)}});
  }
  if (call.is("GET", 3)) {
    const ledger::ActivePolicy policy = TRY(set.get(call.path[2]));
    return Json::object({{"id", policy.id},
                         {"sha256", policy.digest},
                         {"default", policy.is_default},
                         {"policy", policy.program->source()}});
  }
  if (call.is("DELETE", 3)) {
    const bool removed = TRY(set.erase(call.path[2]));
    ENSURE(removed, Error{Blame::kRequest, "policy.unknown", "policy " + call.path[2] + " was not set"});
    record(call, "delete " + call.path[1] + " policy " + call.path[2]);
    return Json::object({{"removed", call.path[2]}});
  }
  return no_such_route();
}

// {"policy": text, "decision": id}: what the policy would have said of a decision's evidence, with today's reference
// values.
Result<Json> ManageHandler::test_policy(const Call& call) const {
  ENSURE(call.is("POST", 1), no_such_route());
  const Json asked = TRY(parse_json(call.request.body));
  const std::string* source = asked.find_string("policy");
  const std::string* id = asked.find_string("decision");
  ENSURE(source != nullptr && id != nullptr,
         Error{Blame::kRequest, "manage.shape", "policy and decision have to be texts"});
  const Json decision = TRY(parts_.why.explain(id_or_newest(*id)));
  const Json* origin = decision.find("attestation");
  const bool is_attestation = origin != nullptr || *decision.find("kind") == Json("attest");
  const Json* input = is_attestation ? (origin != nullptr ? *origin : decision).find("input") : nullptr;
  ENSURE(input != nullptr,
         Error{Blame::kRequest, "manage.no-evidence", "that decision came before any evidence was authentic"});
  const auto program = TRY(policy::compile("test", *source));
  const auto references = TRY(provider().references(program->reference_names()));
  std::optional<Error> failure;
  const auto lookup = [&](const std::string& name) {
    appraise::ReferenceAnswer answer = references->ask(name, parts_.clock.now());
    if (answer.failure.has_value()) failure = std::move(answer.failure);
    return answer.value;
  };
  const policy::Explanation result = TRY(program->explain("data.policy.trust_claims", *input, Json::object(), lookup));
  ENSURE(!failure.has_value(), *failure);  // as in an appraisal: it must not be taken for missing
  Json absent = Json::array(), failed = Json::array();
  for (const std::string& path : result.absent_paths) absent.push_back(path);
  for (const int line : result.lines_that_failed) failed.push_back(line);
  return Json::object({{"trust_claims", result.value.value_or(Json())},
                       {"lines_that_failed", std::move(failed)},
                       {"absent_paths", std::move(absent)}});
}

void ManageHandler::record(const Call& call, const std::string& what) const {
  record(call, parts_.decisions.begin("admin", call.request.peer, what));
}

void ManageHandler::record(const Call& call, ledger::Decision decision) const {
  decision.outcome = "granted";
  decision.facts.set("by", call.by);
  parts_.decisions.record(std::move(decision));
}

}  // namespace avouch::dialect::manage
