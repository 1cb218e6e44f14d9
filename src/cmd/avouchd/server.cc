#include "cmd/avouchd/server.h"

#include "base/file.h"
#include "base/limits.h"
#include "cmd/avouchd/fronts.h"
#include "cmd/avouchd/http_options.h"
#include "cmd/avouchd/inputs.h"
#include "cmd/avouchd/reference_report.h"
#include "cmd/avouchd/remotes.h"
#include "cmd/avouchd/shared_keys.h"
#include "cmd/avouchd/stores.h"
#include "cmd/avouchd/verification.h"
#include "crypto/encryption.h"
#include "crypto/random.h"
#include "dialect/coco_as/remote.h"
#include "dialect/kbs/handler.h"
#include "dialect/manage/handler.h"
#include "dialect/rvps/remote.h"
#include "edge/http/server.h"
#include "ledger/default_policies.h"

namespace avouch::cmd {
namespace {

std::map<std::string, std::string> resource_defaults() {
  return {{broker::kResourcePolicyId, ledger::default_policies().at("resource_default")}};
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
        Stores the_stores, CcaInputs cca, appraise::ProvenanceTrust suppliers, appraise::Signer the_signer,
        broker::EarTrust trust, broker::Admin the_admin, const Secret& master_key, const Secret& ticket_key,
        Remotes the_remotes, std::unique_ptr<dialect::veraison::VeraisonWitness> the_witness)
      : config(the_config),
        data(the_data),
        clock(the_clock),
        log(the_log),
        stores(std::move(the_stores)),
        rooms(config.allow_sample, cca.remote.has_value()),
        signer(std::move(the_signer)),
        ears(std::move(trust)),
        admin(std::move(the_admin)),
        decisions(*stores.own, clock, log),
        remotes(std::move(the_remotes)),
        attestation_policies(stores.or_else(stores.attestation_policies), attestation_policy_space(config),
                             attestation_defaults(config)),
        resource_policies(stores.or_else(stores.resource_policies), resource_policy_space(config), resource_defaults(),
                          resource_policy_files(config)),
        reference_values(stores.for_peers(), clock, std::move(suppliers)),
        remote_references(make_remote_references()),
        endorsements(*stores.own, std::move(cca.endorsements)),
        witness(std::move(the_witness)),
        sessions(ticket_key, make_spent_nonces(limits::kRedeemedSessions), clock, config.session_lifetime,
                 ticket_scope()),
        appraiser(appraiser_parts()),
        verification(ticket_key, make_spent_nonces(limits::kRedeemedSessions / 2), ticket_scope(), appraiser_parts()),
        why({decisions, attestation_policies, resource_policies, references(), rooms}),
        vault(stores.keeps_secrets_plain() ? broker::Vault(stores.or_else(stores.resources))
                                           : broker::Vault(*stores.own, master_key)),
        broker({vault, resource_policies, decisions, clock,
                config.december_2025 ? broker::PathForm::kText : broker::PathForm::kSegments}),
        shared_tokens(make_shared_tokens(master_key)),
        verifier(make_verifier()),
        kbs({*verifier, sessions, remotes.verifier == nullptr ? &signer : nullptr, resource_policies, broker, vault,
             ears, admin, decisions, clock, log, shared_tokens.get()},
            kbs_options()),
        manage({appraiser, why, endorsements, reference_values, attestation_policies, resource_policies, decisions,
                vault, rooms, admin, clock, config.verifier_address, config.references_address,
                remote_references.get()}),
        front(make_front()) {}

  appraise::Appraiser::Parts appraiser_parts() {
    return {rooms, sessions, endorsements, references(), attestation_policies, signer, decisions, clock, witness.get()};
  }
  appraise::TicketScope ticket_scope() {
    return stores.for_sessions() != nullptr ? appraise::TicketScope::kReplicas : appraise::TicketScope::kThisProcess;
  }

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
    const FrontParts parts{manage,    references(), remote_references == nullptr ? &reference_values : nullptr, admin,
                           decisions, clock,        serves_veraison(config) ? &verification.handler : nullptr};
    switch (config.role) {
      case Role::kVerifier:
        return make_verifier_front(config, parts, {appraiser, rooms, attestation_policies, signer, decisions});
      case Role::kReferenceValues:
        return make_reference_front(config, parts);
      case Role::kBroker:
        break;
    }
    return make_broker_front(parts, kbs);
  }

  std::unique_ptr<appraise::SpentNonces> make_spent_nonces(std::size_t count_max) {
    store::Store* const shared = stores.for_sessions();
    if (shared == nullptr) return appraise::make_spent_nonces_in_memory(clock, count_max);
    return appraise::make_spent_nonces_in_store(*shared);
  }

  std::unique_ptr<dialect::kbs::SharedTokens> make_shared_tokens(const Secret& master_key) {
    store::Store* const shared = stores.for_sessions();
    if (shared == nullptr) return nullptr;
    const Secret key = crypto::hkdf_sha256(master_key, {}, "avouch attested tokens 1", crypto::kAesKeyBytes);
    return std::make_unique<dialect::kbs::SharedTokens>(*shared, key);
  }

