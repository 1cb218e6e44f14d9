#include "cmd/compat/arc/arc.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/common/completion.h"
#include "cmd/common/printable.h"
#include "cmd/compat/arc/commands.h"
#include "cmd/compat/arc/description.h"
#include "cmd/compat/arc/go_text.h"
#include "cmd/compat/arc/help.h"

namespace avouch::arc {
namespace {

// The peer's version whose behaviour this is, and ours.
constexpr const char* kVersion = "arc version 1.1.3 (Avouch " AVOUCH_VERSION ")\n";

constexpr Flag kHelpFlag{"help", 'h', nullptr};
constexpr std::array<Flag, 2> kRootFlags{{{"version", 'v', nullptr}, {"config", 0, ""}}};
constexpr std::array<Flag, 1> kCompletionFlags{{{"config", 0, ""}}};

enum class Verb : unsigned char { kNone, kCompletion, kCreate, kHelp, kPrint, kVerify };

struct Command {
  const char* name;
  Verb verb;
  std::span<const Flag> flags;
  const char* const* help;
};
const std::array<Command, 5> kCommands{{{"completion", Verb::kCompletion, kCompletionFlags, &kCompletionHelp},
                                        {"create", Verb::kCreate, kCreateFlags, &kCreateHelp},
                                        {"help", Verb::kHelp, kCompletionFlags, &kHelp},
                                        {"print", Verb::kPrint, kPrintFlags, &kPrintHelp},
                                        {"verify", Verb::kVerify, kVerifyFlags, &kVerifyHelp}}};
const Command kRoot{"", Verb::kNone, kRootFlags, &kHelp};

const Command* find_command(const std::string& name) {
  const auto found =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& known) { return name == known.name; });
  return found == kCommands.end() ? nullptr : &*found;
}

// Where the command's name stands: the first word that is neither a flag nor the value of --config.
std::size_t command_position(const std::vector<std::string>& words) {
  std::size_t i = 0;
  while (i < words.size() && words[i].starts_with("-") && words[i] != "--") i += words[i] == "--config" ? 2 : 1;
  return i;
}

// The peer reads this file and uses nothing of it.
void mention_config(const CommandLine& line, const Terminal& terminal, const std::string& home) {
  const std::string& given = line.value("config");
  const std::string path = given.empty() && !home.empty() ? home + "/.arc.yaml" : given;
  if (!path.empty() && file_exists(path)) terminal.err << "Using config file: " << path << "\n";
}

Status complete(const CommandLine& line, const Terminal& terminal) {
  const std::string shell = line.arguments.empty() ? "" : line.arguments[0];
  terminal.out << (shell == "bash"   ? cmd::bash_completion(describe())
                   : shell == "fish" ? cmd::fish_completion(describe())
                   : shell == "zsh"  ? cmd::zsh_completion(describe())
                                     : kCompletionHelp);
  return ok();
}

Status help(const CommandLine& line, const Terminal& terminal) {
  const Command* topic = line.arguments.empty() ? &kRoot : find_command(line.arguments[0]);
  if (topic == nullptr) terminal.err << "Unknown help topic [`" << printable(line.arguments[0]) << "`]\n";
  terminal.out << (topic == nullptr ? kHelp : *topic->help);
  return ok();
}

Status dispatch(const std::vector<std::string>& words, const Terminal& terminal, const Clock& clock,
                const std::string& home) {
  std::vector<std::string> rest = words;
  const std::size_t position = command_position(words);
  const Command* command = &kRoot;
  if (position < words.size() && words[position] != "--") {
    command = find_command(words[position]);
    ENSURE(command != nullptr, refused("unknown command " + quoted(words[position]) + " for \"arc\""));
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(position));
  }
  std::vector<Flag> flags(command->flags.begin(), command->flags.end());
  flags.push_back(kHelpFlag);
  const CommandLine line = TRY(parse_flags(rest, flags));
  if (line.is_on("help")) {
    terminal.out << *command->help;
    return ok();
  }
  if (command->verb == Verb::kNone) {
    terminal.out << (line.is_on("version") ? kVersion : kHelp);
    return ok();
  }
  mention_config(line, terminal, home);
  switch (command->verb) {
    case Verb::kCompletion:
      return complete(line, terminal);
    case Verb::kCreate:
      return create(line, terminal);
    case Verb::kPrint:
      return print(line, terminal);
    case Verb::kVerify:
      return verify(line, terminal, clock.now());
    default:
      return help(line, terminal);
  }
}

}  // namespace

Result<std::string> load(const std::string& path) {
  Result<std::string> text = read_text_file(path, limits::kConfigBytes);
  if (text.has_value()) return text;
  // Ours reads "path: Is a directory"; Go's "read path: is a directory".
  std::string reason = text.error().detail.substr(std::min(text.error().detail.size(), path.size() + 2));
  if (!reason.empty()) reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  return refused((reason == "is a directory" ? "read " : "open ") + path + ": " + reason);
}

int run(const std::vector<std::string>& words, const Terminal& terminal, const Clock& clock, const std::string& home) {
  const Status status = dispatch(words, terminal, clock, home);
  if (status.has_value()) return 0;
  terminal.err << "Error: " << cmd::printable(status.error().detail, " ") << "\n";
  return 1;
}

}  // namespace avouch::arc
