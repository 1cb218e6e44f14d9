#include "appraise/reference_values.h"

#include <algorithm>
#include <map>
#include <set>

#include "appraise/reference_spaces.h"
#include "base/limits.h"
#include "codec/json_depth.h"
#include "store/keys.h"

namespace avouch::appraise {
namespace {

using namespace reference_spaces;  // NOLINT(google-build-using-namespace): the two of them

Instant twelve_months_after(Instant now) {
  const auto days = std::chrono::floor<std::chrono::days>(now);
  std::chrono::year_month_day then = std::chrono::year_month_day(days) + std::chrono::months(12);
  if (!then.ok()) then = then.year() / then.month() / std::chrono::last;  // 29 February
  return std::chrono::sys_days(then) + (now - days);
}

Result<ReferenceValue> decode(const std::string& key, Bytes record) {
  const Json json = parse_json(as_text(record)).value_or(nullptr);
  const std::string* name = json.find_string("name");
  const std::string* expiration = json.find_string("expiration");
  const Json* value = json.find("value");
  const std::optional<Instant> expires_at = expiration == nullptr ? std::nullopt : parse_rfc3339(*expiration);
  // Under another name it could neither be found nor deleted by the one that lists show.
  ENSURE(name != nullptr && *name == key && expires_at.has_value() && value != nullptr, damaged_reference(key));
  return ReferenceValue{*name, *value, *expires_at};
}

}  // namespace

std::string encode_reference(const ReferenceValue& value) {
  return to_text(Json::object({{"version", "0.1.0"},
                               {"name", value.name},
                               {"expiration", to_rfc3339(value.expires_at)},
                               {"value", value.value}}));
}

Status check_reference_depth(const std::string& name, const Json& value) {
  ENSURE(depth_of(value) <= limits::kEmbeddedJsonDepth,
         Error{Blame::kRequest, "reference.depth",
               name + ": nested more than " + std::to_string(limits::kEmbeddedJsonDepth) + " deep"});
  return ok();
}

std::vector<std::string> names_of(const Json::Object& values) {
  std::vector<std::string> out;
  std::set<std::string_view> seen;
  for (const Json::Member& value : values) {
    if (seen.insert(value.first).second) out.push_back(value.first);
  }
  return out;
}

// None if it was erased meanwhile.
Result<std::optional<ReferenceValue>> ReferenceValues::read(const std::string& key) const {
  const Result<std::optional<Buffer>> record = store_.get(kSpace, key);
  if (!record.has_value()) {
    return std::string_view(record.error().code) == "store.corrupt" ? damaged_reference(key) : record.error();
  }
  if (!record->has_value()) return std::optional<ReferenceValue>();
  ReferenceValue value = TRY(decode(key, **record));
  return std::optional(std::move(value));
}

Status ReferenceValues::read_into(ReferenceSnapshot& out, const std::string& name) const {
  Result<std::optional<ReferenceValue>> value = read(name);
  if (!value.has_value()) {
    ENSURE(std::string_view(value.error().code) == "reference.damaged", value.error());
    out.damaged_.emplace(name, value.error());
  } else if (value->has_value()) {
    out.values_.insert_or_assign((*value)->name, **std::move(value));
  }
  Result<KnownLife> known = read_life(name);
  if (!known.has_value()) {
    ENSURE(std::string_view(known.error().code) == "reference.damaged", known.error());
    out.damaged_.emplace(name, known.error());  // what may be revoked must not count
  } else if (!known->life.empty()) {
    out.lives_.emplace(name, std::move(known->life));
  }
  return ok();
}

Result<std::shared_ptr<const ReferenceSnapshot>> ReferenceValues::snapshot(std::size_t names_max) const {
  std::set<std::string> names;
  for (const std::string_view space : {kSpace, kLifeSpace}) {
    const std::vector<std::string> keys =
        TRY(names_max == kAllNames ? store::list_all(store_, space, "") : store_.list(space, "", "", names_max));
    names.insert(keys.begin(), keys.end());
  }
  auto out = std::make_shared<ReferenceSnapshot>();
  for (const std::string& name : names) {
    if (names_max-- == 0) break;
    TRY(read_into(*out, name));
  }
  return out;
}

Result<std::shared_ptr<const ReferenceSnapshot>> ReferenceValues::snapshot_of(const std::string& name) {
  const Generations now = TRY(generations());
  return look_up(name, now);
}

Result<ReferenceValues::Generations> ReferenceValues::generations() const {
  const std::uint64_t of_values = TRY(store_.generation(kSpace));
  const std::uint64_t of_lives = TRY(store_.generation(kLifeSpace));
  return Generations(of_values, of_lives);
}

// Of one name. `now` was asked for before, so that what is remembered is never taken for newer than it is.
Result<std::shared_ptr<const ReferenceSnapshot>> ReferenceValues::look_up(const std::string& name, Generations now) {
  std::optional<Known> known = known_.find(name);
  if (known.has_value() && known->generations == now) return std::move(known->snapshot);
  auto fresh = std::make_shared<ReferenceSnapshot>();
  // A name that no store can hold is not worth remembering either: policies make names of what guests claim.
  if (!store::check_key(name).has_value()) return fresh;
  TRY(read_into(*fresh, name));
  known_.remember(name, {fresh, now});
  return fresh;
}

Status ReferenceValues::set(const std::string& name, const Json& value) {
  return set(name, value, twelve_months_after(clock_.now()));
}

Status ReferenceValues::set_all(const Json::Object& values, std::optional<Instant> ends_at) {
  const Instant expires_at = std::min(twelve_months_after(clock_.now()), ends_at.value_or(Instant::max()));
  std::map<std::string_view, std::string> texts;  // by name
  for (const auto& [name, value] : values) {
    TRY(check_reference_depth(name, value));
    TRY(check_not_revoked(name, value));
    texts.insert_or_assign(name, encode_reference(ReferenceValue{name, value, expires_at}));
  }
  std::vector<store::Record> records;
  for (const auto& [name, text] : texts) records.push_back({name, as_bytes(text)});
  TRY(store_.put_all(kSpace, records, store::Expiry::never()));
  for (const auto& [name, value] : values) TRY(drop_candidates(name, value));
  return ok();
}

Status ReferenceValues::set(const std::string& name, const Json& value, Instant expires_at) {
  TRY(check_reference_depth(name, value));
  TRY(check_not_revoked(name, value));
  const std::string record = encode_reference(ReferenceValue{name, value, expires_at});
  TRY(store_.put(kSpace, name, as_bytes(record), store::Expiry::never()));
  return drop_candidates(name, value);
}

Status ReferenceValues::add(const std::string& name, const Json& measured) {
  TRY(check_not_revoked(name, measured));
  const KnownLife known_life = TRY(read_life(name));
  const LifeEntry* entry = find_entry(known_life.life, measured);
  ENSURE(entry == nullptr || !entry->ends_at.has_value() || clock_.now() < *entry->ends_at,
         Error{Blame::kRequest, "reference.ended",
               name + ": that value counts no more since " + to_rfc3339(*entry->ends_at) +
                   "; avouch refval activate renews it"});
  TRY(add_to_record(name, measured));
  return drop_candidates(name, measured);
}

Status ReferenceValues::add_to_record(const std::string& name, const Json& measured) {
  for (int tries = 0; tries < kTriesMax; ++tries) {  // again where another has written in between, and so got further
    const std::optional<Buffer> record = TRY(store_.get(kSpace, name));
    ReferenceValue value{name, Json::array(), twelve_months_after(clock_.now())};
    if (record.has_value()) {
      ReferenceValue known = TRY(decode(name, *record));
      if (clock_.now() < known.expires_at) value = std::move(known);
    }
    if (value.value.as_array() == nullptr) value.value = Json(elements(value.value));
    const Json::Array& list = *value.value.as_array();
    if (std::find(list.begin(), list.end(), measured) != list.end()) return ok();
    value.value.push_back(measured);
    TRY(check_reference_depth(name, value.value));
    const std::string text = encode_reference(value);
    const bool written =
        TRY(record.has_value() ? store_.compare_and_set(kSpace, name, *record, as_bytes(text), store::Expiry::never())
                               : store_.put_if_absent(kSpace, name, as_bytes(text), store::Expiry::never()));
    if (written) return ok();
  }
  return Error{Blame::kUnavailable, "store.busy", name + ": others write it all the time"};
}

// The names that a policy is known to ask for as they stand at first, others as they stand when they are asked for: a
// store may hold a million more.
class ReferenceValues::ByName final : public References {
 public:
  using Found = std::shared_ptr<const ReferenceSnapshot>;
  ByName(ReferenceValues& values, std::vector<std::pair<std::string, Found>> known)
      : values_(values), known_(std::move(known)) {}

