// kbs-client: Trustee's command line client, same commands and options. It differs where that one harms its user: it
// says which TEE it found and fails where there is none, asks once, and does not print secrets that it sets.
#include <CLI/CLI.hpp>

#include "cmd/common/process.h"
#include "cmd/compat/kbs_client/commands.h"

namespace avouch::cmd::kbs_client {
namespace {

int run(int argc, char** argv) {
  Options options;
  std::function<int()> chosen;
  CLI::App app;
  build_command_line(app, options, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return chosen();
}

}  // namespace
}  // namespace avouch::cmd::kbs_client

int main(int argc, char** argv) {
  avouch::cmd::open_standard_descriptors();
  avouch::cmd::forbid_core_dumps();
  return avouch::cmd::finish("kbs-client", avouch::cmd::kbs_client::run(argc, argv));
}
