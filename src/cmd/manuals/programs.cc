#include "cmd/manuals/programs.h"

#include <CLI/CLI.hpp>

#include "cmd/avouch/command.h"
#include "cmd/avouchd/options.h"
#include "cmd/compat/arc/description.h"
#include "cmd/compat/kbs_client/commands.h"
#include "cmd/compat/rvps_tool/commands.h"

namespace avouch::cmd {
namespace {

// --help names the folder of whoever asks; a manual is written once for all of them.
void name_any_data_directory(CommandText& command) {
  for (OptionText& option : command.options) {
    if (option.names.back() == "--data-dir")
      option.standard = "/var/lib/avouch for root, else $XDG_DATA_HOME/avouch or ~/.local/share/avouch";
  }
  for (CommandText& below : command.commands) name_any_data_directory(below);
}

CommandText avouch() {
  Invocation invocation;
  CLI::App app;
  build_command_line(app, invocation);
  return describe(app);
}

CommandText avouchd(const std::string& name) {
  Options options = options_of(name);
  CLI::App app;
  build_command_line(app, options);
  return describe(app);
}

// Its --help is the peer's; what that does not say goes here.
CommandText kbs_client_program() {
  kbs_client::Options options;
  std::function<int()> chosen;
  CLI::App app;
  kbs_client::build_command_line(app, options, chosen);
  CommandText out = describe(app);
  out.examples = {"kbs-client attest --tee-key-file tee.key > ear.jwt",
                  "kbs-client get-resource --path my_repo/resource_type/123abc",
                  "kbs-client config --auth-private-key admin.key set-resource --path my_repo/resource_type/123abc "
                  "--resource-file secret.bin"};
  out.exit_codes = "0 success, 1 refused or failed, 2 usage";
  return out;
}

CommandText rvps_tool_program() {
  std::function<int()> chosen;
  CLI::App app;
  rvps_tool::build_command_line(app, chosen);
  return describe(app);
}

}  // namespace

std::vector<Program> programs() {
  std::vector<Program> out{{avouch(), 1}, {kbs_client_program(), 1}, {arc::describe(), 1}, {rvps_tool_program(), 1}};
  for (const char* name : {"avouchd", "kbs", "grpc-as", "restful-as", "rvps", "verification-service"})
    out.push_back({avouchd(name), 8});
  for (Program& program : out) name_any_data_directory(program.command_line);
  return out;
}

}  // namespace avouch::cmd
