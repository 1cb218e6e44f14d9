#include "cmd/avouchd/config.h"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>

#include "cmd/avouchd/config_parts.h"

namespace avouch::cmd {
namespace {

// The rule that a persona without roles goes by: everything, its own path through the management interface included.
constexpr const char* kEverything = "/.*";

std::string local_path(std::string uri) {
  constexpr std::string_view kScheme = "file://";
  return uri.starts_with(kScheme) ? uri.substr(kScheme.size()) : uri;
}

// Where keys are: a file, with or without file://, or an https URL.
Status add_key_uri(const ConfigReader& in, const char* path, const std::string& uri, std::vector<std::string>& files,
                   std::vector<std::string>& urls) {
  ENSURE(!uri.starts_with("http://"), in.error("config.value", path, "has to be https: " + uri));
  if (uri.starts_with("https://")) {
    urls.push_back(uri);
  } else {
    files.push_back(local_path(uri));
  }
  return ok();
}

// A table within a list is read whole: this finds the members that mean nothing.
Status check_members(const ConfigReader& in, const char* path, const Json& table,
                     std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : *table.as_object()) {
    ENSURE(std::find(known.begin(), known.end(), name) != known.end(),
           in.error("config.unknown-key", path, name + " means nothing"));
    ENSURE(value.as_string() != nullptr, in.error("config.type", path, name + " has to be a text"));
  }
  return ok();
}

Status read_tls_version(ConfigReader& in, std::string_view path, net::TlsVersion& out) {
  const std::optional<std::string> text = TRY(in.text(path));
  if (!text.has_value()) return ok();
  ENSURE(*text == "1.2" || *text == "1.3", in.error("config.unsupported", path, "\"" + *text + "\": 1.2 or 1.3"));
  out = *text == "1.2" ? net::TlsVersion::k1_2 : net::TlsVersion::k1_3;
  return ok();
}

// As with the peer, "old" is no older than "intermediate", and what is said beside a profile counts more than it.
Status read_tls(ConfigReader& in, Config& out) {
  const std::string profile = TRY(in.text("http_server.tls_profile")).value_or("intermediate");
  ENSURE(profile == "old" || profile == "intermediate" || profile == "modern" || profile == "custom",
         in.error("config.unsupported", "http_server.tls_profile",
                  "\"" + profile + "\": old, intermediate, modern or custom"));
  if (profile == "modern") out.tls_minimum_version = net::TlsVersion::k1_3;
  TRY(read_tls_version(in, "http_server.tls_min_version", out.tls_minimum_version));
  TRY(read_tls_version(in, "http_server.tls_max_version", out.tls_maximum_version));
  ENSURE(out.tls_minimum_version <= out.tls_maximum_version,
         in.error("config.conflict", "http_server.tls_max_version", "is below the minimum"));
  out.tls_ciphers = TRY(in.text("http_server.tls_ciphers")).value_or("");
  out.tls_groups = TRY(in.text("http_server.tls_groups")).value_or("");
  out.tls_client_ca_file = TRY(in.text("avouch.tls_client_ca")).value_or("");
  ENSURE(out.tls_client_ca_file.empty() || !out.tls_certificate_file.empty(),
         in.error("config.conflict", "avouch.tls_client_ca", "needs http_server.private_key and certificate"));
  return ok();
}

Status read_http_server(ConfigReader& in, Config& out) {
  std::vector<std::string> sockets = TRY(in.texts("http_server.sockets"));
  if (in.has("http_server.sockets")) out.addresses = std::move(sockets);
  out.insecure_http = TRY(in.boolean("http_server.insecure_http")).value_or(false);
  out.tls_private_key_file = TRY(in.text("http_server.private_key")).value_or("");
  out.tls_certificate_file = TRY(in.text("http_server.certificate")).value_or("");
  ENSURE(out.tls_private_key_file.empty() == out.tls_certificate_file.empty(),
         in.error("config.conflict", "http_server", "needs private_key and certificate, or neither"));
  TRY(read_tls(in, out));
  const std::int64_t mebibytes = TRY(in.integer("http_server.payload_request_size")).value_or(2);
  ENSURE(1 <= mebibytes && mebibytes <= 1024,
         in.error("config.range", "http_server.payload_request_size", "has to be 1 to 1024 (MiB)"));
  out.body_limit_bytes = static_cast<std::size_t>(mebibytes) * 1024 * 1024;
  const std::int64_t workers = TRY(in.integer("http_server.worker_count")).value_or(0);
  ENSURE(0 <= workers && workers <= 1024, in.error("config.range", "http_server.worker_count", "has to be 0 to 1024"));
  out.worker_count = static_cast<std::size_t>(workers);
  return ok();
}

Status read_attestation_token(ConfigReader& in, Config& out) {
  out.trusted_certificate_files = TRY(in.texts("attestation_token.trusted_certs_paths"));
  constexpr const char* kSets = "attestation_token.trusted_jwk_sets";
  for (const std::string& uri : TRY(in.texts(kSets))) {
    TRY(add_key_uri(in, kSets, uri, out.trusted_jwk_set_files, out.trusted_jwk_set_urls));
  }
  out.extra_teekey_paths = TRY(in.texts("attestation_token.extra_teekey_paths"));
  const bool now = TRY(in.boolean("attestation_token.insecure_header_jwk")).value_or(false);
  const bool then = TRY(in.boolean("attestation_token.insecure_key")).value_or(false);  // its name in December 2025
  out.insecure_header_jwk = now || then;
  if (in.has("attestation_token.insecure_key")) out.december_2025 = true;
  return ok();
}

Status read_attestation_service(ConfigReader& in, Config& out) {
  const std::string type = TRY(in.text("attestation_service.type")).value_or("coco_as_builtin");
  const bool is_remote = type == "coco_as_grpc" || type == "CoCoASGrpc";
  ENSURE(
      is_remote || type == "coco_as_builtin" || type == "CoCoASBuiltIn",
      in.error("config.unsupported", "attestation_service.type", "\"" + type + "\": coco_as_builtin or coco_as_grpc"));
  const std::int64_t minutes = TRY(in.integer("attestation_service.timeout")).value_or(5);
  ENSURE(1 <= minutes && minutes <= 1440,
         in.error("config.range", "attestation_service.timeout", "has to be 1 to 1440 (minutes)"));
  out.session_lifetime = std::chrono::minutes(minutes);
  in.ignore("attestation_service.verifier_config");  // of TEEs that this build does not verify
  in.ignore("attestation_service.work_dir");
  in.ignore("attestation_service.policy_engine");
  const std::string address = TRY(in.text("attestation_service.as_addr")).value_or("http://127.0.0.1:50004");
  const std::int64_t pool = TRY(in.integer("attestation_service.pool_size")).value_or(100);
  ENSURE(1 <= pool && pool <= 10'000,
         in.error("config.range", "attestation_service.pool_size", "has to be 1 to 10000"));
  TRY(read_references(in, "attestation_service.", out));
  TRY(read_token_broker(in, "attestation_service.", out));
  if (!is_remote) return ok();
  for (const char* key : {"attestation_token_broker", "rvps_config"}) {
    const std::string path = std::string("attestation_service.") + key;
    ENSURE(!in.has(path), in.error("config.conflict", path, "belongs to the config of the service at as_addr"));
  }
  out.verifier_address = with_scheme(address);
  out.verifier_pool = static_cast<std::size_t>(pool);
  return ok();
}

// [admin] authorization_mode, as of August 2026.
Status read_admin_now(ConfigReader& in, const std::string& mode, Config& out) {
  if (mode == "DenyAll" || mode == "deny_all") return ok();
  if (mode == "InsecureAllowAll" || mode == "insecure_allow_all") {
    out.admin.mode = broker::AdminOptions::Mode::kInsecureAllowAll;
    return ok();
  }
  ENSURE(mode == "AuthenticatedAuthorization" || mode == "authenticated_authorization",
         in.error("config.value", "admin.authorization_mode",
                  "has to be AuthenticatedAuthorization, DenyAll or InsecureAllowAll"));
  out.admin.mode = broker::AdminOptions::Mode::kTokens;
  constexpr const char* kProviders = "admin.authentication.bearer_jwt.identity_providers";
  for (const Json& provider : TRY(in.tables(kProviders))) {
    TRY(check_members(in, kProviders, provider, {"issuer", "audience", "public_key_uri", "jwk_set_uri"}));
    AdminIssuerFiles files;
    if (const std::string* issuer = provider.find_string("issuer")) files.issuer.issuer = *issuer;
    if (const std::string* audience = provider.find_string("audience")) files.issuer.audience = *audience;
    if (const std::string* uri = provider.find_string("public_key_uri")) {
      TRY(add_key_uri(in, kProviders, *uri, files.public_key_files, files.public_key_urls));
    }
    if (const std::string* uri = provider.find_string("jwk_set_uri")) {
      TRY(add_key_uri(in, kProviders, *uri, files.jwk_set_files, files.jwk_set_urls));
    }
    ENSURE(provider.find("public_key_uri") != nullptr || provider.find("jwk_set_uri") != nullptr,
           in.error("config.shape", kProviders, "needs public_key_uri or jwk_set_uri"));
    files.issuer.name = files.issuer.issuer.empty() ? "admin" : files.issuer.issuer;
    out.admin_issuers.push_back(std::move(files));
  }
  constexpr const char* kRules = "admin.authorization.regex_acl.acls";
  for (const Json& rule : TRY(in.tables(kRules))) {
    TRY(check_members(in, kRules, rule, {"role", "allowed_endpoints"}));
    const std::string* role = rule.find_string("role");
    const std::string* endpoints = rule.find_string("allowed_endpoints");
    ENSURE(role != nullptr && endpoints != nullptr,
           in.error("config.shape", kRules, "needs role and allowed_endpoints"));
    ENSURE(endpoints->starts_with("^/") && endpoints->ends_with("$"),
           in.error("config.value", kRules, "has to begin with ^/ and end with $: " + *endpoints));
    out.admin.rules.push_back({*role, *endpoints});
  }
  ENSURE(!out.admin_issuers.empty(), in.error("config.shape", kProviders, "names nobody"));
  return ok();
}

// [admin] type, as of December 2025.
Status read_admin_then(ConfigReader& in, const std::string& type, Config& out) {
  out.december_2025 = true;
  if (type == "DenyAll") return ok();
  if (type == "InsecureAllowAll") {
    out.admin.mode = broker::AdminOptions::Mode::kInsecureAllowAll;
    return ok();
  }
  ENSURE(type == "Simple", in.error("config.value", "admin.type", "has to be Simple, DenyAll or InsecureAllowAll"));
  out.admin.mode = broker::AdminOptions::Mode::kTokens;
  for (const Json& persona : TRY(in.tables("admin.personas"))) {
    TRY(check_members(in, "admin.personas", persona, {"id", "public_key_path"}));
    const std::string* id = persona.find_string("id");
    const std::string* key = persona.find_string("public_key_path");
    ENSURE(id != nullptr && key != nullptr, in.error("config.shape", "admin.personas", "needs id and public_key_path"));
    AdminIssuerFiles files;
    files.issuer.name = *id;
    files.issuer.fixed_role = broker::kAdminRole;
    files.public_key_files.push_back(*key);
    out.admin_issuers.push_back(std::move(files));
  }
  out.admin.rules.push_back({broker::kAdminRole, kEverything});
  return ok();
}

Status read_admin(ConfigReader& in, Config& out) {
  const std::optional<std::string> mode = TRY(in.text("admin.authorization_mode"));
  const std::optional<std::string> type = TRY(in.text("admin.type"));
  ENSURE(
      !mode.has_value() || !type.has_value(),
      in.error("config.conflict", "admin.type", "cannot stand beside authorization_mode: they are of different years"));
  out.own_admin = !mode.has_value() && !type.has_value();
  if (mode.has_value()) return read_admin_now(in, *mode, out);
  if (type.has_value()) return read_admin_then(in, *type, out);
  return ok();
}

Status read_plugins(ConfigReader& in, Config& out) {
  const std::vector<Json> plugins = TRY(in.tables("plugins"));
  if (!in.has("plugins")) return ok();
  out.plugins.clear();
  for (const Json& plugin : plugins) {
    const std::string* name = plugin.find_string("name");
    ENSURE(name != nullptr, in.error("config.shape", "plugins", "needs name"));
    ENSURE(*name == "resource" || *name == "sample",
           in.error("config.unsupported", "plugins", "\"" + *name + "\": this build has the plugin resource"));
    TRY(check_members(in, "plugins", plugin, {"name", "storage_backend_type", "item", "type", "dir_path"}));
    const std::string* kind = plugin.find_string("storage_backend_type");
    ENSURE(
        kind == nullptr || *kind == "kvstorage",
        in.error("config.unsupported", "plugins", "storage_backend_type \"" + (kind ? *kind : "") + "\": kvstorage"));
    const std::string* type = plugin.find_string("type");
    ENSURE(type == nullptr || *type == "LocalFs",
           in.error("config.unsupported", "plugins", "type \"" + (type ? *type : "") + "\": LocalFs"));
    const std::string* folder = plugin.find_string("dir_path");
    if (type != nullptr || folder != nullptr) {
      out.resource_folder = folder != nullptr ? *folder : "/opt/confidential-containers/kbs/repository";
      out.december_2025 = true;
    }
    if (*name == "resource") out.plugins.push_back(*name);
  }
  return ok();
}

}  // namespace

