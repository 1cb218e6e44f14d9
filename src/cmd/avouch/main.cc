// avouch: the command line of operators and newcomers.
#include <CLI/CLI.hpp>

#include "cmd/avouch/command.h"
#include "cmd/common/process.h"
#include "cmd/common/usage.h"

int main(int argc, char** argv) {
  avouch::cmd::open_standard_descriptors();
  avouch::cmd::Invocation invocation;
  CLI::App app;
  avouch::cmd::build_command_line(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return avouch::cmd::end_parse(app, error);
  }
  return avouch::cmd::finish("avouch", invocation.chosen());
}
