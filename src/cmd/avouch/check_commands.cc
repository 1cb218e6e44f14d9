// avouch check: look at files without acting on them.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cmd/avouch/command.h"
#include "cmd/avouchd/config.h"

namespace avouch::cmd {
namespace {

Result<Config> check(const std::string& file, const std::string& role) {
  if (role == "kbs") return read_config_of(Role::kBroker, file);
  if (role == "as") return read_config_of(Role::kVerifier, file);
  if (role == "rvps") return read_config_of(Role::kReferenceValues, file);
  const Role own = TRY(role_of_config(file));
  return read_config_of(own, file);
}

}  // namespace

void add_check(CLI::App& app, Invocation& invocation) {
  CLI::App* noun = app.add_subcommand("check", "Check files before they are used: config");
  end_help(*noun, {"avouch check config kbs-config.toml"});
  noun->require_subcommand(1);
  CLI::App* config = noun->add_subcommand("config", "Whether avouchd would take a config file; exit 0 if so, 1 if not");
  end_help(*config, {"avouch check config kbs-config.toml", "avouch check config --role as as-config.json"},
           "Exit codes: 0 avouchd takes it, 1 it does not, 2 usage.");
  auto file = std::make_shared<std::string>();
  auto role = std::make_shared<std::string>();
  config->add_option("FILE", *file, "The config, as avouchd, kbs, grpc-as, restful-as and rvps take it")->required();
  config->add_option("--role", *role, "Whose config it is [what its keys say]")
      ->check(CLI::IsMember({"kbs", "as", "rvps"}));
  config->callback([&invocation, file, role] {
    invocation.chosen = [file, role]() -> int {
      const Result<Config> read = check(*file, *role);
      if (!read.has_value()) {
        std::fprintf(stderr, "avouch: %s\n", read.error().detail.c_str());
        return kRefused;
      }
      std::printf("%s: every key means something, and has a value that it may have\n", file->c_str());
      return kAccepted;
    };
  });
}

}  // namespace avouch::cmd
