// Where each kind of record lies, as the config says.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "cmd/avouchd/config.h"
#include "cmd/common/data_directory.h"
#include "ledger/policies.h"
#include "store/store.h"

namespace avouch::cmd {

struct Stores {
  std::unique_ptr<store::Store> own;       // keys' generations, decisions, endorsements; of peers' records the rest
  std::unique_ptr<store::Store> peers;     // in a peer's layout, in plain; null: the same as own
  std::unique_ptr<store::Store> sessions;  // shared with other replicas; null: the same as own, if that is
  // Places of their own in configs of December 2025; null: with the others.
  std::unique_ptr<store::Store> attestation_policies, resource_policies, resources;
  bool own_is_shared = false;  // own is
  bool sessions_in_own = false;

  store::Store& for_peers() { return peers != nullptr ? *peers : *own; }
  store::Store& or_else(std::unique_ptr<store::Store>& special) { return special != nullptr ? *special : for_peers(); }
  bool keeps_secrets_plain() const { return peers != nullptr || resources != nullptr; }
  // Null: the sessions of this process are its own.
  store::Store* for_sessions() { return sessions != nullptr ? sessions.get() : sessions_in_own ? own.get() : nullptr; }
};

//   fails   as the stores do, and kUnavailable: store.missing (with what to do about it)
Result<Stores> open_stores(const Config& config, const DataDirectory& data, const Clock& clock, const Log& log);

// The spaces of the stores where policies are, and the resource policy's file where the config names one.
std::string attestation_policy_space(const Config& config);
std::string resource_policy_space(const Config& config);
ledger::PolicyFiles resource_policy_files(const Config& config);

}  // namespace avouch::cmd
