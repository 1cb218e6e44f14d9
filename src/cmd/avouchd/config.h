// What avouchd is told: by its options, and by a config file in the form of Trustee's kbs-config.toml (both the form of
// December 2025 and that of August 2026), with a table [avouch] for what only we have.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "appraise/signer.h"
#include "base/limits.h"
#include "base/result.h"
#include "broker/admin.h"
#include "net/tls.h"

namespace avouch::cmd {

enum class StorageKind : unsigned char { kSqlite, kMemory, kLocalFs, kLocalJson, kPostgres, kRedis };

// What a server is: the broker, which judges evidence itself unless its config names a verifier elsewhere; or a
// verifier or a keeper of reference values for others.
enum class Role : unsigned char { kBroker, kVerifier, kReferenceValues };

// An issuer of admin tokens, its keys still in files.
struct AdminIssuerFiles {
  broker::AdminIssuer issuer;                 // keys empty
  std::vector<std::string> public_key_files;  // PEM
  std::vector<std::string> jwk_set_files;
  std::vector<std::string> public_key_urls, jwk_set_urls;  // https
};

// Whose signed reference values count, their keys still in files.
struct SupplierFiles {
  std::vector<std::string> key_files;          // PEM
  std::vector<std::string> certificate_files;  // PEM: roots
  bool allow_unsigned = false;
};

// How a service elsewhere is spoken to. Empty: not.
struct Access {
  std::string ca_file;                             // whom to believe for https, instead of the system's roots
  std::string certificate_file, private_key_file;  // who to be, where it asks
  std::string token_file;                          // of an administrator there; read for each call
};

struct Config {
  Role role = Role::kBroker;
  std::string verifier_address;    // "http://127.0.0.1:50004"; empty: this process
  std::size_t verifier_pool = 0;   // connections to it that are kept; 0: as many as clients keep anyway
  std::string references_address;  // "http://127.0.0.1:50003"; empty: this process
  SupplierFiles corim_suppliers;   // of manifests in CoRIM
  SupplierFiles swid_suppliers;    // of SWID tags (TCG RIM), by certificates alone
  Access verifier_access, references_access;
  std::string keys_ca_file;   // whom to believe, beside the system's roots, for keys at https URLs
  std::string data_folder;    // where the config's form says that data lie; empty: it does not
  std::string policy_folder;  // files <id>.rego of attestation policies; empty: they are in the store
  std::string resource_policy_file;
  std::string resource_folder;  // files <repository>/<type>/<tag>, plain; empty: they are in the store
  // Of a verifier or keeper of reference values: by everybody who reaches it. Not said: on loopback alone.
  std::optional<bool> insecure_writes;
  bool veraison = true;                      // Veraison's challenge-response sessions, where evidence is judged here
  bool allow_unbound = false;                // of a verifier: evidence without runtime data
  std::vector<std::string> allowed_origins;  // of web pages that may ask a verifier; an option only

  std::vector<std::string> addresses = {"127.0.0.1:8080"};
  bool insecure_http = false;
  std::string tls_private_key_file, tls_certificate_file;
  std::string tls_client_ca_file;  // clients need a certificate of one of these authorities; empty: they need none
  net::TlsVersion tls_minimum_version = net::TlsVersion::k1_2, tls_maximum_version = net::TlsVersion::k1_3;
  std::string tls_ciphers, tls_groups;  // empty: those of net/tls.h
  std::size_t body_limit_bytes = limits::kHttpBodyBytes;
  std::size_t worker_count = 0;  // 0: as many as processors

  bool allow_sample = false;
  bool allow_rsa1_5 = false;
  std::chrono::seconds token_leeway{0};
  std::chrono::seconds session_lifetime = limits::kSessionLifetime;
  appraise::SignerOptions signer;                        // certificates empty: they are in signer_certificate_file
  std::string signer_key_file, signer_certificate_file;  // empty: a key of our own, kept in the data directory

  std::vector<std::string> trusted_certificate_files, trusted_jwk_set_files, extra_teekey_paths;
  std::vector<std::string> trusted_jwk_set_urls;                            // https
  std::vector<std::string> token_issuers, token_profiles, token_audiences;  // of results; see broker::EarTrust
  bool insecure_header_jwk = false;

  // Absent from the config: administrators are those who hold the key in the data directory.
  bool own_admin = true;
  broker::AdminOptions admin;
  std::vector<AdminIssuerFiles> admin_issuers;

  StorageKind storage = StorageKind::kSqlite;
  std::optional<StorageKind> session_storage;  // none: as storage
  std::string local_fs_folder, local_json_folder;
  std::string postgres_url, redis_url;  // may hold passwords: never to be shown
  std::string master_key_file;          // empty: that of the data directory
  bool new_database = false;            // an option only: make it although the keys of an earlier one are there
  std::string cca_config_file;          // names ta-store and rv-store files, in the peer's form
  std::vector<std::string> plugins = {"resource"};
  bool december_2025 = false;  // the config has that form: policies and answers follow it
};

// Each fails   kRequest: file.*, toml.*, json.*, config.*; the detail names file, line and key
Result<Config> read_config(const std::string& path);       // kbs-config.toml
Result<Config> read_as_config(const std::string& path);    // as-config.json
Result<Config> read_rvps_config(const std::string& path);  // rvps.json
Result<Config> read_config_of(Role role, const std::string& path);
Result<Role> role_of_config(const std::string& path);  // by the keys that it has

// What the peer takes from the environment, so that passwords need not be in a file: POSTGRES_URL, REDIS_URL.
void read_environment(Config& config);

}  // namespace avouch::cmd
