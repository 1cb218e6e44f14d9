// The command line of avouchd.
#pragma once

#include <string>
#include <vector>

#include "cmd/avouchd/config.h"
#include "cmd/common/data_directory.h"

namespace CLI {
class App;
}

namespace avouch::cmd {

struct Options {
  Role role = Role::kBroker;
  std::string program = "avouchd";
  std::string config_file, data_directory = default_data_directory(), listen;
  std::string log_level = "info", log_format = "text";
  bool allow_sample = false, new_database = false;
  std::string certificate_file, private_key_file;  // of roles whose config has no place for them
  std::vector<std::string> allowed_origins;
};

// What a program is called decides what it is, and how its options are spelled: "kbs", "grpc-as", "restful-as" and
// "rvps" as the peer's, and "avouchd" for any other name.
Options options_of(const std::string& program);

// The options have to outlive the app.
void build_command_line(CLI::App& app, Options& options);

}  // namespace avouch::cmd
