#include "cmd/compat/arc/description.h"

#include <sstream>

#include "cmd/compat/arc/help.h"

namespace avouch::arc {
namespace {

// "  -a, --alg string   signing algorithm (default "ES256")": names, perhaps a type, two spaces or more, a text.
cmd::OptionText option_of(const std::string& line) {
  cmd::OptionText out;
  const std::size_t text = line.find("  ", line.find('-'));
  std::istringstream head(line.substr(0, text));
  for (std::string word; head >> word;) {
    if (word.ends_with(',')) word.pop_back();
    (word.starts_with('-') ? out.names.emplace_back() : out.value) = word;
  }
  out.text = line.substr(line.find_first_not_of(' ', text));
  return out;
}

// What stands under one heading, up to the next empty line.
std::vector<std::string> lines_under(const std::string& help, const std::string& heading) {
  std::vector<std::string> out;
  const std::size_t start = help.find("\n" + heading + "\n");
  if (start == std::string::npos) return out;
  std::istringstream rest(help.substr(start + heading.size() + 2));
  for (std::string line; std::getline(rest, line) && !line.empty();) out.push_back(line);
  return out;
}

cmd::CommandText describe_one(const std::string& path, const std::string& help) {
  cmd::CommandText out;
  out.path = path;
  out.name = path.substr(path.rfind(' ') + 1);
  out.text = help.substr(0, help.find('\n'));
  for (const std::string& line : lines_under(help, "Flags:")) out.options.push_back(option_of(line));
  for (const std::string& line : lines_under(help, "Global Flags:")) out.inherited.push_back(option_of(line));
  if (help.find("<jwt-file>") != std::string::npos) {
    cmd::OptionText file;
    file.names = {"jwt-file"};
    file.text = "The file with the signed EAR";
    file.value = "FILE";
    file.required = true;
    out.positionals.push_back(file);
    out.examples.push_back(path + " my-ear.jwt");
  }
  return out;
}

}  // namespace

cmd::CommandText describe() {
  cmd::CommandText out = describe_one("arc", kHelp);
  out.examples = {"arc verify my-ear.jwt"};
  out.exit_codes = "0 success, 1 anything else";
  out.commands = {describe_one("arc completion", kCompletionHelp), describe_one("arc create", kCreateHelp),
                  describe_one("arc print", kPrintHelp), describe_one("arc verify", kVerifyHelp)};
  for (const char* shell : {"bash", "fish", "zsh"}) {
    cmd::CommandText& below = out.commands.front().commands.emplace_back();
    below.name = shell;
    below.path = std::string("arc completion ") + shell;
    below.text = std::string("For ") + shell;
  }
  return out;
}

}  // namespace avouch::arc
