// rvps-tool: see commands.h.
#include <CLI/CLI.hpp>

#include "cmd/common/process.h"
#include "cmd/compat/rvps_tool/commands.h"

int main(int argc, char** argv) {
  avouch::cmd::open_standard_descriptors();
  std::function<int()> chosen;
  CLI::App app;
  avouch::cmd::rvps_tool::build_command_line(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return avouch::cmd::finish("rvps-tool", chosen());
}
