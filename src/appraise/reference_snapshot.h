// How the reference values stood at one moment. Immutable; policies read it without locks.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "appraise/lifecycle.h"
#include "appraise/references.h"

namespace avouch::appraise {

struct ReferenceValue {
  std::string name;
  Json value;          // any JSON; most often a list of texts
  Instant expires_at;  // enforced: an expired value counts as missing
};

// A value that counts, and when it will not any more.
struct Ending {
  std::string name;
  Json value;
  Instant at;
  const char* cause;  // "expires" (the whole name), "deprecated", "ends" (in its supplier's word)
};

class ReferenceSnapshot final : public References {
 public:
  ReferenceAnswer ask(const std::string& name, Instant now) const override;
  // What counts of a value at `now`, or null when nothing does.
  Json find(const std::string& name, Instant now) const;
  // When the value of a name stopped to count; nothing if it counts, or never was.
  std::optional<Instant> expired_at(const std::string& name, Instant now) const;
  // Every name that has a value, whether it counts or not, as it is stored.
  const std::map<std::string, ReferenceValue>& all() const { return values_; }
  std::set<std::string> names() const;              // of values, of what is known of them, and of what is damaged
  const Life& life(const std::string& name) const;  // what was said of its values; most often nothing
  // Values that are there and cannot be read, each with its failure. find() gives none of them: who asks for one must
  // not take it for missing.
  const std::map<std::string, Error>& damaged() const { return damaged_; }
  const Error* damage(const std::string& name) const;  // of one value; null if it has none
  // What counts at `now` and will have stopped by `then`, the first first.
  std::vector<Ending> endings(Instant now, Instant then) const;

 private:
  friend class ReferenceValues;
  std::map<std::string, ReferenceValue> values_;
  std::map<std::string, Life> lives_;
  std::map<std::string, Error> damaged_;
};

}  // namespace avouch::appraise
