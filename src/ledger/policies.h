// Policies: the texts that operators set, kept in the store under the peer's keys, compiled once, replaced whole.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/policy.h"
#include "store/store.h"

namespace avouch::ledger {

// A policy as it is in force, with what a decision record says of it.
struct ActivePolicy {
  std::string id;      // "default_cpu"
  std::string digest;  // SHA-256 of the text, hex
  bool is_default;     // ours, because nobody set one
  std::shared_ptr<const policy::Program> program;
};

// Ids whose policies lie under another key than "<id>.rego".
using PolicyFiles = std::map<std::string, std::string>;

class Policies {
 public:
  // `space` is the store's space; a policy `id` lies there as "<id>.rego". `defaults` are used where nothing is stored.
  Policies(store::Store& store, std::string space, std::map<std::string, std::string> defaults, PolicyFiles files = {});

  //   fails   kPolicy: policy.unknown (nothing stored, no default), policy.invalid (a text in the store that does not
  //           compile: it was not set through us); kUnavailable: store.*
  Result<ActivePolicy> get(const std::string& id);
  // Compiles, then keeps.
  //   fails   kRequest: policy.syntax, policy.size, policy.nul, policy.package, policy.id; kUnavailable: store.*
  Status set(const std::string& id, const std::string& source);
  // A policy that was in force once, by its digest, so that its decisions can be explained; null if its text is kept no
  // longer (limits::kPoliciesKept), or it never was.
  std::shared_ptr<const policy::Program> kept(const std::string& digest);
  Result<bool> erase(const std::string& id);  // back to the default, if there is one
  Result<std::vector<std::string>> ids();

 private:
  std::string storage_key(const std::string& id) const;
  Result<ActivePolicy> load(const std::string& id);
  void keep(const std::string& digest, const std::string& source);

  store::Store& store_;
  const std::string space_, kept_space_;
  const std::map<std::string, std::string> defaults_;
  const PolicyFiles files_;
  std::mutex mutex_;
  std::uint64_t generation_ = 0;
  std::map<std::string, ActivePolicy> compiled_;
};

}  // namespace avouch::ledger
