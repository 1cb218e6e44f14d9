// avouch check: look at files without acting on them.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cmd/avouch/command.h"
#include "cmd/avouchd/config.h"

namespace avouch::cmd {

void add_check(CLI::App& app, Invocation& invocation) {
  CLI::App* noun = app.add_subcommand("check", "Check files before they are used: config");
  end_help(*noun, {"avouch check config kbs-config.toml"});
  noun->require_subcommand(1);
  CLI::App* config = noun->add_subcommand("config", "Whether avouchd would take a config file; exit 0 if so, 1 if not");
  end_help(*config, {"avouch check config kbs-config.toml"}, "Exit codes: 0 avouchd takes it, 1 it does not, 2 usage.");
  auto file = std::make_shared<std::string>();
  config->add_option("FILE", *file, "The config, as avouchd takes it with --config-file")->required();
  config->callback([&invocation, file] {
    invocation.chosen = [file]() -> int {
      const Result<Config> read = read_config(*file);
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
