// What avouchd is told: by its options, and by a config file in the form of Trustee's kbs-config.toml (both the form of
// December 2025 and that of August 2026), with a table [avouch] for what only we have.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "appraise/signer.h"
#include "base/limits.h"
#include "base/result.h"
#include "broker/admin.h"

namespace avouch::cmd {

enum class StorageKind : unsigned char { kSqlite, kMemory, kLocalFs };

// An issuer of admin tokens, its keys still in files.
struct AdminIssuerFiles {
  broker::AdminIssuer issuer;                 // keys empty
  std::vector<std::string> public_key_files;  // PEM
  std::vector<std::string> jwk_set_files;
};

struct Config {
  std::vector<std::string> addresses = {"127.0.0.1:8080"};
  bool insecure_http = false;
  std::string tls_private_key_file, tls_certificate_file;
  std::size_t body_limit_bytes = limits::kHttpBodyBytes;
  std::size_t worker_count = 0;  // 0: as many as processors

  bool allow_sample = false;
  bool allow_rsa1_5 = false;
  std::chrono::seconds token_leeway{0};
  std::chrono::seconds session_lifetime = limits::kSessionLifetime;
  appraise::SignerOptions signer;                        // certificates empty: they are in signer_certificate_file
  std::string signer_key_file, signer_certificate_file;  // empty: a key of our own, kept in the data directory

  std::vector<std::string> trusted_certificate_files, trusted_jwk_set_files, extra_teekey_paths;
  std::vector<std::string> token_issuers, token_profiles, token_audiences;  // of results; see broker::EarTrust
  bool insecure_header_jwk = false;

  // Absent from the config: administrators are those who hold the key in the data directory.
  bool own_admin = true;
  broker::AdminOptions admin;
  std::vector<AdminIssuerFiles> admin_issuers;

  StorageKind storage = StorageKind::kSqlite;
  std::string local_fs_folder;
  bool new_database = false;    // an option only: make it although the keys of an earlier one are there
  std::string cca_config_file;  // names ta-store and rv-store files, in the peer's form
  std::vector<std::string> plugins = {"resource"};
  bool december_2025 = false;  // the config has that form: policies and answers follow it
};

//   fails   kRequest: file.*, toml.*, config.*; the detail names file, line and key
Result<Config> read_config(const std::string& path);

}  // namespace avouch::cmd
