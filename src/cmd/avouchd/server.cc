#include "cmd/avouchd/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/avouchd/fronts.h"
#include "cmd/avouchd/inputs.h"
#include "cmd/avouchd/remotes.h"
#include "crypto/random.h"
#include "dialect/coco_as/remote.h"
#include "dialect/kbs/handler.h"
#include "dialect/manage/handler.h"
#include "dialect/rvps/remote.h"
#include "edge/http/server.h"
#include "ledger/default_policies.h"
#include "store/backends.h"

namespace avouch::cmd {
namespace {

// Where each kind of record lies. What the peer's layout knows goes where the config says; the rest stays with us.
struct Stores {
  std::unique_ptr<store::Store> own;     // keys' generations, decisions, endorsements
  std::unique_ptr<store::Store> shared;  // null: the same as own
  // Places of their own in configs of December 2025; null: with the others.
  std::unique_ptr<store::Store> attestation_policies, resource_policies, resources;
  store::Store& for_peers() { return shared != nullptr ? *shared : *own; }
  store::Store& or_else(std::unique_ptr<store::Store>& special) { return special != nullptr ? *special : for_peers(); }
};

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

Result<Stores> open_stores(const Config& config, const DataDirectory& data, const Clock& clock) {
  Stores out;
  TRY(open_special_stores(config, clock, out));
  if (config.storage == StorageKind::kMemory) {
    out.own = store::make_memory_store(clock);
    return out;
  }
  // The database is made before the keys, so that keys without it mean that it was lost: to begin anew in silence would
  // hide that.
  const bool was_lost = file_exists(data.master_key_file()) && !config.new_database;
  out.own = TRY(
      store::open_sqlite_store(data.database(), clock, was_lost ? store::IfAbsent::kRefuse : store::IfAbsent::kMake));
  if (config.storage == StorageKind::kLocalFs)
    out.shared = TRY(store::open_local_fs_store(config.local_fs_folder, clock));
  return out;
}

std::map<std::string, std::string> attestation_defaults() {
  const std::map<std::string, std::string>& all = ledger::default_policies();
  return {{"default_cpu", all.at("default_cpu")}};
}

std::map<std::string, std::string> resource_defaults() {
  return {{broker::kResourcePolicyId, ledger::default_policies().at("resource_default")}};
}

std::string attestation_space(const Config& config) {
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

std::size_t worker_count(const Config& config) {
  constexpr std::size_t kWorkersMin = 2;  // so that one long policy leaves a worker for the others
  return config.worker_count != 0 ? config.worker_count
                                  : std::max<std::size_t>(kWorkersMin, std::thread::hardware_concurrency());
}

// As many connections as may be open at once. The store keeps its files: a flood of connections must not take them.
std::size_t connection_count(const Log& log) {
  constexpr rlim_t kOtherFiles = 128, kLeast = 16;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= limits::kHttpConnections + kOtherFiles) {
    return limits::kHttpConnections;
  }
  const rlim_t count = std::max(files.rlim_cur, kOtherFiles + kLeast) - kOtherFiles;
  log.warn("http.few-connections", {{"count", static_cast<std::int64_t>(count)},
                                    {"reason", "the limit of open files (ulimit -n) allows no more"}});
  return count;
}

// The master key is the last that a first start makes: where it is, the others were.
void warn_of_lost_keys(const Config& config, const DataDirectory& data, const Log& log) {
  if (!file_exists(data.master_key_file())) return;
  const auto warn = [&log](bool is_ours, const std::string& file) {
    if (is_ours && !file_exists(file))
      log.warn("key.lost",
               {{"file", file}, {"next", "a new one is made: restore the old one if what it signed counts"}});
  };
  warn(config.signer_key_file.empty(), data.token_key_file());
  warn(config.own_admin, data.admin_key_file());
}

// A failure with what to do about it, if it is the one that the advice is for.
Error advised(Error error, std::string_view code, const std::string& advice) {
  if (error.code == code) error.detail += ": " + advice;
  return error;
}

}  // namespace

// In the order in which they are made; destroyed in the opposite one.
struct Server::Parts {
  Parts(const Config& the_config, const DataDirectory& the_data, const Clock& the_clock, const Log& the_log,
        Stores the_stores, tee::EndorsedRecords records, appraise::Signer the_signer, broker::EarTrust trust,
        broker::Admin the_admin, Result<Secret> master_key, Remotes the_remotes)
      : config(the_config),
        data(the_data),
        clock(the_clock),
        log(the_log),
        stores(std::move(the_stores)),
        rooms(config.allow_sample),
        signer(std::move(the_signer)),
        ears(std::move(trust)),
        admin(std::move(the_admin)),
        decisions(*stores.own, clock, log),
        remotes(std::move(the_remotes)),
        attestation_policies(stores.or_else(stores.attestation_policies), attestation_space(config),
                             attestation_defaults()),
        resource_policies(stores.or_else(stores.resource_policies), resource_policy_space(config), resource_defaults(),
                          resource_policy_files(config)),
        reference_values(stores.for_peers(), clock),
        remote_references(make_remote_references()),
        endorsements(*stores.own, std::move(records)),
        sessions(Secret(crypto::random_bytes(crypto::kAesKeyBytes)), appraise::make_spent_nonces_in_memory(clock),
                 clock, config.session_lifetime),
        appraiser({rooms, sessions, endorsements, references(), attestation_policies, signer, decisions, clock}),
        why({decisions, attestation_policies, resource_policies, references(), rooms}),
        vault(stores.shared == nullptr && stores.resources == nullptr
                  ? broker::Vault(*stores.own, *master_key)
                  : broker::Vault(stores.or_else(stores.resources))),
        broker({vault, resource_policies, decisions, clock,
                config.december_2025 ? broker::PathForm::kText : broker::PathForm::kSegments}),
        verifier(make_verifier()),
        kbs({*verifier, sessions, remotes.verifier == nullptr ? &signer : nullptr, resource_policies, broker, vault,
             ears, admin, decisions, clock, log},
            kbs_options()),
        manage({appraiser, why, endorsements, reference_values, attestation_policies, resource_policies, decisions,
                vault, rooms, admin, clock, config.verifier_address, config.references_address}),
        front(make_front()) {}

