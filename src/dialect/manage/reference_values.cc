// The routes below reference-values/ and reference-forecast.
#include <algorithm>
#include <utility>

#include "appraise/lifecycle.h"
#include "codec/json_text.h"
#include "dialect/manage/call.h"

namespace avouch::dialect::manage {
namespace {

using appraise::LifeState;

Error bad_body(const std::string& problem) {
  return Error{Blame::kRequest, "manage.shape", problem};
}

Error unknown(const std::string& name) {
  return Error{Blame::kRequest, "reference.unknown", "no reference value " + name};
}

Json describe(const appraise::ReferenceSnapshot& snapshot, const std::string& name, Instant now) {
  Json out = Json::object({{"name", name}, {"value", nullptr}});
  const auto found = snapshot.all().find(name);
  if (found != snapshot.all().end()) {
    out.set("value", found->second.value);
    out.set("expires", to_rfc3339(found->second.expires_at));
    out.set("expired", found->second.expires_at <= now);
  }
  if (const Error* damage = snapshot.damage(name)) out.set("damaged", damage->detail);
  if (!snapshot.life(name).empty()) {
    out.set("counts", snapshot.find(name, now));
    out.set("life", to_json(snapshot.life(name)));
  }
  return out;
}

// Of a list, what goes on record.
Json beginning_of(const Json::Array& list) {
  constexpr std::size_t kOnRecordMax = 100;
  return Json(
      Json::Array(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(std::min(list.size(), kOnRecordMax))));
}

struct Act {
  std::string_view name;
  LifeState state;
  const char* words;
};
constexpr Act kActs[] = {{"stage", LifeState::kCandidate, "stage"},
                         {"activate", LifeState::kActive, "activate"},
                         {"deprecate", LifeState::kDeprecated, "deprecate"},
                         {"revoke", LifeState::kRevoked, "revoke"}};

// {"value"?, "ends"?, "reason"?}
Status read_change(std::string_view body, appraise::LifeChange& out) {
  if (body.empty()) return ok();
  const Json json = TRY(parse_json(body));
  ENSURE(json.as_object() != nullptr, bad_body("needs an object: {\"value\", \"ends\", \"reason\"}, each optional"));
  for (const auto& [member, content] : *json.as_object()) {
    if (member == "value") {
      out.value = content;
    } else if (member == "reason" && content.as_string() != nullptr) {
      out.author.reason = *content.as_string();
    } else if (member == "ends" && content.as_string() != nullptr) {
      out.ends_at = appraise::parse_rfc3339(*content.as_string());
      ENSURE(out.ends_at.has_value(), bad_body("ends has to be a time as 2027-01-31T00:00:00Z"));
    } else {
      return bad_body(member + " means nothing here, or has to be a text");
    }
  }
  return ok();
}

// Decisions that a value held up: affirming ones whose policy asked for its name, and whose evidence has it.
bool relies_on(const Json& decision, const appraise::Ending& ending) {
  const Json* lookups = decision.find("lookups");
  const Json* input = decision.find("input");
  if (lookups == nullptr || input == nullptr || text_of(decision, "status") != "affirming") return false;
  for (const Json& lookup : appraise::elements(*lookups)) {
    const Json* name = lookup.find("name");
    if (name != nullptr && *name == Json(ending.name)) return appraise::occurs(ending.value, *input);
  }
  return false;
}

}  // namespace

Result<Json> ManageHandler::list_reference_values() const {
  Json list = Json::array();
  const auto snapshot = TRY(parts_.reference_values.snapshot());
  for (const std::string& name : snapshot->names()) list.push_back(describe(*snapshot, name, parts_.clock.now()));
  return Json::object({{"reference-values", std::move(list)}});
}

Result<Json> ManageHandler::show_reference_value(const std::string& name) const {
  const auto snapshot = TRY(parts_.reference_values.snapshot_of(name));
  ENSURE(!snapshot->names().empty(), unknown(name));
  return describe(*snapshot, name, parts_.clock.now());
}

// The body is a message of a supplier. With ?stage=true its values become candidates.
Result<Json> ManageHandler::register_reference_values(const Call& call) const {
  const std::string stage = call.parameter("stage");
  ENSURE(stage.empty() || stage == "true" || stage == "false", bad_body("stage has to be true or false"));
  const bool is_staged = stage == "true";
  ledger::Decision decision = parts_.decisions.begin("admin", call.request.peer, "");
  const std::vector<std::string> names =
      TRY(is_staged ? parts_.reference_values.stage(call.request.body, {call.by, decision.id, ""})
                    : parts_.reference_values.accept(call.request.body));
  Json list = Json::array();
  for (const std::string& name : names) list.push_back(name);
  decision.subject = std::string(is_staged ? "stage " : "set ") + std::to_string(names.size()) + " reference values";
  decision.facts.set("names", beginning_of(*list.as_array()));
  record(call, std::move(decision));
  return Json::object({{is_staged ? "staged" : "set", std::move(list)}});
}

// reference-values/{name}/{stage, activate, deprecate or revoke}
Result<Json> ManageHandler::change_reference_value(const Call& call) const {
  const auto act =
      std::find_if(std::begin(kActs), std::end(kActs), [&](const Act& each) { return each.name == call.path[2]; });
  ENSURE(act != std::end(kActs), no_such_route());
  const std::string& name = call.path[1];
  ledger::Decision decision =
      parts_.decisions.begin("admin", call.request.peer, std::string(act->words) + " reference value " + name);
  appraise::LifeChange change{act->state, name, std::nullopt, std::nullopt, {call.by, decision.id, ""}};
  TRY(read_change(call.request.body, change));
  Json::Array changed = TRY(parts_.reference_values.change(change));
  if (!changed.empty()) {  // what was so already is no act
    decision.facts.set("names", Json::array({name}));
    decision.facts.set("values", beginning_of(changed));
    if (change.ends_at.has_value()) decision.facts.set("ends", to_rfc3339(*change.ends_at));
    if (!change.author.reason.empty()) decision.facts.set("reason", change.author.reason);
    record(call, std::move(decision));
  }
  return Json::object({{"name", name}, {"state", to_string(act->state)}, {"values", Json(std::move(changed))}});
}

Result<Json> ManageHandler::reference_values(const Call& call) const {
  if (call.is("GET", 1)) return list_reference_values();
  if (call.is("POST", 1)) return register_reference_values(call);
  if (call.is("GET", 2)) return show_reference_value(call.path[1]);
  if (call.is("POST", 3)) return change_reference_value(call);
  if (call.is("PUT", 2)) {
    const Json value = TRY(parse_json(call.request.body));
    TRY(parts_.reference_values.set(call.path[1], value));
    record(call, "set reference value " + call.path[1]);
    return Json::object({{"set", call.path[1]}});
  }
  if (call.is("POST", 2)) {
    const Json measured = TRY(parse_json(call.request.body));
    TRY(parts_.reference_values.add(call.path[1], measured));
    record(call, "add to reference value " + call.path[1]);
    return Json::object({{"added", call.path[1]}});
  }
  if (call.is("DELETE", 2)) {
    const bool removed = TRY(parts_.reference_values.erase(call.path[1]));
    ENSURE(removed, unknown(call.path[1]));
    record(call, "delete reference value " + call.path[1]);
    return Json::object({{"removed", call.path[1]}});
  }
  return no_such_route();
}

// ?days=30&decisions=1000: what counts no more within so many days, and how many of the newest decisions held on to it.
Result<Json> ManageHandler::forecast(const Call& call) const {
  ENSURE(call.is("GET", 1), no_such_route());
  constexpr std::size_t kDaysDefault = 30, kDaysMax = 36'500, kDecisionsMax = 1'000, kEndingsMax = 1'000;
  const std::size_t days_asked = TRY(call.count("days", kDaysDefault));
  const std::size_t days = std::min(days_asked, kDaysMax);
  const std::size_t limit = TRY(call.count("decisions", kDecisionsMax));
  const Instant now = parts_.clock.now();
  const auto snapshot = TRY(parts_.reference_values.snapshot());
  const std::vector<Json> decisions = TRY(parts_.decisions.newest(std::min(limit, kDecisionsMax), "granted"));
  Json list = Json::array();
  for (const appraise::Ending& ending : snapshot->endings(now, now + std::chrono::days(days))) {
    if (list.as_array()->size() == kEndingsMax) break;
    Json out = Json::object(
        {{"name", ending.name}, {"value", ending.value}, {"ends", to_rfc3339(ending.at)}, {"cause", ending.cause}});
    std::int64_t count = 0;
    for (const Json& decision : decisions) {
      if (!relies_on(decision, ending)) continue;
      if (count == 0) out.set("newest", *decision.find("id"));
      ++count;
    }
    out.set("decisions", count);
    list.push_back(std::move(out));
  }
  return Json::object({{"forecast", std::move(list)}, {"days", std::int64_t(days)}});
}

}  // namespace avouch::dialect::manage