void read_environment(Config& config) {
  if (const char* url = std::getenv("POSTGRES_URL"); url != nullptr) config.postgres_url = url;
  if (const char* url = std::getenv("REDIS_URL"); url != nullptr) config.redis_url = url;
}

Result<Config> read_config(const std::string& path) {
  ConfigReader in = TRY(ConfigReader::open(path));
  Config out;
  TRY(read_http_server(in, out));
  TRY(read_attestation_token(in, out));
  TRY(read_attestation_service(in, out));
  TRY(read_admin(in, out));
  TRY(read_storage(in, "storage_backend", out));
  out.session_storage = TRY(read_storage_kind(in, "session_storage_type"));
  TRY(read_plugins(in, out));
  out.resource_policy_file = TRY(in.text("policy_engine.policy_path")).value_or("");
  if (!out.resource_policy_file.empty()) {
    ENSURE(out.resource_policy_file.starts_with('/') && out.resource_policy_file.ends_with(".rego"),
           in.error("config.value", "policy_engine.policy_path", "has to be the whole path of a file *.rego"));
    out.december_2025 = true;
  }
  TRY(read_own_verifier(in, out));
  TRY(read_access(in, "verifier", out.verifier_address, out.verifier_access));
  TRY(read_access(in, "references", out.references_address, out.references_access));
  out.keys_ca_file = TRY(in.text("avouch.keys_ca")).value_or("");
  out.allow_rsa1_5 = TRY(in.boolean("avouch.allow_rsa1_5")).value_or(false);
  const std::int64_t leeway = TRY(in.integer("avouch.token_leeway_seconds")).value_or(0);
  ENSURE(0 <= leeway && leeway <= 300, in.error("config.range", "avouch.token_leeway_seconds", "has to be 0 to 300"));
  out.token_leeway = std::chrono::seconds(leeway);
  out.token_issuers = TRY(in.texts("avouch.token_issuers"));
  out.token_profiles = TRY(in.texts("avouch.token_profiles"));
  out.token_audiences = TRY(in.texts("avouch.token_audiences"));
  out.master_key_file = TRY(in.text("avouch.master_key_file")).value_or("");
  TRY(in.finish());
  return out;
}

}  // namespace avouch::cmd
