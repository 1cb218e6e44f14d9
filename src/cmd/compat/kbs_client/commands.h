// What the commands of kbs-client share. Internal to this folder.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "crypto/key.h"
#include "dialect/kbs/client.h"

namespace CLI {
class App;
}

namespace avouch::cmd::kbs_client {

struct Options {
  std::string url = "http://127.0.0.1:8080", certificate_file;
  std::string admin_token_file, admin_key_file;
  std::string tee_key_file, token_file, path, init_data;
  std::string policy_file, policy_type = "rego", policy_id = "default_cpu";
  std::string resource_file, reference_name, reference_value;
  bool allow_all = false, deny_all = false, affirming = false, use_default = false;
  bool as_integer = false, as_bool = false, as_single_value = false;
  bool allow_sample = false;
};

// "Error: message" on standard error; 1.
int fail(const std::string& message);
// What the server refused, in the words that users of the peer's client know, and where its operator finds the
// reason; 1.
int fail(const Error& error, const dialect::kbs::KbsClient& client);

Result<dialect::kbs::KbsClient> connect(const Options& options);
Result<crypto::PrivateKey> read_private_key(const std::string& file);
std::string trimmed(std::string text);

// The whole command line. The options and `chosen` have to outlive the app.
void build_command_line(CLI::App& app, Options& options, std::function<int()>& chosen);

// Each adds its commands; the one that is chosen goes to `chosen`, which returns the exit code.
void add_guest_commands(CLI::App& app, Options& options, std::function<int()>& chosen);
void add_config_commands(CLI::App& config, Options& options, std::function<int()>& chosen);

}  // namespace avouch::cmd::kbs_client
