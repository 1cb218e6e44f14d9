// The command line of avouchd.
#pragma once

#include <string>

#include "cmd/common/data_directory.h"

namespace CLI {
class App;
}

namespace avouch::cmd {

struct Options {
  std::string config_file, data_directory = default_data_directory(), listen;
  std::string log_level = "info", log_format = "text";
  bool allow_sample = false, new_database = false;
};

// The options have to outlive the app.
void build_command_line(CLI::App& app, Options& options);

}  // namespace avouch::cmd