  appraise::ReferenceProvider& references() {
    return remote_references != nullptr ? *remote_references : reference_values;
  }
  // Those that policies of this process ask for; or, with a verifier elsewhere, those that it serves beside.
  std::unique_ptr<appraise::ReferenceProvider> make_remote_references() const {
    using dialect::rvps::RemoteReferenceValues;
    if (remotes.verifier != nullptr) {
      return std::make_unique<RemoteReferenceValues>(call_of(*remotes.verifier), config.verifier_address);
    }
    if (remotes.references == nullptr) return nullptr;
    return std::make_unique<RemoteReferenceValues>(call_of(*remotes.references), config.references_address);
  }
  std::unique_ptr<appraise::Verifier> make_verifier() {
    if (remotes.verifier == nullptr) {
      return std::make_unique<appraise::LocalVerifier>(
          appraise::LocalVerifier::Parts{appraiser, rooms, attestation_policies, references(), clock});
    }
    return std::make_unique<dialect::coco_as::RemoteVerifier>(dialect::coco_as::RemoteVerifier::Parts{
        call_of(*remotes.verifier), config.verifier_address, rooms, sessions, references(), ears, decisions, clock});
  }
  Front make_front() {
    const FrontParts parts{manage, references(), remote_references == nullptr ? &reference_values : nullptr,
                           admin,  decisions,    clock};
    switch (config.role) {
      case Role::kVerifier:
        return make_verifier_front(config, parts,
                                   {appraiser, rooms, attestation_policies, signer, decisions, clock, log});
      case Role::kReferenceValues:
        return make_reference_front(config, parts);
      case Role::kBroker:
        break;
    }
    return make_broker_front(manage, kbs);
  }

  dialect::kbs::KbsOptions kbs_options() const {
    dialect::kbs::KbsOptions options;
    options.allow_rsa1_5 = config.allow_rsa1_5;
    options.secure_cookies = !config.tls_certificate_file.empty();
    options.december_2025 = config.december_2025;
    options.plugins = config.plugins;
    return options;
  }

