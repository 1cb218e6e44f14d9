// Reference values: what measurements are expected to be, endorsed by an operator or a supplier, by name. Kept in the
// peer's own record form, so that its stores are read and written as they are; what they live through (lifecycle.h) is
// kept beside.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "appraise/provenance.h"
#include "appraise/reference_snapshot.h"
#include "base/clock.h"
#include "base/recent_map.h"
#include "base/result.h"
#include "codec/json.h"
#include "store/store.h"

namespace avouch::appraise {

// Who changes what is said of a value, and on what record.
struct Author {
  std::string by, decision, reason;
};

// A change in the life of a name's values.
struct LifeChange {
  LifeState state;
  std::string name;
  std::optional<Json> value;       // a list: each of its elements; none: every value of the name that the change fits
  std::optional<Instant> ends_at;  // of candidates (and of what becomes of them), and of deprecated ones
  Author author;
};

class ReferenceValues final : public ReferenceProvider {
 public:
  // `trust`: whose messages accept() takes.
  ReferenceValues(store::Store& store, const Clock& clock, ProvenanceTrust trust = {})
      : store_(store), clock_(clock), trust_(std::move(trust)) {}

  // All of them, or the first so many names in order, to list. Whoever knows the name asks by it, as appraisals do: a
  // store may hold a million others.
  //   fails   kUnavailable: store.* (not for one damaged record: see ReferenceSnapshot::damaged())
  static constexpr std::size_t kAllNames = static_cast<std::size_t>(-1);
  Result<std::shared_ptr<const ReferenceSnapshot>> snapshot(std::size_t names_max = kAllNames) const;
  // What there is of one name.   fails   as snapshot()
  Result<std::shared_ptr<const ReferenceSnapshot>> snapshot_of(const std::string& name);

  // Replaces the value of a name. It expires twelve months from now, as the peer's do, unless `expires_at` says when.
  // Candidates among it become active; what was deprecated stays so.
  //   fails   kRequest: store.key (a name that the store cannot hold), reference.depth (nested deeper than
  //           limits::kEmbeddedJsonDepth), reference.revoked (a value of it was); kUnavailable: store.*,
  //           reference.damaged (what is known of the name's life)
  Status set(const std::string& name, const Json& value);
  Status set(const std::string& name, const Json& value, Instant expires_at);
  // Many names at once: all or none, where the store has commits. Of two of one name the later counts. They expire at
  // `ends_at` if that is earlier than twelve months from now.
  Status set_all(const Json::Object& values, std::optional<Instant> ends_at = std::nullopt);
  // Adds one measured value to the list of a name, which becomes a list if it was a single value. Nothing changes if it
  // is there already, or was added by another at the same time.
  //   fails   as set(), and kRequest: reference.ended (it was deprecated, or its supplier's word has ended);
  //   kUnavailable:
  //           store.busy (others write it again and again)
  Status add(const std::string& name, const Json& measured) override;

  // Changes what is said of values, and returns those that it was said of. Saying the same again changes nothing.
  //   candidate   `value` is needed; it is not used until activated
  //   active      of candidates and deprecated ones; without `value`, all candidates
  //   deprecated  needs `ends_at`, to come; of values that count
  //   revoked     of any value, also of one that is not set (yet)
  //   fails   kRequest: reference.unknown (no such name, or no such value of it), reference.revoked (it is, for good),
  //           reference.state (the change does not fit: the detail says why), reference.end (missing, or past),
  //           reference.too-many (values of one name that something is said of), and as set(); kUnavailable: as add()
  Result<Json::Array> change(const LifeChange& change);

  Result<std::shared_ptr<const References>> references(const std::vector<std::string>& names) override;
  Result<std::vector<std::string>> accept(std::string_view message) override;
  // Takes in a message as candidates. The signer's name becomes the reason if there is none.
  //   fails   as accept() and change()
  Result<std::vector<std::string>> stage(std::string_view message, Author author);
  // Forgets a name, with all that was said of its values. Whether it was there.
  Result<bool> erase(const std::string& name);

 private:
  // What is known of a name's values, and the record that says so.
  struct KnownLife {
    std::optional<Buffer> record;  // none: there is none
    Life life;
  };
  using Generations = std::pair<std::uint64_t, std::uint64_t>;  // of values, and of what is said of them
  struct Known {                                                // of one name
    std::shared_ptr<const ReferenceSnapshot> snapshot;
    Generations generations;
  };
  class ByName;
  static constexpr std::size_t kRemembered = 4'096;  // names that were asked for lately; a KiB each

  Result<std::shared_ptr<const ReferenceSnapshot>> look_up(const std::string& name, Generations now);
  Result<Generations> generations() const;
  Status read_into(ReferenceSnapshot& out, const std::string& name) const;
  Result<std::optional<ReferenceValue>> read(const std::string& key) const;
  Result<KnownLife> read_life(const std::string& name) const;
  Result<bool> write_life(const std::string& name, const KnownLife& before, const Life& life);  // false: was changed
  Status check_not_revoked(const std::string& name, const Json& value) const;
  Status add_to_record(const std::string& name, const Json& measured);
  Status drop_candidates(const std::string& name, const Json& value);
  Status take_away(const std::string& name, const Json::Array& values);
  store::Store& store_;
  const Clock& clock_;
  const ProvenanceTrust trust_;
  RecentMap<std::string, Known> known_{kRemembered};
};

}  // namespace avouch::appraise
