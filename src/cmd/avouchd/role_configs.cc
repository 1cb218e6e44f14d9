// The config files of the attestation service and of the provider of reference values: JSON, in the forms of December
// 2025 and August 2026.
#include <cstdlib>

#include "cmd/avouchd/config_parts.h"

namespace avouch::cmd {
namespace {

// Below the peer's own folder, so that whoever keeps that one keeps ours.
std::string own_folder(const std::string& peers) {
  return peers + "/avouch";
}

// Who had no place for credentials in its config expects none to be asked for: what the form of December 2025 sets up
// stays open to everybody who reaches it, as it was, unless our own key says otherwise.
void leave_open_as_then(Config& out) {
  out.december_2025 = true;
  out.insecure_writes = out.insecure_writes.value_or(true);
}

}  // namespace

Result<Config> read_as_config(const std::string& path) {
  ConfigReader in = TRY(ConfigReader::open(path));
  Config out;
  out.role = Role::kVerifier;
  std::string work_folder = TRY(in.text("work_dir")).value_or("");
  if (const char* folder = std::getenv("AS_WORK_DIR"); folder != nullptr && work_folder.empty()) work_folder = folder;
  if (!work_folder.empty()) out.data_folder = own_folder(work_folder);
  const bool is_december = in.has("work_dir");
  in.ignore("policy_engine");    // Rego, then as now
  in.ignore("verifier_config");  // of TEEs that this build does not verify
  TRY(read_references(in, "", out));
  TRY(read_token_broker(in, "", out));
  TRY(read_storage(in, "storage_backend", out));
  TRY(read_own_verifier(in, out));
  TRY(read_access(in, "references", out.references_address, out.references_access));
  if (is_december || !out.policy_folder.empty()) leave_open_as_then(out);
  TRY(in.finish());
  return out;
}

Result<Config> read_rvps_config(const std::string& path) {
  ConfigReader in = TRY(ConfigReader::open(path));
  Config out;
  out.role = Role::kReferenceValues;
  const std::optional<std::string> type = TRY(in.text("storage.type"));
  const std::string place = TRY(in.text("storage.file_path")).value_or("");
  TRY(read_extractors(in, "", out));
  TRY(read_storage(in, "storage", out));
  out.insecure_writes = TRY(in.boolean("avouch.insecure_writes"));
  if (type.has_value()) {
    ENSURE(*type == "LocalFs" || *type == "LocalJson",
           in.error("config.value", "storage.type", "has to be LocalFs or LocalJson"));
    ENSURE(!in.has("storage.storage_type"), in.error("config.conflict", "storage.type",
                                                     "cannot stand beside storage_type: they are of different years"));
    // A folder then, or the file of LocalJson, beside which there is room.
    if (!place.empty()) out.data_folder = own_folder(*type == "LocalFs" ? place : place.substr(0, place.rfind('/')));
    leave_open_as_then(out);
  }
  TRY(in.finish());
  return out;
}

Result<Config> read_config_of(Role role, const std::string& path) {
  switch (role) {
    case Role::kVerifier:
      return read_as_config(path);
    case Role::kReferenceValues:
      return read_rvps_config(path);
    case Role::kBroker:
      break;
  }
  return read_config(path);
}

Result<Role> role_of_config(const std::string& path) {
  const ConfigReader in = TRY(ConfigReader::open(path));
  for (const char* key : {"http_server", "attestation_service", "admin", "plugins", "attestation_token"}) {
    if (in.has(key)) return Role::kBroker;
  }
  for (const char* key : {"work_dir", "rvps_config", "attestation_token_broker", "verifier_config"}) {
    if (in.has(key)) return Role::kVerifier;
  }
  return in.has("storage") || in.has("extractors") ? Role::kReferenceValues : Role::kBroker;
}

}  // namespace avouch::cmd
