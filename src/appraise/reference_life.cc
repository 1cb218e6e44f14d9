// What is said of reference values: planned in memory, then written as one record, which wins or is planned again.
#include <algorithm>

#include "appraise/reference_spaces.h"
#include "appraise/reference_values.h"
#include "base/limits.h"

namespace avouch::appraise {
namespace {

using namespace reference_spaces;  // NOLINT(google-build-using-namespace): the two of them

Error refused(const char* code, const LifeChange& change, const std::string& problem) {
  return Error{Blame::kRequest, code, change.name + ": " + problem};
}

Error busy(const std::string& name) {
  return Error{Blame::kUnavailable, "store.busy", name + ": others write it all the time"};
}

bool holds(const Json::Array& list, const Json& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// A change, worked out.
class Plan {
 public:
  // `set`: the values that the name's record has.
  Plan(const LifeChange& change, Life life, Json::Array set, Instant now)
      : change_(change), life_(std::move(life)), set_(std::move(set)), now_(now) {}

  Status make() {
    for (const Json& value : TRY(targets())) TRY(plan(value));
    // Of an active value without an end there is nothing to say that its being set does not.
    std::erase_if(life_, [&](const LifeEntry& entry) {
      return entry.state == LifeState::kActive && !entry.ends_at.has_value() && !holds(changed_, entry.value);
    });
    return check_count(life_.size());
  }
  const Life& life() const { return life_; }
  const Json::Array& changed() const { return changed_; }

 private:
  Status check_count(std::size_t count) const {
    ENSURE(count <= limits::kLifeEntries,
           refused("reference.too-many", change_,
                   "something would be said of more than " + std::to_string(limits::kLifeEntries) + " of its values"));
    return ok();
  }

  // The values that the change is about.
  Result<Json::Array> targets() const {
    Json::Array out;
    if (change_.value.has_value()) {
      out = elements(*change_.value);
    } else if (change_.state == LifeState::kDeprecated || change_.state == LifeState::kRevoked) {
      out = set_;
    }
    if (!change_.value.has_value()) {
      for (const LifeEntry& entry : life_) {
        const bool fits = change_.state == LifeState::kActive ? entry.state == LifeState::kCandidate
                                                              : change_.state == LifeState::kRevoked;
        if (fits && !holds(out, entry.value)) out.push_back(entry.value);
      }
    }
    ENSURE(!out.empty(), refused("reference.unknown", change_, "no value of it that this could be said of"));
    TRY(check_count(out.size()));  // before each is compared with all
    return out;
  }

  Status plan(const Json& value) {
    const LifeEntry* entry = find_entry(life_, value);
    const bool is_set = holds(set_, value);
    if (entry != nullptr && entry->state == LifeState::kRevoked) {
      ENSURE(change_.state == LifeState::kRevoked,
             refused("reference.revoked", change_,
                     to_text(value) + " was revoked by " + entry->by + " at " + to_rfc3339(entry->at)));
      return ok();
    }
    switch (change_.state) {
      case LifeState::kCandidate:
        if (!is_set || (entry != nullptr && !entry->counts(now_))) say(value, change_.ends_at);
        return ok();
      case LifeState::kActive:
        return plan_active(value, entry, is_set);
      case LifeState::kDeprecated:
        return plan_deprecated(value, entry, is_set);
      case LifeState::kRevoked:
        say(value, std::nullopt);
        return ok();
    }
    return ok();
  }

  Status plan_active(const Json& value, const LifeEntry* entry, bool is_set) {
    if (entry == nullptr) {
      ENSURE(is_set,
             refused("reference.unknown", change_, to_text(value) + " is not staged: avouch refval add sets it"));
      return ok();
    }
    const bool was_candidate = entry->state == LifeState::kCandidate;
    const std::optional<Instant> ends_at = was_candidate ? entry->ends_at : std::nullopt;
    ENSURE(!ends_at.has_value() || now_ < *ends_at,
           refused("reference.end", change_, to_text(value) + " ended at " + to_rfc3339(ends_at.value_or(now_))));
    if (entry->state != LifeState::kActive || !is_set || !entry->counts(now_)) say(value, ends_at);
    return ok();
  }

  Status plan_deprecated(const Json& value, const LifeEntry* entry, bool is_set) {
    ENSURE(change_.ends_at.has_value() && now_ < *change_.ends_at,
           refused("reference.end", change_, "needs a time to come, until which it counts"));
    ENSURE(is_set || entry != nullptr,
           refused("reference.unknown", change_, to_text(value) + " is none of its values"));
    ENSURE(is_set, refused("reference.state", change_, to_text(value) + " is not active: only what counts can end"));
    say(value, change_.ends_at);
    return ok();
  }

  void say(const Json& value, std::optional<Instant> ends_at) {
    const Author& author = change_.author;
    LifeEntry entry{value, change_.state, ends_at, author.by, author.decision, now_, author.reason};
    std::erase_if(life_, [&](const LifeEntry& each) { return each.value == value; });
    life_.push_back(std::move(entry));
    if (!holds(changed_, value)) changed_.push_back(value);
  }

  const LifeChange& change_;
  Life life_;
  const Json::Array set_;
  const Instant now_;
  Json::Array changed_;
};

}  // namespace

Result<ReferenceValues::KnownLife> ReferenceValues::read_life(const std::string& name) const {
  KnownLife out;
  Result<std::optional<Buffer>> record = store_.get(kLifeSpace, name);
  if (!record.has_value()) {
    return std::string_view(record.error().code) == "store.corrupt" ? damaged_reference(name) : record.error();
  }
  out.record = *std::move(record);
  if (out.record.has_value()) out.life = TRY(decode_life(name, as_text(*out.record)));
  return out;
}

Result<bool> ReferenceValues::write_life(const std::string& name, const KnownLife& before, const Life& life) {
  const std::string record = encode_life(name, life);
  if (!before.record.has_value()) {
    return store_.put_if_absent(kLifeSpace, name, as_bytes(record), store::Expiry::never());
  }
  return store_.compare_and_set(kLifeSpace, name, *before.record, as_bytes(record), store::Expiry::never());
}

Status ReferenceValues::check_not_revoked(const std::string& name, const Json& value) const {
  const KnownLife known = TRY(read_life(name));
  for (const Json& element : elements(value)) {
    const LifeEntry* entry = find_entry(known.life, element);
    ENSURE(entry == nullptr || entry->state != LifeState::kRevoked,
           Error{Blame::kRequest, "reference.revoked",
                 name + ": " + to_text(element) + " was revoked by " + (entry == nullptr ? "" : entry->by) + " at " +
                     to_rfc3339(entry == nullptr ? Instant{} : entry->at)});
  }
  return ok();
}

// What has been set is no candidate any more.
Status ReferenceValues::drop_candidates(const std::string& name, const Json& value) {
  const Json::Array set = elements(value);
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const KnownLife known = TRY(read_life(name));
    Life life = known.life;
    const std::size_t dropped_count = std::erase_if(
        life, [&](const LifeEntry& entry) { return entry.state == LifeState::kCandidate && holds(set, entry.value); });
    if (dropped_count == 0) return ok();
    const bool was_written = TRY(write_life(name, known, life));
    if (was_written) return ok();
  }
  return busy(name);
}

// Out of the peer's record, so that the peer does not count it either.
Status ReferenceValues::take_away(const std::string& name, const Json::Array& values) {
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const std::optional<Buffer> record = TRY(store_.get(kSpace, name));
    std::optional<ReferenceValue> value = TRY(read(name));
    if (!record.has_value() || !value.has_value()) return ok();
    Json::Array left = elements(value->value);
    if (std::erase_if(left, [&](const Json& each) { return holds(values, each); }) == 0) return ok();
    value->value = left.empty() ? Json() : Json(std::move(left));
    const std::string text = encode_reference(*value);
    const bool was_written = TRY(store_.compare_and_set(kSpace, name, *record, as_bytes(text), store::Expiry::never()));
    if (was_written) return ok();
  }
  return busy(name);
}

