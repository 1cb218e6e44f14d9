// Reference values: what measurements are expected to be, endorsed by an operator or a supplier, by name. Kept in the
// peer's own record form, so that its stores are read and written as they are.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "appraise/provenance.h"
#include "appraise/references.h"
#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"
#include "store/store.h"

namespace avouch::appraise {

struct ReferenceValue {
  std::string name;
  Json value;          // any JSON; most often a list of texts
  Instant expires_at;  // enforced: an expired value counts as missing
};

// How the reference values stood at one moment. Immutable; policies read it without locks.
class ReferenceSnapshot final : public References {
 public:
  ReferenceAnswer ask(const std::string& name, Instant now) const override;
  // The value, or null when there is none or it has expired by `now`.
  Json find(const std::string& name, Instant now) const;
  // When the value of a name stopped to count; nothing if it counts, or never was.
  std::optional<Instant> expired_at(const std::string& name, Instant now) const;
  const std::map<std::string, ReferenceValue>& all() const { return values_; }
  // Values that are there and cannot be read, each with its failure. find() gives none of them: who asks for one must
  // not take it for missing.
  const std::map<std::string, Error>& damaged() const { return damaged_; }
  const Error* damage(const std::string& name) const;  // of one value; null if it has none

 private:
  friend class ReferenceValues;
  std::map<std::string, ReferenceValue> values_;
  std::map<std::string, Error> damaged_;
};

class ReferenceValues final : public ReferenceProvider {
 public:
  // `trust`: whose messages accept() takes.
  ReferenceValues(store::Store& store, const Clock& clock, ProvenanceTrust trust = {})
      : store_(store), clock_(clock), trust_(std::move(trust)) {}

  //   fails   kUnavailable: store.* (not for one damaged record: see ReferenceSnapshot::damaged())
  Result<std::shared_ptr<const ReferenceSnapshot>> snapshot();

  // Replaces the value of a name. It expires twelve months from now, as the peer's do, unless `expires_at` says when.
  //   fails   kRequest: store.key (a name that the store cannot hold), reference.depth (nested deeper than
  //           limits::kEmbeddedJsonDepth); kUnavailable: store.*
  Status set(const std::string& name, const Json& value);
  Status set(const std::string& name, const Json& value, Instant expires_at);
  // Many names at once: all or none, where the store has commits. Of two of one name the later counts. They expire at
  // `ends_at` if that is earlier than twelve months from now.
  Status set_all(const Json::Object& values, std::optional<Instant> ends_at = std::nullopt);
  // Adds one measured value to the list of a name, which becomes a list if it was a single value. Nothing changes if it
  // is there already, or was added by another at the same time.
  //   fails   as set(), and kUnavailable: reference.damaged, store.busy (others write it again and again)
  Status add(const std::string& name, const Json& measured) override;

  Result<std::shared_ptr<const References>> references(const std::vector<std::string>& names) override;
  Result<std::vector<std::string>> accept(std::string_view message) override;
  Result<bool> erase(const std::string& name);

 private:
  Result<std::optional<ReferenceValue>> read(const std::string& key) const;
  store::Store& store_;
  const Clock& clock_;
  const ProvenanceTrust trust_;
  std::mutex mutex_;
  std::uint64_t generation_ = 0;
  std::shared_ptr<const ReferenceSnapshot> snapshot_;
};

}  // namespace avouch::appraise