  Waiting waiting() const {
    const bool on_others = remotes.verifier != nullptr || remotes.references != nullptr || witness != nullptr;
    return on_others ? Waiting::kForOthers : Waiting::kForNobody;
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
  const std::unique_ptr<dialect::veraison::VeraisonWitness> witness;  // null: platforms are endorsed here
  appraise::Sessions sessions;
  appraise::Appraiser appraiser;
  Verification verification;
  appraise::Why why;
  broker::Vault vault;
  broker::Broker broker;
  const std::unique_ptr<dialect::kbs::SharedTokens> shared_tokens;  // null: there are no other replicas
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
  Stores stores = TRY(open_stores(config, data, clock, log));
  warn_of_lost_keys(config, data, log);
  const Secret master_key = TRY(load_keys(config, data, stores));
  const Secret ticket_key =
      TRY(stores.for_sessions() != nullptr ? settle_ticket_key(*stores.for_sessions(), master_key)
                                           : Result<Secret>(Secret(crypto::random_bytes(crypto::kAesKeyBytes))));
  const tee::Rooms rooms(config.allow_sample);
  CcaInputs cca = TRY(load_cca(config, rooms));
  appraise::ProvenanceTrust suppliers = TRY(load_suppliers(config, log));
  std::unique_ptr<dialect::veraison::VeraisonWitness> witness = TRY(make_witness(config, cca.remote, clock, log));
  appraise::Signer signer = TRY(load_signer(config, data));
  const net::TlsTrust keys_trust = TRY(load_keys_trust(config));
  std::vector<std::shared_ptr<const collateral::RemoteKeys>> key_sets;
  const OpenKeys open_keys = [&](const std::string& url, collateral::KeysForm form) {
    collateral::RemoteKeysOptions remote;
    remote.url = url;
    remote.form = form;
    remote.trust = keys_trust;
    return key_sets.emplace_back(std::make_shared<collateral::RemoteKeys>(std::move(remote), clock, log));
  };
  broker::EarTrust trust = TRY(load_ear_trust(config, signer, open_keys));
  broker::Admin admin = TRY(load_admin(config, data, open_keys));
  if (stores.keeps_secrets_plain())
    log.warn("secrets.plain", {{"reason", "storage LocalFs and LocalJson keep them as the peer does, unsealed"}});
  Remotes remotes = TRY(make_remotes(config));
  if (config.role != Role::kBroker && is_open_to_writes(config) && !is_on_loopback(config)) {
    log.warn("writes.open", {{"reason",
                              "whoever reaches this service may change policies and reference values, because "
                              "its config says so or is of the form that has no place for credentials"}});
  }

  auto parts = std::make_unique<Parts>(config, data, clock, log, std::move(stores), std::move(cca),
                                       std::move(suppliers), std::move(signer), std::move(trust), std::move(admin),
                                       master_key, ticket_key, std::move(remotes), std::move(witness));
  // A policy or record that does not read is found now, and not by the first guest.
  for (const auto& [id, source] : attestation_defaults(config)) TRY(parts->attestation_policies.get(id));
  TRY(parts->resource_policies.get(broker::kResourcePolicyId));
  TRY(report_reference_values(parts->reference_values, clock.now(), log));
  TRY(parts->endorsements.check());
  const Status own_key = parts->vault.check_master_key();
  ENSURE(own_key.has_value(),
         advised(own_key.error(), "vault.master-key",
                 "restore " + data.master_key_file() + ", as it belongs to " + data.database() + ", from a backup"));

  // Keys that cannot be had now count from when they can: an issuer that is down must not keep a server down.
  const Uptime keys_until = clock.uptime() + limits::kKeysAtStart;
  for (const auto& set : key_sets) set->wait(std::max(keys_until - clock.uptime(), Uptime::zero()));

  edge::HttpServerOptions options = TRY(http_options(config, parts->waiting(), log));
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
  CcaInputs cca = TRY(load_cca(parts_->config, parts_->rooms));
  // Rooms are made once, and know for good who vouches for platforms.
  ENSURE(cca.remote.has_value() == (parts_->witness != nullptr),
         Error{Blame::kRequest, "config.cca", "cca-verifier.type changes with a restart alone"});
  std::optional<dialect::veraison::Client> client;
  if (cca.remote.has_value()) client = TRY(make_veraison_client(parts_->config, *cca.remote));
  if (!parts_->config.tls_certificate_file.empty()) {
    const net::TlsIdentity identity = TRY(load_tls_identity(parts_->config));
    TRY(parts_->http->reload_tls(identity));
  }
  // From here on nothing can fail: half of the files in force would be worse than none.
  parts_->endorsements.replace_fixed(std::move(cca.endorsements));
  if (client.has_value()) parts_->witness->replace(*std::move(client), cca.remote->address);
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
  for (store::Store* const store : {parts_->stores.own.get(), parts_->stores.sessions.get()}) {
    if (store == nullptr) continue;
    const Result<std::size_t> collected = store->collect_garbage();
    if (!collected.has_value()) parts_->log.warn("store.garbage", {{"detail", collected.error().detail}});
  }
}

void Server::stop() {
  parts_->http->stop();
  parts_->decisions.flush();
}

}  // namespace avouch::cmd
