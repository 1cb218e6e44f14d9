#include "appraise/reference_values.h"

#include <algorithm>
#include <ctime>

#include "base/limits.h"
#include "codec/json_depth.h"

namespace avouch::appraise {
namespace {

constexpr std::string_view kSpace = "reference_value";  // the peer's namespace and record form
constexpr int kTriesMax = 1'000;                        // each time that one is lost, another writer has won

Instant twelve_months_after(Instant now) {
  const auto days = std::chrono::floor<std::chrono::days>(now);
  std::chrono::year_month_day then = std::chrono::year_month_day(days) + std::chrono::months(12);
  if (!then.ok()) then = then.year() / then.month() / std::chrono::last;  // 29 February
  return std::chrono::sys_days(then) + (now - days);
}

Json encode(const ReferenceValue& value) {
  return Json::object({{"version", "0.1.0"},
                       {"name", value.name},
                       {"expiration", to_rfc3339(value.expires_at)},
                       {"value", value.value}});
}

// Records, decisions and listings carry the value within theirs: one that is too deep for those would be set, and could
// never be read again.
Status check_depth(const std::string& name, const Json& value) {
  ENSURE(depth_of(value) <= limits::kEmbeddedJsonDepth,
         Error{Blame::kRequest, "reference.depth",
               name + ": nested more than " + std::to_string(limits::kEmbeddedJsonDepth) + " deep"});
  return ok();
}

// "2027-11-22T03:30:16Z", with or without a fraction of a second, which is dropped.
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

// The detail is the name and nothing else, as the command to delete it wants it.
Error damaged(const std::string& key) {
  return Error{Blame::kUnavailable, "reference.damaged", key};
}

Result<ReferenceValue> decode(const std::string& key, Bytes record) {
  const Json json = parse_json(as_text(record)).value_or(nullptr);
  const std::string* name = json.find_string("name");
  const std::string* expiration = json.find_string("expiration");
  const Json* value = json.find("value");
  const std::optional<Instant> expires_at = expiration == nullptr ? std::nullopt : parse_rfc3339(*expiration);
  // Under another name it could neither be found nor deleted by the one that lists show.
  ENSURE(name != nullptr && *name == key && expires_at.has_value() && value != nullptr, damaged(key));
  return ReferenceValue{*name, *value, *expires_at};
}

}  // namespace

Json ReferenceSnapshot::find(const std::string& name, Instant now) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.expires_at <= now) return nullptr;
  return found->second.value;
}

ReferenceAnswer ReferenceSnapshot::ask(const std::string& name, Instant now) const {
  const auto damage = damaged_.find(name);
  return {find(name, now), expired_at(name, now),
          damage == damaged_.end() ? std::nullopt : std::optional(damage->second)};
}

// None if it was erased meanwhile.
Result<std::optional<ReferenceValue>> ReferenceValues::read(const std::string& key) const {
  const Result<std::optional<Buffer>> record = store_.get(kSpace, key);
  if (!record.has_value()) {
    return std::string_view(record.error().code) == "store.corrupt" ? damaged(key) : record.error();
  }
  if (!record->has_value()) return std::optional<ReferenceValue>();
  ReferenceValue value = TRY(decode(key, **record));
  return std::optional(std::move(value));
}

std::optional<Instant> ReferenceSnapshot::expired_at(const std::string& name, Instant now) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.expires_at > now) return std::nullopt;
  return found->second.expires_at;
}

const Error* ReferenceSnapshot::damage(const std::string& name) const {
  const auto found = damaged_.find(name);
  return found == damaged_.end() ? nullptr : &found->second;
}

Result<std::shared_ptr<const ReferenceSnapshot>> ReferenceValues::snapshot() {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t generation = TRY(store_.generation(kSpace));
  if (snapshot_ != nullptr && generation == generation_) return snapshot_;
  auto fresh = std::make_shared<ReferenceSnapshot>();
  for (const std::string& key : TRY(store::list_all(store_, kSpace, ""))) {
    Result<std::optional<ReferenceValue>> value = read(key);
    if (!value.has_value()) {
      ENSURE(std::string_view(value.error().code) == "reference.damaged", value.error());
      fresh->damaged_.emplace(key, value.error());
    } else if (value->has_value()) {
      fresh->values_.insert_or_assign((*value)->name, **std::move(value));
    }
  }
  snapshot_ = std::move(fresh);
  generation_ = generation;
  return snapshot_;
}

Status ReferenceValues::set(const std::string& name, const Json& value) {
  return set(name, value, twelve_months_after(clock_.now()));
}

Status ReferenceValues::set_all(const Json::Object& values, std::optional<Instant> ends_at) {
  const Instant expires_at = std::min(twelve_months_after(clock_.now()), ends_at.value_or(Instant::max()));
  std::map<std::string_view, std::string> texts;  // by name
  for (const auto& [name, value] : values) {
    TRY(check_depth(name, value));
    texts.insert_or_assign(name, to_text(encode(ReferenceValue{name, value, expires_at})));
  }
  std::vector<store::Record> records;
  for (const auto& [name, text] : texts) records.push_back({name, as_bytes(text)});
  return store_.put_all(kSpace, records, store::Expiry::never());
}

Status ReferenceValues::set(const std::string& name, const Json& value, Instant expires_at) {
  TRY(check_depth(name, value));
  const std::string record = to_text(encode(ReferenceValue{name, value, expires_at}));
  return store_.put(kSpace, name, as_bytes(record), store::Expiry::never());
}

Status ReferenceValues::add(const std::string& name, const Json& measured) {
  for (int tries = 0; tries < kTriesMax; ++tries) {  // again where another has written in between, and so got further
    const std::optional<Buffer> record = TRY(store_.get(kSpace, name));
    ReferenceValue value{name, Json::array(), twelve_months_after(clock_.now())};
    if (record.has_value()) {
      ReferenceValue known = TRY(decode(name, *record));
      if (clock_.now() < known.expires_at) value = std::move(known);
    }
    if (value.value.as_array() == nullptr) value.value = Json::array({value.value});
    const Json::Array& list = *value.value.as_array();
    if (std::find(list.begin(), list.end(), measured) != list.end()) return ok();
    value.value.push_back(measured);
    TRY(check_depth(name, value.value));
    const std::string text = to_text(encode(value));
    const bool written =
        TRY(record.has_value() ? store_.compare_and_set(kSpace, name, *record, as_bytes(text), store::Expiry::never())
                               : store_.put_if_absent(kSpace, name, as_bytes(text), store::Expiry::never()));
    if (written) return ok();
  }
  return Error{Blame::kUnavailable, "store.busy", name + ": others write it all the time"};
}

Result<std::shared_ptr<const References>> ReferenceValues::references(const std::vector<std::string>&) {
  return snapshot();
}

Result<std::vector<std::string>> ReferenceValues::accept(std::string_view message) {
  const Provenance read = TRY(read_provenance(message, trust_, clock_.now()));
  TRY(set_all(read.values, read.ends_at));
  std::vector<std::string> names;
  for (const Json::Member& value : read.values) {
    if (std::find(names.begin(), names.end(), value.first) == names.end()) names.push_back(value.first);
  }
  return names;
}

Result<bool> ReferenceValues::erase(const std::string& name) {
  return store_.erase(kSpace, name);
}

}  // namespace avouch::appraise
