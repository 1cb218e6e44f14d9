#include "cmd/avouchd/config_parts.h"

namespace avouch::cmd {
namespace {

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool is_plain = ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') ||
                          std::string_view("-._~").find(c) != std::string_view::npos;
    const auto octet = static_cast<unsigned char>(c);
    out += is_plain ? std::string(1, c) : std::string{'%', kDigits[octet >> 4], kDigits[octet & 15]};
  }
  return out;
}

// The peer's keys and defaults; but its URL leaves out the user's name where there is a password, and ours does not.
Status read_postgres(ConfigReader& in, const std::string& path, Config& out) {
  const std::string database = TRY(in.text(path + "db")).value_or("postgres");
  const std::string user = TRY(in.text(path + "username")).value_or("postgres");
  const std::string password = TRY(in.text(path + "password")).value_or("");
  const std::string host = TRY(in.text(path + "host")).value_or("localhost");
  const std::int64_t port = TRY(in.integer(path + "port")).value_or(5432);
  ENSURE(1 <= port && port <= 65'535, in.error("config.range", path + "port", "has to be 1 to 65535"));
  out.postgres_url = "postgresql://" + percent_encoded(user) +
                     (password.empty() ? "" : ":" + percent_encoded(password)) + "@/" + percent_encoded(database) +
                     "?host=" + percent_encoded(host) + "&port=" + std::to_string(port);
  return ok();
}

Status read_suppliers(ConfigReader& in, const std::string& path, SupplierFiles& out) {
  out.key_files = TRY(in.texts(path + "trusted_keys"));
  out.certificate_files = TRY(in.texts(path + "trusted_certs"));
  out.allow_unsigned = TRY(in.boolean(path + "allow_unsigned")).value_or(false);
  return ok();
}

}  // namespace

std::string with_scheme(const std::string& address) {
  const bool has_one = address.starts_with("http://") || address.starts_with("https://");
  return has_one ? address : "http://" + address;
}

Status read_token_broker(ConfigReader& in, const std::string& prefix, Config& out) {
  const std::string broker = prefix + "attestation_token_broker.";
  const std::int64_t lifetime = TRY(in.integer(broker + "duration_min")).value_or(5);
  ENSURE(1 <= lifetime && lifetime <= 525'600,
         in.error("config.range", broker + "duration_min", "has to be 1 to 525600"));
  out.signer.lifetime = std::chrono::minutes(lifetime);
  out.signer.issuer = TRY(in.text(broker + "issuer_name")).value_or(out.signer.issuer);
  out.signer.developer = TRY(in.text(broker + "developer_name")).value_or(out.signer.developer);
  out.signer.build = TRY(in.text(broker + "build_name")).value_or(out.signer.build);
  out.signer.profile = TRY(in.text(broker + "profile_name")).value_or(out.signer.profile);
  out.signer_key_file = TRY(in.text(broker + "signer.key_path")).value_or("");
  out.signer_certificate_file = TRY(in.text(broker + "signer.cert_path")).value_or("");
  out.signer.certificate_url = TRY(in.text(broker + "signer.cert_url")).value_or("");
  out.signer.is_verbose = TRY(in.boolean(broker + "verbose_token")).value_or(true);
  out.policy_folder = TRY(in.text(broker + "policy_dir")).value_or("");
  if (!out.policy_folder.empty()) out.december_2025 = true;
  return ok();
}

Status read_extractors(ConfigReader& in, const std::string& prefix, Config& out) {
  TRY(read_suppliers(in, prefix + "extractors.corim.", out.corim_suppliers));
  const std::string swid = prefix + "extractors.swid.";  // signed by certificates alone
  out.swid_suppliers.certificate_files = TRY(in.texts(swid + "trusted_certs"));
  out.swid_suppliers.allow_unsigned = TRY(in.boolean(swid + "allow_unsigned")).value_or(false);
  in.ignore(prefix + "extractors.swid_extractor");  // the peer's own: it has no settings
  return ok();
}

