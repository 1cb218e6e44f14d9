// avouch: the command line of operators and newcomers.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cmd/avouch/command.h"

namespace {

constexpr const char* kExamples = R"(Examples:
  avouch realm run -- kbs-client attest        attest from a software Arm CCA realm
  avouch why --last                            why was the last one refused?
  avouch refval approve --last                 endorse exactly what it measured
  avouch evidence verify --ta-store ta.json token.cbor

Exit codes: 0 accepted, 1 refused, 2 usage, 3 unavailable.)";

}  // namespace

int main(int argc, char** argv) {
  avouch::cmd::Invocation invocation;
  CLI::App app("Avouch: a machine proves what it runs before it gets a secret.", "avouch");
  app.footer(kExamples);
  app.set_version_flag("-V,--version", "avouch " AVOUCH_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // --url and its like may stand after the command, too
  app.add_option("--url", invocation.url, "The server")->capture_default_str();
  app.add_option("--admin-token-file", invocation.admin_token_file,
                 "Admin token; if absent, that of the data directory");
  app.add_option("--cert-file", invocation.certificate_file, "Root certificate (PEM) of an https server");
  avouch::cmd::add_why(app, invocation);
  avouch::cmd::add_decisions(app, invocation);
  avouch::cmd::add_reference_values(app, invocation);
  avouch::cmd::add_endorsements(app, invocation);
  avouch::cmd::add_policies(app, invocation);
  avouch::cmd::add_evidence(app, invocation);
  avouch::cmd::add_realm(app, invocation);
  avouch::cmd::add_admin(app, invocation);
  avouch::cmd::add_check(app, invocation);
  for (CLI::App* noun : app.get_subcommands({})) {
    noun->fallthrough();
    for (CLI::App* verb : noun->get_subcommands({})) verb->fallthrough();
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : avouch::cmd::kUsage;
  }
  return invocation.chosen();
}
