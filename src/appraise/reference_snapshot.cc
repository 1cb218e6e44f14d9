#include "appraise/reference_snapshot.h"

#include <algorithm>

namespace avouch::appraise {

Json ReferenceSnapshot::find(const std::string& name, Instant now) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.expires_at <= now || damaged_.contains(name)) return nullptr;
  const auto life = lives_.find(name);
  return life == lives_.end() ? found->second.value : counting(found->second.value, life->second, now);
}

ReferenceAnswer ReferenceSnapshot::ask(const std::string& name, Instant now) const {
  const auto damage = damaged_.find(name);
  ReferenceAnswer out{find(name, now), expired_at(name, now),
                      damage == damaged_.end() ? std::nullopt : std::optional(damage->second), Json::array()};
  for (const LifeEntry& entry : life(name)) {
    if (entry.state != LifeState::kActive || !entry.counts(now)) out.life.push_back(to_json(entry));
  }
  return out;
}

std::optional<Instant> ReferenceSnapshot::expired_at(const std::string& name, Instant now) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.expires_at > now) return std::nullopt;
  return found->second.expires_at;
}

std::set<std::string> ReferenceSnapshot::names() const {
  std::set<std::string> out;
  for (const auto& each : values_) out.insert(each.first);
  for (const auto& each : lives_) out.insert(each.first);
  for (const auto& each : damaged_) out.insert(each.first);
  return out;
}

const Life& ReferenceSnapshot::life(const std::string& name) const {
  static const Life kNothing;
  const auto found = lives_.find(name);
  return found == lives_.end() ? kNothing : found->second;
}

const Error* ReferenceSnapshot::damage(const std::string& name) const {
  const auto found = damaged_.find(name);
  return found == damaged_.end() ? nullptr : &found->second;
}

std::vector<Ending> ReferenceSnapshot::endings(Instant now, Instant then) const {
  std::vector<Ending> out;
  for (const auto& [name, value] : values_) {
    for (const Json& element : elements(find(name, now))) {
      Ending ending{name, element, value.expires_at, "expires"};
      const LifeEntry* entry = find_entry(life(name), element);
      if (entry != nullptr && entry->ends_at.has_value() && *entry->ends_at < ending.at) {
        ending.at = *entry->ends_at;
        ending.cause = entry->state == LifeState::kDeprecated ? "deprecated" : "ends";
      }
      if (ending.at <= then) out.push_back(std::move(ending));
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Ending& left, const Ending& right) { return left.at < right.at; });
  return out;
}

}  // namespace avouch::appraise