  const Config config;
  const DataDirectory data;
  const Clock& clock;
  const Log& log;
  Stores stores;
  const tee::Rooms rooms;
  const appraise::Signer signer;
  const broker::EarVerifier ears;
  const broker::Admin admin;
  ledger::DecisionLog decisions;
  const Remotes remotes;
  ledger::Policies attestation_policies, resource_policies;
  appraise::ReferenceValues reference_values;
  const std::unique_ptr<appraise::ReferenceProvider> remote_references;  // null: kept here
  appraise::Endorsements endorsements;
  appraise::Sessions sessions;
  appraise::Appraiser appraiser;
  appraise::Why why;
  broker::Vault vault;
  broker::Broker broker;
  const std::unique_ptr<appraise::Verifier> verifier;
  const dialect::kbs::KbsHandler kbs;
  const dialect::manage::ManageHandler manage;
  const Front front;  // of this role
  std::unique_ptr<edge::HttpServer> http;
  Instant token_renewed_at{};
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(const Config& config, const DataDirectory& data, const Clock& clock,
                                              const Log& log) {
  TRY(check_plain_http(config));
  Result<Stores> stores = open_stores(config, data, clock);
  ENSURE(stores.has_value(), advised(stores.error(), "store.missing",
                                     "but " + data.master_key_file() +
                                         " is there: restore the database from a backup, or start once with "
                                         "--new-database to go on without what it held"));
  warn_of_lost_keys(config, data, log);
  const tee::Rooms rooms(config.allow_sample);
  tee::EndorsedRecords records = TRY(load_endorsements(config, rooms));
  appraise::Signer signer = TRY(load_signer(config, data));
  broker::EarTrust trust = TRY(load_ear_trust(config, signer));
  broker::Admin admin = TRY(load_admin(config, data));
  Result<Secret> master_key = data.master_key();
  ENSURE(master_key.has_value(), master_key.error());
  if (stores->shared != nullptr || stores->resources != nullptr)
    log.warn("secrets.plain", {{"reason", "storage LocalFs keeps them as the peer does, unsealed"}});
  Remotes remotes = TRY(make_remotes(config));
  if (config.role != Role::kBroker && is_open_to_writes(config) && !is_on_loopback(config)) {
    log.warn("writes.open", {{"reason",
                              "whoever reaches this service may change policies and reference values, because "
                              "its config says so or is of the form that has no place for credentials"}});
  }

  auto parts =
      std::make_unique<Parts>(config, data, clock, log, *std::move(stores), std::move(records), std::move(signer),
                              std::move(trust), std::move(admin), std::move(master_key), std::move(remotes));
  // A policy or record that does not read is found now, and not by the first guest.
  TRY(parts->attestation_policies.get("default_cpu"));
  TRY(parts->resource_policies.get(broker::kResourcePolicyId));
  const auto references = TRY(parts->reference_values.snapshot());
  for (const auto& [name, error] : references->damaged()) {
    log.error("reference-value.damaged", {{"name", name}, {"detail", error.detail}});
  }
  TRY(parts->endorsements.check());
  const Status own_key = parts->vault.check_master_key();
  ENSURE(own_key.has_value(),
         advised(own_key.error(), "vault.master-key",
                 "restore " + data.master_key_file() + ", as it belongs to " + data.database() + ", from a backup"));

  edge::HttpServerOptions options;
  options.addresses = config.addresses;
  options.body_limit_bytes = config.body_limit_bytes;
  options.worker_count = worker_count(config);
  options.connection_count = connection_count(log);
  if (!config.tls_certificate_file.empty()) options.tls = TRY(load_tls_identity(config));
  std::unique_ptr<Server> server(new Server(std::move(parts)));
  server->housekeep();  // before anybody is answered: who sees a server finds the administrator's token
  Parts& made = *server->parts_;
  Result<std::unique_ptr<edge::HttpServer>> http = edge::HttpServer::start(std::move(options), *made.front, log);
  ENSURE(http.has_value(),
         advised(http.error(), "http.listen", "name another address with --listen or http_server.sockets"));
  made.http = *std::move(http);
  return server;
}

const std::vector<std::string>& Server::addresses() const {
  return parts_->http->bound_addresses();
}

Status Server::reload() {
  tee::EndorsedRecords records = TRY(load_endorsements(parts_->config, parts_->rooms));
  if (!parts_->config.tls_certificate_file.empty()) {
    const net::TlsIdentity identity = TRY(load_tls_identity(parts_->config));
    TRY(parts_->http->reload_tls(identity));
  }
  // From here on nothing can fail: half of the files in force would be worse than none.
  parts_->endorsements.replace_fixed(std::move(records));
  return ok();
}

void Server::housekeep() {
  const Instant now = parts_->clock.now();
  // A token that was made before the clock was put back is not valid yet.
  const bool is_due = now < parts_->token_renewed_at || now - parts_->token_renewed_at >= kAdminTokenRenewal;
  if (parts_->config.own_admin && is_due) {
    const Status written = parts_->data.write_admin_token(now, kAdminTokenLifetime);
    if (!written.has_value()) parts_->log.error("admin-token.not-written", {{"detail", written.error().detail}});
    parts_->token_renewed_at = now;
  }
  const Result<std::size_t> collected = parts_->stores.own->collect_garbage();
  if (!collected.has_value()) parts_->log.warn("store.garbage", {{"detail", collected.error().detail}});
}

void Server::stop() {
  parts_->http->stop();
  parts_->decisions.flush();
}

}  // namespace avouch::cmd
