// rvps-tool: Trustee's command line for its provider of reference values, and two commands of ours.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace avouch::cmd::rvps_tool {

// `chosen` does what the command line says, once that is parsed, and returns the exit code: 0 done, 1 refused or
// failed.
void build_command_line(CLI::App& app, std::function<int()>& chosen);

}  // namespace avouch::cmd::rvps_tool
