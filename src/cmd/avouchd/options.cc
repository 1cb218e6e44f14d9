#include "cmd/avouchd/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

namespace avouch::cmd {
namespace {

constexpr const char* kExamples = R"(Examples:
  avouchd                                      listen on 127.0.0.1:8080, keep everything in the data directory
  avouchd --config-file kbs-config.toml        as Trustee's KBS with that config
  avouchd --data-dir /srv/avouch --listen 127.0.0.1:9000 --log-format json

On its first start it makes its keys and says where the administrator's are. SIGHUP reads certificates and endorsement
files again; SIGTERM or SIGINT stops after the requests in flight, and SIGINT once more at once.

Exit codes: 0 stopped when told to, 2 options or config, 3 the machine lets it have no port, file or store.)";

// RUST_LOG, which sets this too, may hold directives of the peer's that mean nothing here: "info,kbs=debug".
std::string check_level(const std::string& level) {
  constexpr std::array<const char*, 6> kLevels = {"trace", "debug", "info", "warn", "error", "off"};
  const bool known = std::find(kLevels.begin(), kLevels.end(), level) != kLevels.end();
  return known || level.find_first_of("=,") != std::string::npos
             ? ""
             : "\"" + level + "\" is none of trace, debug, info, warn, error and off";
}

// What every role has.
void add_own_options(CLI::App& app, Options& options) {
  app.add_option("--data-dir", options.data_directory, "Folder for database and keys, made on first start")
      ->capture_default_str();
  app.add_flag("--allow-sample", options.allow_sample,
               "Accept the sample TEE, which proves nothing: for trying things out");
  app.add_flag("--new-database", options.new_database,
               "Make the database although keys of an earlier one are there: what that one held is given up");
  app.add_option("--log-level", options.log_level, "What to log: this and what is graver")
      ->type_name("LEVEL:{trace,debug,info,warn,error,off}")
      ->check(CLI::Validator(check_level, ""))
      ->envname("RUST_LOG")
      ->capture_default_str();
  app.add_option("--log-format", options.log_format, "How to log")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

void build_avouchd(CLI::App& app, Options& options) {
  app.description("Avouch's server: releases a secret only to a machine that proves what it is.");
  app.footer(kExamples);
  app.add_option("-c,--config-file", options.config_file, "Config in the form of Trustee's kbs-config.toml")
      ->envname("KBS_CONFIG_FILE");
  app.add_option("--listen", options.listen, "ADDRESS:PORT to listen on, instead of the config's [127.0.0.1:8080]");
}

void build_kbs(CLI::App& app, Options& options) {
  app.description("Avouch as Trustee's key broker service.");
  app.footer("Examples:\n  kbs --config-file /etc/kbs-config.toml");
  app.add_option("-c,--config-file", options.config_file, "Config: TOML, or JSON if its name ends so")
      ->envname("KBS_CONFIG_FILE")
      ->required();
}

void add_tls_options(CLI::App& app, Options& options) {
  CLI::Option* certificate =
      app.add_option("-t,--https-pubkey-cert", options.certificate_file, "Certificate chain for TLS, PEM");
  CLI::Option* key = app.add_option("-k,--https-prikey", options.private_key_file, "Its private key, PEM");
  certificate->needs(key);
  key->needs(certificate);
}

void build_verifier(CLI::App& app, Options& options, bool is_rest) {
  app.description(is_rest ? "Avouch as Trustee's attestation service, asked over REST."
                          : "Avouch as Trustee's attestation service, asked over gRPC.");
  app.footer(is_rest ? "Examples:\n  restful-as --socket 127.0.0.1:8080 --config-file as-config.json"
                     : "Examples:\n  grpc-as --socket 127.0.0.1:50004 --config-file as-config.json");
  app.add_option("-c,--config-file", options.config_file, "Config: JSON");
  CLI::Option* socket = app.add_option("-s,--socket", options.listen, "ADDRESS:PORT to listen on");
  if (is_rest) {
    socket->required();
    app.add_option("-r,--allowed_origin", options.allowed_origins, "Origins of web pages that may ask")->delimiter(',');
  } else {
    options.listen = "127.0.0.1:3000";
    socket->capture_default_str();
  }
  add_tls_options(app, options);
}

void build_verification_service(CLI::App& app, Options& options) {
  app.description("Avouch as Veraison's verification service, with its own verifier.");
  app.footer("Examples:\n  verification-service --listen 127.0.0.1:8443");
  app.add_option("-c,--config-file", options.config_file, "Config: JSON, as of Trustee's attestation service");
  options.listen = "127.0.0.1:8443";
  app.add_option("--listen", options.listen, "ADDRESS:PORT to listen on")->capture_default_str();
  add_tls_options(app, options);
}

void build_rvps(CLI::App& app, Options& options) {
  app.description("Avouch as Trustee's reference value provider service.");
  app.footer("Examples:\n  rvps --address 127.0.0.1:50003 --config /etc/rvps.json");
  app.add_option("-c,--config", options.config_file, "Config: JSON; /etc/rvps.json if that is there");
  options.listen = "127.0.0.1:50003";
  app.add_option("-a,--address", options.listen, "ADDRESS:PORT to listen on")->capture_default_str();
}

}  // namespace

Options options_of(const std::string& program) {
  const std::string name = program.substr(program.rfind('/') + 1);
  Options out;
  for (const char* known : {"kbs", "grpc-as", "restful-as", "rvps", "verification-service"}) {
    if (name == known) out.program = name;
  }
  if (name == "grpc-as" || name == "restful-as" || name == "verification-service") out.role = Role::kVerifier;
  if (name == "rvps") out.role = Role::kReferenceValues;
  return out;
}

void build_command_line(CLI::App& app, Options& options) {
  app.name(options.program);
  app.set_version_flag("-V,--version", options.program + " " AVOUCH_VERSION);
  if (options.program == "kbs") {
    build_kbs(app, options);
  } else if (options.program == "verification-service") {
    build_verification_service(app, options);
  } else if (options.role == Role::kVerifier) {
    build_verifier(app, options, options.program == "restful-as");
  } else if (options.role == Role::kReferenceValues) {
    build_rvps(app, options);
  } else {
    build_avouchd(app, options);
  }
  add_own_options(app, options);
}

}  // namespace avouch::cmd
