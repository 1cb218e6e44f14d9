#include "cmd/avouchd/stores.h"

#include "base/file.h"
#include "broker/broker.h"
#include "store/backends.h"

namespace avouch::cmd {
namespace {

bool is_shared(StorageKind kind) {
  return kind == StorageKind::kPostgres || kind == StorageKind::kRedis;
}

Result<std::unique_ptr<store::Store>> open_shared(StorageKind kind, const Config& config, const Clock& clock,
                                                  const Log& log) {
  if (kind == StorageKind::kPostgres) return store::open_postgres_store(config.postgres_url, clock);
  std::vector<std::string> risks;
  Result<std::unique_ptr<store::Store>> opened = store::open_redis_store(config.redis_url, clock, &risks);
  for (const std::string& risk : risks) log.warn("store.risk", {{"reason", risk}});
  return opened;
}

// The database is made before the keys, so that keys without it mean that it was lost: to begin anew in silence would
// hide that.
Result<std::unique_ptr<store::Store>> open_database(const Config& config, const DataDirectory& data,
                                                    const Clock& clock) {
  const bool was_lost = file_exists(data.master_key_file()) && !config.new_database;
  Result<std::unique_ptr<store::Store>> opened =
      store::open_sqlite_store(data.database(), clock, was_lost ? store::IfAbsent::kRefuse : store::IfAbsent::kMake);
  if (opened.has_value() || std::string_view(opened.error().code) != "store.missing") return opened;
  Error error = opened.error();
  error.detail += ": but " + data.master_key_file() +
                  " is there: restore the database from a backup, or start once with --new-database to go on without "
                  "what it held";
  return error;
}

// A folder or file named by a config, as the LocalFs layout has it: its parent, and its name there.
struct Place {
  explicit Place(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    const std::size_t slash = path.rfind('/');
    parent = slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
    name = path.substr(slash + 1);
  }
  std::string parent, name;
};

Status open_special_stores(const Config& config, const Clock& clock, Stores& out) {
  if (!config.policy_folder.empty()) {
    out.attestation_policies = TRY(store::open_local_fs_store(Place(config.policy_folder).parent, clock));
  }
  if (!config.resource_policy_file.empty()) {
    const std::string folder = Place(config.resource_policy_file).parent;
    out.resource_policies = TRY(store::open_local_fs_store(Place(folder).parent, clock));
  }
  if (!config.resource_folder.empty()) out.resources = TRY(store::open_local_tree_store(config.resource_folder));
  return ok();
}

}  // namespace

Result<Stores> open_stores(const Config& config, const DataDirectory& data, const Clock& clock, const Log& log) {
  Stores out;
  TRY(open_special_stores(config, clock, out));
  out.own_is_shared = is_shared(config.storage);
  if (config.storage == StorageKind::kMemory) {
    out.own = store::make_memory_store(clock);
  } else {
    out.own =
        TRY(out.own_is_shared ? open_shared(config.storage, config, clock, log) : open_database(config, data, clock));
  }
  if (config.storage == StorageKind::kLocalFs)
    out.peers = TRY(store::open_local_fs_store(config.local_fs_folder, clock));
  if (config.storage == StorageKind::kLocalJson)
    out.peers = TRY(store::open_local_json_store(config.local_json_folder));
  const StorageKind sessions = config.session_storage.value_or(config.storage);
  out.sessions_in_own = is_shared(sessions) && sessions == config.storage;
  if (is_shared(sessions) && !out.sessions_in_own) out.sessions = TRY(open_shared(sessions, config, clock, log));
  return out;
}

std::string attestation_policy_space(const Config& config) {
  return config.policy_folder.empty() ? "attestation_service_policy" : Place(config.policy_folder).name;
}

std::string resource_policy_space(const Config& config) {
  return config.resource_policy_file.empty() ? "kbs" : Place(Place(config.resource_policy_file).parent).name;
}

// The file that the config names is that of the one resource policy.
ledger::PolicyFiles resource_policy_files(const Config& config) {
  if (config.resource_policy_file.empty()) return {};
  return {{broker::kResourcePolicyId, Place(config.resource_policy_file).name}};
}

}  // namespace avouch::cmd