  ReferenceAnswer ask(const std::string& name, Instant now) const override {
    for (const auto& [known, found] : known_) {
      if (known == name) return found->ask(name, now);
    }
    const Result<Found> found = values_.snapshot_of(name);
    return found.has_value() ? (*found)->ask(name, now) : ReferenceAnswer{nullptr, {}, found.error(), Json::array()};
  }

 private:
  ReferenceValues& values_;
  const std::vector<std::pair<std::string, Found>> known_;
};

Result<std::shared_ptr<const References>> ReferenceValues::references(const std::vector<std::string>& names) {
  const Generations now = TRY(generations());  // a store that is gone refuses before any policy runs
  std::vector<std::pair<std::string, ByName::Found>> known;
  for (const std::string& name : names) {
    ByName::Found found = TRY(look_up(name, now));
    known.emplace_back(name, std::move(found));
  }
  return std::make_shared<const ByName>(*this, std::move(known));
}

Result<std::vector<std::string>> ReferenceValues::accept(std::string_view message) {
  const Provenance read = TRY(read_provenance(message, trust_, clock_.now()));
  TRY(set_all(read.values, read.ends_at));
  return names_of(read.values);
}

// In this order: while one of them is left, nothing counts that was revoked.
Result<bool> ReferenceValues::erase(const std::string& name) {
  const bool was_set = TRY(store_.erase(kSpace, name));
  const bool was_known = TRY(store_.erase(kLifeSpace, name));
  return was_set || was_known;
}

}  // namespace avouch::appraise