Status read_references(ConfigReader& in, const std::string& prefix, Config& out) {
  const std::string rvps = prefix + "rvps_config.";
  const std::string type = TRY(in.text(rvps + "type")).value_or("BuiltIn");
  ENSURE(type == "BuiltIn" || type == "GrpcRemote",
         in.error("config.value", rvps + "type", "has to be BuiltIn or GrpcRemote"));
  const std::string address = TRY(in.text(rvps + "address")).value_or("127.0.0.1:50003");
  if (type == "GrpcRemote") {
    out.references_address = with_scheme(address);
    for (const char* key : {"extractors.corim", "extractors.swid"}) {
      ENSURE(!in.has(rvps + key),
             in.error("config.conflict", rvps + key, "belongs to the config of the provider at address"));
    }
  }
  TRY(read_extractors(in, rvps, out));
  in.ignore(rvps + "storage_type");  // one store keeps everything here
  in.ignore(rvps + "storage");
  in.ignore(rvps + "store_type");
  in.ignore(rvps + "store_config");
  return ok();
}

Result<std::optional<StorageKind>> read_storage_kind(ConfigReader& in, std::string_view path) {
  struct Kind {
    std::string_view name, alias;
    StorageKind kind;
  };
  static constexpr Kind kKinds[] = {
      {"Sqlite", "sqlite", StorageKind::kSqlite},       {"Memory", "memory", StorageKind::kMemory},
      {"LocalFs", "local_fs", StorageKind::kLocalFs},   {"LocalJson", "local_json", StorageKind::kLocalJson},
      {"Postgres", "postgres", StorageKind::kPostgres}, {"Redis", "redis", StorageKind::kRedis},
  };
  const std::optional<std::string> name = TRY(in.text(path));
  if (!name.has_value()) return std::optional<StorageKind>{};
  for (const Kind& known : kKinds) {
    if (*name == known.name || *name == known.alias) return std::optional<StorageKind>{known.kind};
  }
  return in.error("config.unsupported", path,
                  "\"" + *name + "\": Sqlite, Memory, LocalFs, LocalJson, Postgres or Redis");
}

Status read_storage(ConfigReader& in, const std::string& table, Config& out) {
  const std::string folder = "/opt/confidential-containers/storage/", backends = table + ".backends.";
  out.storage = TRY(read_storage_kind(in, table + ".storage_type")).value_or(StorageKind::kSqlite);
  out.local_fs_folder = TRY(in.text(backends + "local_fs.dir_path")).value_or(folder + "local_fs");
  out.local_json_folder = TRY(in.text(backends + "local_json.file_dir_path")).value_or(folder + "local_json");
  TRY(read_postgres(in, backends + "postgres.", out));
  out.redis_url = TRY(in.text(table + ".backends.redis.url")).value_or("redis://127.0.0.1:6379");
  return ok();
}

Status read_access(ConfigReader& in, const std::string& name, const std::string& address, Access& out) {
  const std::string table = "avouch." + name;
  out.ca_file = TRY(in.text(table + ".ca")).value_or("");
  out.certificate_file = TRY(in.text(table + ".certificate")).value_or("");
  out.private_key_file = TRY(in.text(table + ".private_key")).value_or("");
  out.token_file = TRY(in.text(table + ".token_file")).value_or("");
  ENSURE(!in.has(table) || !address.empty(),
         in.error("config.conflict", table, "means nothing without a service elsewhere"));
  ENSURE(out.certificate_file.empty() == out.private_key_file.empty(),
         in.error("config.conflict", table, "needs certificate and private_key, or neither"));
  const bool needs_tls = !out.ca_file.empty() || !out.certificate_file.empty();
  ENSURE(!needs_tls || address.starts_with("https://"),
         in.error("config.conflict", table, "ca and certificate are for an address with https://, unlike " + address));
  return ok();
}

Status read_own_verifier(ConfigReader& in, Config& out) {
  out.allow_sample = TRY(in.boolean("avouch.allow_sample")).value_or(false);
  out.allow_unbound = TRY(in.boolean("avouch.allow_unbound")).value_or(false);
  out.veraison = TRY(in.boolean("avouch.veraison")).value_or(true);
  out.insecure_writes = TRY(in.boolean("avouch.insecure_writes"));
  out.cca_config_file = TRY(in.text("avouch.cca_config_file")).value_or("");
  return ok();
}

}  // namespace avouch::cmd
