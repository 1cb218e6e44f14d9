// What every command of `avouch` shares: the server it talks to, how it prints, how it ends.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"

namespace CLI {
class App;
}

namespace avouch::cmd {

enum ExitCode : int { kAccepted = 0, kRefused = 1, kUsage = 2, kUnavailable = 3 };

// Options that stand before the command, and the command that was chosen.
struct Invocation {
  std::string url = "http://127.0.0.1:8080";
  std::string admin_token_file;  // "" for the one in the data directory
  std::string certificate_file;
  std::function<int()> chosen;
};

// Asks the management interface of the server.
//   fails   kUnavailable: http.*; kRequest: file.*, manage.refused (the server's code and words in the detail)
Result<Json> ask(const Invocation& invocation, std::string_view method, std::string_view path,
                 std::string_view body = "");

// Asks, prints the answer as JSON, and returns the exit code.
int ask_and_print(const Invocation& invocation, std::string_view method, const std::string& path,
                  std::string_view body = "");

// Prints the error with its next step, and returns the exit code that fits it.
int report(const Error& error);
void print_json(const Json& value);

// What a word on the command line stands for: JSON if it is, else itself as a text.
Json json_or_text(const std::string& word);

// Ends the help of a command: lines that show it, and its exit codes (null for those of ExitCode).
void end_help(CLI::App& command, std::initializer_list<const char*> examples, const char* exit_codes = nullptr);

// The whole command line; what was chosen is in `invocation` once it is parsed. Both have to outlive the app.
void build_command_line(CLI::App& app, Invocation& invocation);

// Each adds one noun with its verbs.
void add_why(CLI::App& app, Invocation& invocation);
void add_decisions(CLI::App& app, Invocation& invocation);
void add_reference_values(CLI::App& app, Invocation& invocation);
void add_reference_life(CLI::App& noun, Invocation& invocation);  // to the noun that add_reference_values() makes
void add_from_corim(CLI::App& noun, Invocation& invocation);
void add_from_swid(CLI::App& noun, Invocation& invocation);
void add_endorsements(CLI::App& app, Invocation& invocation);
void add_policies(CLI::App& app, Invocation& invocation);
void add_evidence(CLI::App& app, Invocation& invocation);
void add_realm(CLI::App& app, Invocation& invocation);
void add_admin(CLI::App& app, Invocation& invocation);
void add_check(CLI::App& app, Invocation& invocation);
void add_store(CLI::App& app, Invocation& invocation);
void add_completion(CLI::App& app, Invocation& invocation);

}  // namespace avouch::cmd
