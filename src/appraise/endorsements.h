// Endorsements: what this verifier was told to believe about platforms: trust anchors and platform reference values. In
// the store (managed with `avouch endorsement`), and besides in files that a config names, as the peers have them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/recent_map.h"
#include "base/result.h"
#include "codec/json.h"
#include "store/store.h"
#include "tee/collateral.h"

namespace avouch::appraise {

class Endorsements {
 public:
  // `fixed`: from files named in the config; not stored, and not removable here.
  Endorsements(store::Store& store, tee::EndorsedRecords fixed);

  // What a verification needs, as far as it is endorsed: looked up by key, so that the many others cost nothing. What
  // was needed lately is remembered, parsed, until the store changes.
  //   fails   kUnavailable: store.* (store.corrupt also where a needed key cannot be read)
  Result<tee::Collateral> get(const tee::Needs& needs);

  // Whether the store answers and what it holds reads, as get() says: all from files, and the first of each kind of
  // what is stored. A store of a million is not read through at each start: `avouch store verify` does that.
  Status check();
  // Adds records; one that is there already stays as it is. Every key is checked before the first is written.
  //   fails   kRequest: key.*, jwk.*, store.key; kUnavailable: store.*
  Status add(const tee::EndorsedRecords& records);
  // Removes the trust anchors of exactly this key (of a tee::Need); whether there was one.
  //   fails   kRequest: endorsement.fixed (a file has it too, so that it would go on to count); kUnavailable: store.*
  Result<bool> revoke_trust_anchor(const std::string& key);
  Result<tee::EndorsedRecords> stored();
  void replace_fixed(tee::EndorsedRecords fixed);  // after the files have changed

 private:
  using Name = std::pair<tee::Need::Kind, std::string>;
  struct Fixed {
    std::multimap<Name, Json> records;
    std::uint64_t version;
  };
  struct Known {  // of one need
    std::shared_ptr<const tee::Collateral> collateral;
    std::uint64_t generation, fixed_version;
  };
  std::shared_ptr<const Fixed> fixed() const;
  Result<std::shared_ptr<const tee::Collateral>> find(const tee::Need& need);
  Result<tee::Collateral> read(const tee::Need& need, const Fixed& fixed) const;

  store::Store& store_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Fixed> fixed_;
  RecentMap<Name, Known> known_;
};

}  // namespace avouch::appraise
