#include "cmd/avouchd/inputs.h"

#include <algorithm>

#include "base/file.h"
#include "base/limits.h"
#include "format/jwk.h"

namespace avouch::cmd {
namespace {

Result<std::string> read(const std::string& file) {
  return read_text_file(file, limits::kConfigBytes);
}

// A failure of parsing gets the file's name in front.
template <class T>
Result<T> in_file(const std::string& file, Result<T> result) {
  if (result.has_value()) return result;
  return Error{result.error().blame, result.error().code, file + ": " + result.error().detail};
}

Result<std::vector<collateral::NamedKey>> read_jwk_set(const std::string& file) {
  const std::string text = TRY(read(file));
  const Json set = TRY(in_file(file, parse_json(text)));
  const Json* keys = set.find("keys");
  ENSURE(keys != nullptr && keys->as_array() != nullptr,
         Error{Blame::kRequest, "jwk.shape", file + ": a JWK set has an array called keys"});
  std::vector<collateral::NamedKey> out;
  for (const Json& jwk : *keys->as_array()) {
    crypto::PublicKey key = TRY(in_file(file, jose::public_key_from_jwk(jwk)));
    const std::string* id = jwk.find_string("kid");
    out.push_back({std::move(key), id == nullptr ? "" : *id});
  }
  return out;
}

Result<crypto::PublicKey> read_public_key(const std::string& file) {
  const std::string pem = TRY(read(file));
  return in_file(file, crypto::PublicKey::from_pem(pem));
}

Result<std::vector<crypto::Certificate>> read_certificates(const std::string& file) {
  const std::string pem = TRY(read(file));
  return in_file(file, crypto::Certificate::from_pem_chain(pem));
}

Result<appraise::SupplierTrust> load_supplier(const SupplierFiles& files, const std::string& type, const Log& log) {
  appraise::SupplierTrust out;
  for (const std::string& file : files.key_files) out.keys.push_back(TRY(read_public_key(file)));
  for (const std::string& file : files.certificate_files) {
    for (crypto::Certificate& root : TRY(read_certificates(file))) out.roots.push_back(std::move(root));
  }
  out.allow_unsigned = files.allow_unsigned;
  if (out.allow_unsigned) {
    const std::string event = type + ".unsigned-allowed", key = "extractors." + type + ".allow_unsigned";
    log.warn(event, {{"reason", key + ": whoever may register reference values decides what they are"}});
  }
  return out;
}

Error bad_cca(const Config& config, const std::string& problem) {
  return Error{Blame::kRequest, "config.cca", config.cca_config_file + ": " + problem};
}

Result<tee::EndorsedRecords> read_cca_stores(const Config& config, const Json& verifier, const tee::Rooms& rooms) {
  tee::EndorsedRecords out;
  const tee::Room* room = TRY(rooms.find("cca"));
  for (const char* member : {"ta-store", "rv-store"}) {
    const std::string* file = verifier.find_string(member);
    ENSURE(file != nullptr, bad_cca(config, std::string(member) + " is missing"));
    const std::string content = TRY(read(*file));
    const Json store = TRY(in_file(*file, parse_json(content)));
    tee::EndorsedRecords records = TRY(in_file(*file, room->read_endorsements(store)));
    for (auto& record : records.trust_anchors) out.trust_anchors.push_back(std::move(record));
    for (auto& record : records.platform_references) out.platform_references.push_back(std::move(record));
    // The realms of a rv-store stay unused, as the peer leaves them: its policies judge the RIM by the RVPS alone.
  }
  return out;
}

// As with the peer, its certificate counts beside the system's.
Result<dialect::veraison::ClientOptions> read_cca_remote(const Config& config, const Json& verifier) {
  dialect::veraison::ClientOptions out;
  const std::string* address = verifier.find_string("address");
  ENSURE(address != nullptr, bad_cca(config, "address is missing"));
  out.address = *address;
  const Json* certificate = verifier.find("ca-cert");
  if (certificate == nullptr || certificate->is_null()) return out;
  ENSURE(certificate->as_string() != nullptr, bad_cca(config, "ca-cert has to be the path of a file"));
  out.trust.roots = net::TlsTrust::Roots::kSystemAndGiven;
  out.trust.given_pem = TRY(read(*certificate->as_string()));
  return out;
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address.starts_with("[::1]:") || address.starts_with("localhost:");
}

}  // namespace

Result<appraise::Signer> load_signer(const Config& config, const DataDirectory& data) {
  appraise::SignerOptions options = config.signer;
  if (!config.signer_certificate_file.empty()) {
    const std::string pem = TRY(read(config.signer_certificate_file));
    options.certificates = TRY(in_file(config.signer_certificate_file, crypto::Certificate::from_pem_chain(pem)));
  }
  if (config.signer_key_file.empty()) {
    crypto::PrivateKey own = TRY(data.token_key());
    return appraise::Signer::make(std::move(own), std::move(options));
  }
  const Secret pem(TRY(read_file(config.signer_key_file, limits::kConfigBytes)));
  crypto::PrivateKey key = TRY(in_file(config.signer_key_file, crypto::PrivateKey::from_pem(as_text(pem.reveal()))));
  return appraise::Signer::make(std::move(key), std::move(options));
}

Result<broker::EarTrust> load_ear_trust(const Config& config, const appraise::Signer& signer, const OpenKeys& open) {
  broker::EarTrust trust;
  trust.keys.push_back({signer.public_key(), ""});
  for (const std::string& file : config.trusted_jwk_set_files) {
    for (collateral::NamedKey& named : TRY(read_jwk_set(file))) trust.keys.push_back(std::move(named));
  }
  for (const std::string& url : config.trusted_jwk_set_urls) {
    trust.sources.push_back(open(url, collateral::KeysForm::kJwkSet));
  }
  for (const std::string& file : config.trusted_certificate_files) {
    for (crypto::Certificate& root : TRY(read_certificates(file))) trust.roots.push_back(std::move(root));
  }
  trust.insecure_header_jwk = config.insecure_header_jwk;
  trust.allow_rsa1_5 = config.allow_rsa1_5;
  trust.leeway = config.token_leeway;
  trust.extra_teekey_paths = config.extra_teekey_paths;
  // What our own signer writes counts beside what the config names.
  trust.issuers = config.token_issuers;
  if (!trust.issuers.empty()) trust.issuers.push_back(config.signer.issuer);
  trust.profiles = config.token_profiles;
  if (!trust.profiles.empty()) trust.profiles.push_back(config.signer.profile);
  trust.audiences = config.token_audiences;
  return trust;
}

Result<broker::Admin> load_admin(const Config& config, const DataDirectory& data, const OpenKeys& open) {
  broker::AdminOptions options = config.admin;
  options.leeway = config.token_leeway;
  for (const AdminIssuerFiles& files : config.admin_issuers) {
    broker::AdminIssuer issuer = files.issuer;
    for (const std::string& file : files.public_key_files) issuer.keys.push_back(TRY(read_public_key(file)));
    for (const std::string& file : files.jwk_set_files) {
      for (collateral::NamedKey& named : TRY(read_jwk_set(file))) issuer.keys.push_back(std::move(named.key));
    }
    for (const std::string& url : files.public_key_urls) {
      issuer.sources.push_back(open(url, collateral::KeysForm::kPem));
    }
    for (const std::string& url : files.jwk_set_urls) {
      issuer.sources.push_back(open(url, collateral::KeysForm::kJwkSet));
    }
    options.issuers.push_back(std::move(issuer));
  }
  if (config.own_admin) {
    options.mode = broker::AdminOptions::Mode::kTokens;
    const crypto::PrivateKey key = TRY(data.admin_key());
    // Whoever holds the key is the administrator, whether a token of it names a role or, as older clients' do, does
    // not.
    options.issuers.push_back({"admin.key", {key.public_key()}, "", "", broker::kAdminRole});
    options.rules.push_back({broker::kAdminRole, "/.*"});
  }
  return broker::Admin::make(std::move(options));
}

Result<net::TlsTrust> load_keys_trust(const Config& config) {
  net::TlsTrust trust;
  if (config.keys_ca_file.empty()) return trust;
  trust.roots = net::TlsTrust::Roots::kSystemAndGiven;
  trust.given_pem = TRY(read(config.keys_ca_file));
  // An unreadable authority shows now, and not as a set of keys that never comes.
  TRY(in_file(config.keys_ca_file, net::TlsContext::client(trust)));
  return trust;
}

Result<net::TlsIdentity> load_tls_identity(const Config& config) {
  net::TlsIdentity identity;
  identity.certificate_chain_pem = TRY(read(config.tls_certificate_file));
  identity.private_key_pem = Secret(TRY(read_file(config.tls_private_key_file, limits::kConfigBytes)));
  identity.minimum_version = config.tls_minimum_version;
  identity.maximum_version = config.tls_maximum_version;
  identity.ciphers = config.tls_ciphers;
  identity.groups = config.tls_groups;
  if (!config.tls_client_ca_file.empty()) {
    identity.client_roots_pem = TRY(read(config.tls_client_ca_file));
    // An empty file must not mean that anybody may come.
    ENSURE(!identity.client_roots_pem.empty(),
           Error{Blame::kRequest, "tls.roots", config.tls_client_ca_file + ": is empty"});
  }
  return identity;
}

Result<CcaInputs> load_cca(const Config& config, const tee::Rooms& rooms) {
  CcaInputs out;
  if (config.cca_config_file.empty()) return out;
  const std::string text = TRY(read(config.cca_config_file));
  const Json document = TRY(in_file(config.cca_config_file, parse_json(text)));
  const Json* verifier = document.find("cca-verifier");
  const std::string* type = verifier != nullptr ? verifier->find_string("type") : nullptr;
  ENSURE(type != nullptr && (*type == "local" || *type == "remote"),
         bad_cca(config, "cca-verifier.type has to be \"local\" or \"remote\""));
  if (*type == "remote") {
    out.remote = TRY(read_cca_remote(config, *verifier));
  } else {
    out.endorsements = TRY(read_cca_stores(config, *verifier, rooms));
  }
  return out;
}

Result<appraise::ProvenanceTrust> load_suppliers(const Config& config, const Log& log) {
  appraise::ProvenanceTrust out;
  out.corim = TRY(load_supplier(config.corim_suppliers, "corim", log));
  out.swid = TRY(load_supplier(config.swid_suppliers, "swid", log));
  return out;
}

bool is_on_loopback(const Config& config) {
  return std::all_of(config.addresses.begin(), config.addresses.end(),
                     [](const std::string& address) { return is_loopback(address); });
}

Status check_plain_http(const Config& config) {
  const bool has_tls = !config.tls_private_key_file.empty() && !config.tls_certificate_file.empty();
  if (has_tls || config.insecure_http) return ok();
  for (const std::string& address : config.addresses) {
    ENSURE(is_loopback(address),
           Error{Blame::kRequest, "config.plain-http",
                 address + " is not on loopback, as 127.0.0.1:8080 is: elsewhere set http_server.private_key and "
                           "certificate, or insecure_http = true"});
  }
  return ok();
}

}  // namespace avouch::cmd