// The life first: what it takes away counts no more, whatever the record says, and what it lets count counts only once
// it is set.
Result<Json::Array> ReferenceValues::change(const LifeChange& change) {
  if (change.value.has_value()) TRY(check_reference_depth(change.name, *change.value));
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const KnownLife known = TRY(read_life(change.name));
    const std::optional<ReferenceValue> value = TRY(read(change.name));
    const bool is_current = value.has_value() && clock_.now() < value->expires_at;
    Plan plan(change, known.life, is_current ? elements(value->value) : Json::Array(), clock_.now());
    TRY(plan.make());
    if (plan.changed().empty()) return plan.changed();
    const bool was_written = TRY(write_life(change.name, known, plan.life()));
    if (!was_written) continue;
    if (change.state == LifeState::kRevoked) TRY(take_away(change.name, plan.changed()));
    if (change.state == LifeState::kActive) {
      for (const Json& each : plan.changed()) TRY(add_to_record(change.name, each));
    }
    return plan.changed();
  }
  return busy(change.name);
}

Result<std::vector<std::string>> ReferenceValues::stage(std::string_view message, Author author) {
  const Provenance read = TRY(read_provenance(message, trust_, clock_.now()));
  if (author.reason.empty() && !read.signer.empty()) author.reason = "supplied by " + read.signer;
  for (const auto& [name, value] : read.values) {
    TRY(change({LifeState::kCandidate, name, value, read.ends_at, author}));
  }
  return names_of(read.values);
}

}  // namespace avouch::appraise
