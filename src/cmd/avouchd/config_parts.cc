#include "cmd/avouchd/config_parts.h"

namespace avouch::cmd {

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
  const bool is_verbose = TRY(in.boolean(broker + "verbose_token")).value_or(true);
  ENSURE(is_verbose, in.error("config.unsupported", broker + "verbose_token",
                              "has to be true: without the key that the guest bound no secret can be released"));
  out.policy_folder = TRY(in.text(broker + "policy_dir")).value_or("");
  if (!out.policy_folder.empty()) out.december_2025 = true;
  return ok();
}

Status read_references(ConfigReader& in, const std::string& prefix, Config& out) {
  const std::string rvps = prefix + "rvps_config.";
  const std::string type = TRY(in.text(rvps + "type")).value_or("BuiltIn");
  ENSURE(type == "BuiltIn" || type == "GrpcRemote",
         in.error("config.value", rvps + "type", "has to be BuiltIn or GrpcRemote"));
  const std::string address = TRY(in.text(rvps + "address")).value_or("127.0.0.1:50003");
  if (type == "GrpcRemote") out.references_address = with_scheme(address);
  in.ignore(rvps + "extractors");    // of the peer's own formats: ours need no settings
  in.ignore(rvps + "storage_type");  // one store keeps everything here
  in.ignore(rvps + "storage");
  in.ignore(rvps + "store_type");
  in.ignore(rvps + "store_config");
  return ok();
}

Status read_storage(ConfigReader& in, const std::string& table, Config& out) {
  const std::string kind = TRY(in.text(table + ".storage_type")).value_or("Sqlite");
  out.local_fs_folder =
      TRY(in.text(table + ".backends.local_fs.dir_path")).value_or("/opt/confidential-containers/storage/local_fs");
  if (kind == "Sqlite" || kind == "sqlite")
    out.storage = StorageKind::kSqlite;
  else if (kind == "Memory" || kind == "memory")
    out.storage = StorageKind::kMemory;
  else if (kind == "LocalFs" || kind == "local_fs")
    out.storage = StorageKind::kLocalFs;
  else
    return in.error("config.unsupported", table + ".storage_type", "\"" + kind + "\": Sqlite, Memory or LocalFs");
  return ok();
}

Status read_own_verifier(ConfigReader& in, Config& out) {
  out.allow_sample = TRY(in.boolean("avouch.allow_sample")).value_or(false);
  out.allow_unbound = TRY(in.boolean("avouch.allow_unbound")).value_or(false);
  out.insecure_writes = TRY(in.boolean("avouch.insecure_writes")).value_or(false);
  out.cca_config_file = TRY(in.text("avouch.cca_config_file")).value_or("");
  return ok();
}

}  // namespace avouch::cmd
