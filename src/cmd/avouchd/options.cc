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

}  // namespace

void build_command_line(CLI::App& app, Options& options) {
  app.name("avouchd");
  app.description("Avouch's server: releases a secret only to a machine that proves what it is.");
  app.footer(kExamples);
  app.set_version_flag("-V,--version", "avouchd " AVOUCH_VERSION);
  app.add_option("-c,--config-file", options.config_file, "Config in the form of Trustee's kbs-config.toml")
      ->envname("KBS_CONFIG_FILE");
  app.add_option("--data-dir", options.data_directory, "Folder for database and keys, made on first start")
      ->capture_default_str();
  app.add_option("--listen", options.listen, "ADDRESS:PORT to listen on, instead of the config's [127.0.0.1:8080]");
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

}  // namespace avouch::cmd
