// The life of reference values: candidate → active → deprecated → revoked. Values live one by one: of the list that a
// name stands for, each element has its own state. A value that nobody has said anything of is active while it is set.
//
// What is kept here stands beside the peer's record of a name, in a space of its own, and takes away from it: a record
// that another writes, or an older program, cannot bring back what was revoked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"

namespace avouch::appraise {

enum class LifeState : unsigned char {
  kCandidate,   // staged: known, and not used by any appraisal
  kActive,      // counts, until its end if it has one
  kDeprecated,  // counts until its end, and is noted where it does
  kRevoked,     // counts as missing, for good: only deleting the whole name forgets it
};
const char* to_string(LifeState state);  // "candidate", …

// One value of a name: what was said of it last.
struct LifeEntry {
  Json value;
  LifeState state = LifeState::kCandidate;
  std::optional<Instant> ends_at;  // counts no more from then on
  std::string by, decision;        // who said so, and on what record
  Instant at{};
  std::string reason;  // in words, or empty

  bool counts(Instant now) const {
    return state != LifeState::kCandidate && state != LifeState::kRevoked && (!ends_at.has_value() || now < *ends_at);
  }
};
using Life = std::vector<LifeEntry>;  // of one name; no value twice

const LifeEntry* find_entry(const Life& life, const Json& value);  // null: nothing was said of it
// {"value","state","by","decision","at"} and, where there are such, "ends","reason".
Json to_json(const LifeEntry& entry);
Json to_json(const Life& life);

// What of a value counts: a list without its elements that do not, or null if that leaves nothing of it.
Json counting(const Json& value, const Life& life, Instant now);

// The elements of a list, or the one value that is no list.
Json::Array elements(const Json& value);

// Whether `value` stands anywhere within `in`.
bool occurs(const Json& value, const Json& in);

// The record of a name, and back.   fails   kUnavailable: reference.damaged
std::string encode_life(const std::string& name, const Life& life);
Result<Life> decode_life(const std::string& name, std::string_view record);

// "2027-11-22T03:30:16Z", with or without a fraction of a second, which is dropped.
std::optional<Instant> parse_rfc3339(const std::string& text);

}  // namespace avouch::appraise
