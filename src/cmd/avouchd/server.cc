#include "cmd/avouchd/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/avouchd/inputs.h"
#include "crypto/random.h"
#include "dialect/kbs/handler.h"
#include "dialect/manage/handler.h"
#include "edge/http/server.h"
#include "ledger/default_policies.h"
#include "store/backends.h"

namespace avouch::cmd {
namespace {

// One listening end, two interfaces: ours under its own prefix, the peer's everywhere else.
class Front final : public net::HttpHandler {
 public:
  Front(const net::HttpHandler& manage, const net::HttpHandler& kbs) : manage_(manage), kbs_(kbs) {}
  Weight weight(const net::HttpRequest& head) const override { return choose(head).weight(head); }
  std::size_t body_limit_bytes(const net::HttpRequest& head) const override {
    return choose(head).body_limit_bytes(head);
  }
  net::HttpResponse handle(const net::HttpRequest& request) const override { return choose(request).handle(request); }

 private:
  const net::HttpHandler& choose(const net::HttpRequest& request) const {
    return request.path().starts_with(dialect::manage::kPrefix) ? manage_ : kbs_;
  }
  const net::HttpHandler& manage_;
  const net::HttpHandler& kbs_;
};

// Where each kind of record lies. What the peer's layout knows goes where the config says; the rest stays with us.
struct Stores {
  std::unique_ptr<store::Store> own;     // keys' generations, decisions, endorsements
  std::unique_ptr<store::Store> shared;  // null: the same as own
  store::Store& for_peers() { return shared != nullptr ? *shared : *own; }
};

Result<Stores> open_stores(const Config& config, const DataDirectory& data, const Clock& clock) {
  Stores out;
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
        broker::Admin the_admin, Result<Secret> master_key)
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
        attestation_policies(stores.for_peers(), "attestation_service_policy", attestation_defaults()),
        resource_policies(stores.for_peers(), "kbs", resource_defaults()),
        reference_values(stores.for_peers(), clock),
        endorsements(*stores.own, std::move(records)),
        sessions(Secret(crypto::random_bytes(crypto::kAesKeyBytes)), appraise::make_spent_nonces_in_memory(clock),
                 clock, config.session_lifetime),
        appraiser({rooms, sessions, endorsements, reference_values, attestation_policies, signer, decisions, clock}),
        why({decisions, attestation_policies, resource_policies, reference_values, rooms}),
        vault(stores.shared != nullptr ? broker::Vault(*stores.shared) : broker::Vault(*stores.own, *master_key)),
        broker({vault, resource_policies, decisions, clock,
                config.december_2025 ? broker::PathForm::kText : broker::PathForm::kSegments}),
        verifier({appraiser, rooms, attestation_policies, reference_values, clock}),
        kbs({verifier, sessions, &signer, resource_policies, broker, vault, ears, admin, decisions, clock, log},
            kbs_options()),
        manage({appraiser, why, endorsements, reference_values, attestation_policies, resource_policies, decisions,
                vault, rooms, admin, clock}),
        front(manage, kbs) {}

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
  ledger::Policies attestation_policies, resource_policies;
  appraise::ReferenceValues reference_values;
  appraise::Endorsements endorsements;
  appraise::Sessions sessions;
  appraise::Appraiser appraiser;
  appraise::Why why;
  broker::Vault vault;
  broker::Broker broker;
  appraise::LocalVerifier verifier;
  const dialect::kbs::KbsHandler kbs;
  const dialect::manage::ManageHandler manage;
  const Front front;
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
  if (stores->shared != nullptr)
    log.warn("secrets.plain", {{"reason", "storage LocalFs keeps them as the peer does, unsealed"}});

  auto parts = std::make_unique<Parts>(config, data, clock, log, *std::move(stores), std::move(records),
                                       std::move(signer), std::move(trust), std::move(admin), std::move(master_key));
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
  Result<std::unique_ptr<edge::HttpServer>> http = edge::HttpServer::start(std::move(options), made.front, log);
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
