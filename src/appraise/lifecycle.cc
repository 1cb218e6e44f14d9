#include "appraise/lifecycle.h"

#include <algorithm>
#include <ctime>

namespace avouch::appraise {
namespace {

constexpr LifeState kStates[] = {LifeState::kCandidate, LifeState::kActive, LifeState::kDeprecated,
                                 LifeState::kRevoked};

std::optional<LifeState> state_from_name(std::string_view name) {
  for (const LifeState state : kStates) {
    if (name == to_string(state)) return state;
  }
  return std::nullopt;
}

std::optional<LifeEntry> entry_from_json(const Json& json) {
  const Json* value = json.find("value");
  const std::string* state_name = json.find_string("state");
  const std::string* at_text = json.find_string("at");
  if (value == nullptr || state_name == nullptr || at_text == nullptr) return std::nullopt;
  const std::optional<LifeState> state = state_from_name(*state_name);
  const std::optional<Instant> at = parse_rfc3339(*at_text);
  if (!state.has_value() || !at.has_value()) return std::nullopt;
  LifeEntry out{*value, *state, std::nullopt, "", "", *at, ""};
  if (const Json* ends = json.find("ends"); ends != nullptr) {
    if (ends->as_string() == nullptr) return std::nullopt;
    out.ends_at = parse_rfc3339(*ends->as_string());
    if (!out.ends_at.has_value()) return std::nullopt;  // an end that cannot be read is not no end
  }
  if (const std::string* by = json.find_string("by")) out.by = *by;
  if (const std::string* decision = json.find_string("decision")) out.decision = *decision;
  if (const std::string* reason = json.find_string("reason")) out.reason = *reason;
  return out;
}

}  // namespace

const char* to_string(LifeState state) {
  switch (state) {
    case LifeState::kCandidate:
      return "candidate";
    case LifeState::kActive:
      return "active";
    case LifeState::kDeprecated:
      return "deprecated";
    case LifeState::kRevoked:
      return "revoked";
  }
  return "";
}

const LifeEntry* find_entry(const Life& life, const Json& value) {
  const auto found = std::find_if(life.begin(), life.end(), [&](const LifeEntry& each) { return each.value == value; });
  return found == life.end() ? nullptr : &*found;
}

Json to_json(const LifeEntry& entry) {
  Json out = Json::object({{"value", entry.value},
                           {"state", to_string(entry.state)},
                           {"by", entry.by},
                           {"decision", entry.decision},
                           {"at", to_rfc3339(entry.at)}});
  if (entry.ends_at.has_value()) out.set("ends", to_rfc3339(*entry.ends_at));
  if (!entry.reason.empty()) out.set("reason", entry.reason);
  return out;
}

Json to_json(const Life& life) {
  Json out = Json::array();
  for (const LifeEntry& entry : life) out.push_back(to_json(entry));
  return out;
}

Json counting(const Json& value, const Life& life, Instant now) {
  // A candidate that has been set all the same, by a peer's program, counts: setting it is activating it.
  const auto has_gone = [&](const Json& element) {
    const LifeEntry* entry = find_entry(life, element);
    return entry != nullptr && entry->state != LifeState::kCandidate && !entry->counts(now);
  };
  const Json::Array* list = value.as_array();
  if (list == nullptr) return has_gone(value) ? Json() : value;
  Json left = Json::array();
  for (const Json& element : *list) {
    if (!has_gone(element)) left.push_back(element);
  }
  return left.as_array()->empty() && !list->empty() ? Json() : left;
}

Json::Array elements(const Json& value) {
  if (value.is_null()) return {};
  return value.as_array() != nullptr ? *value.as_array() : Json::Array{value};
}

bool occurs(const Json& value, const Json& in) {
  if (value == in) return true;
  if (const Json::Array* list = in.as_array()) {
    return std::any_of(list->begin(), list->end(), [&](const Json& each) { return occurs(value, each); });
  }
  if (const Json::Object* members = in.as_object()) {
    return std::any_of(members->begin(), members->end(), [&](const auto& each) { return occurs(value, each.second); });
  }
  return false;
}

std::string encode_life(const std::string& name, const Life& life) {
  return to_text(Json::object({{"version", "1"}, {"name", name}, {"values", to_json(life)}}));
}

Result<Life> decode_life(const std::string& name, std::string_view record) {
  const Error damaged{Blame::kUnavailable, "reference.damaged", name};
  const Json json = parse_json(record).value_or(nullptr);
  const std::string* of = json.find_string("name");
  const Json* values = json.find("values");
  ENSURE(of != nullptr && *of == name && values != nullptr && values->as_array() != nullptr, damaged);
  Life out;
  for (const Json& each : *values->as_array()) {
    std::optional<LifeEntry> entry = entry_from_json(each);
    ENSURE(entry.has_value() && find_entry(out, entry->value) == nullptr, damaged);
    out.push_back(*std::move(entry));
  }
  return out;
}

std::optional<Instant> parse_rfc3339(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  std::string_view zone(rest);
  if (zone.size() > 2 && zone.front() == '.') {
    zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
  }
  const int day = parts.tm_mday;
  const std::time_t seconds = timegm(&parts);  // makes 3 March of 31 February
  return zone == "Z" && parts.tm_mday == day ? std::optional(from_unix_seconds(seconds)) : std::nullopt;
}

}  // namespace avouch::appraise
