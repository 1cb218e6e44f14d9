// What a program's command line offers, as plain data. Manual pages and shell completions are written from it, so that
// neither can say anything else than --help.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace avouch::cmd {

struct OptionText {
  std::vector<std::string> names;  // "-c", "--config-file"; one bare word for a positional
  std::string text;
  std::string value;                 // what it takes, as "FILE"; "" for a flag
  std::vector<std::string> choices;  // the only values, if these are few
  std::string standard;              // the default; "" for none
  std::string environment;           // the variable that sets it; "" for none
  bool required = false;
};

struct CommandText {
  std::string name;  // the last word: "set"
  std::string path;  // all words: "avouch refval set"
  std::string text;
  std::vector<OptionText> options, positionals;
  std::vector<OptionText> inherited;  // options of its parents that may stand after it, too
  std::vector<CommandText> commands;
  std::vector<std::string> examples;    // one line each
  std::vector<std::string> paragraphs;  // what else the end of the help says
  std::string exit_codes;               // "0 accepted, 1 refused"
};

// Reads a command with everything below it. The footer of a command's help has examples (indented by two spaces below a
// line "Examples:"), a paragraph "Exit codes: ...", and paragraphs of any other kind.
CommandText describe(const CLI::App& app);

// Sorts a footer of that form into `command`.
void read_footer(const std::string& footer, CommandText& command);

}  // namespace avouch::cmd
