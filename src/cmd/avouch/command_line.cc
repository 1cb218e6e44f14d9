// The whole command line of avouch, and its completion.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cmd/avouch/command.h"
#include "cmd/common/completion.h"

namespace avouch::cmd {
namespace {

constexpr const char* kExitCodes = "Exit codes: 0 accepted, 1 refused, 2 usage, 3 unavailable.";

}  // namespace

void end_help(CLI::App& command, std::initializer_list<const char*> examples, const char* exit_codes) {
  std::string footer = examples.size() == 1 ? "Example:\n" : "Examples:\n";
  for (const char* example : examples) footer += std::string("  ") + example + "\n";
  command.footer(footer + "\n" + (exit_codes != nullptr ? exit_codes : kExitCodes));
}

void add_completion(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("completion", "Print a script that makes a shell complete avouch");
  end_help(*command,
           {"avouch completion fish > ~/.config/fish/completions/avouch.fish", "source <(avouch completion bash)"});
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, &invocation, shell] {
    invocation.chosen = [&app, shell]() -> int {
      const CommandText self = describe(app);
      const std::string script = *shell == "bash"  ? bash_completion(self)
                                 : *shell == "zsh" ? zsh_completion(self)
                                                   : fish_completion(self);
      std::fputs(script.c_str(), stdout);
      return kAccepted;
    };
  });
}

void build_command_line(CLI::App& app, Invocation& invocation) {
  app.name("avouch");
  app.description("Avouch: a machine proves what it runs before it gets a secret.");
  end_help(app, {"avouch realm run -- kbs-client attest        attest from a software Arm CCA realm",
                 "avouch why --last                            why was the last one refused?",
                 "avouch refval approve --last                 endorse exactly what it measured",
                 "avouch evidence verify --ta-store ta-store.json token.cbor"});
  app.set_version_flag("-V,--version", "avouch " AVOUCH_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // --url and its like may stand after the command, too
  app.add_option("--url", invocation.url, "The server")->capture_default_str();
  app.add_option("--admin-token-file", invocation.admin_token_file,
                 "Admin token; if absent, that of the data directory");
  app.add_option("--cert-file", invocation.certificate_file, "Root certificate (PEM) of an https server");
  add_why(app, invocation);
  add_decisions(app, invocation);
  add_reference_values(app, invocation);
  add_endorsements(app, invocation);
  add_policies(app, invocation);
  add_evidence(app, invocation);
  add_realm(app, invocation);
  add_admin(app, invocation);
  add_check(app, invocation);
  add_store(app, invocation);
  add_completion(app, invocation);
  for (CLI::App* noun : app.get_subcommands({})) {
    noun->fallthrough();
    for (CLI::App* verb : noun->get_subcommands({})) verb->fallthrough();
  }
}

}  // namespace avouch::cmd
