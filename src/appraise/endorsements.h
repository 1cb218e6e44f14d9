// Endorsements: what this verifier was told to believe about platforms: trust anchors and platform reference values. In
// the store (managed with `avouch endorsement`), and besides in files that a config names, as the peers have them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "store/store.h"
#include "tee/collateral.h"

namespace avouch::appraise {

class Endorsements {
 public:
  // `fixed`: from files named in the config; not stored, and not removable here.
  Endorsements(store::Store& store, tee::EndorsedRecords fixed);

  // What a verification needs, as far as it is endorsed. Keys are parsed once per change of the store.
  //   fails   kUnavailable: store.* (store.corrupt also where a stored key cannot be read)
  Result<tee::Collateral> get(const tee::Needs& needs);

  Status check();  // whether all that is stored reads, as get() says
  // Adds records; one that is there already stays as it is. Every key is checked before the first is written.
  //   fails   kRequest: key.*, jwk.*, store.key; kUnavailable: store.*
  Status add(const tee::EndorsedRecords& records);
  // Removes the trust anchors of exactly this key (of a tee::Need); whether there was one.
  //   fails   kRequest: endorsement.fixed (a file has it too, so that it would go on to count); kUnavailable: store.*
  Result<bool> revoke_trust_anchor(const std::string& key);
  Result<tee::EndorsedRecords> stored();
  void replace_fixed(tee::EndorsedRecords fixed);  // after the files have changed

 private:
  struct Snapshot {
    std::multimap<std::string, tee::TrustAnchor> trust_anchors;
    std::multimap<std::string, tee::PlatformReference> platform_references;
  };
  Result<std::shared_ptr<const Snapshot>> snapshot();
  bool is_fixed(const std::string& trust_anchor);
  static Status fill(Snapshot& out, const tee::EndorsedRecords& records);

  store::Store& store_;
  std::mutex mutex_;
  tee::EndorsedRecords fixed_;
  std::uint64_t anchor_generation_ = 0, reference_generation_ = 0;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace avouch::appraise
