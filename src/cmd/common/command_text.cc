#include "cmd/common/command_text.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

namespace avouch::cmd {
namespace {

constexpr const char* kExitCodes = "Exit codes: ";

// "TEXT:{text,json}" has a type and choices.
void read_type(const std::string& type, OptionText& out) {
  out.value = type.substr(0, type.find(':'));
  const std::size_t open = type.find('{'), close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos) return;
  std::istringstream choices(type.substr(open + 1, close - open - 1));
  for (std::string choice; std::getline(choices, choice, ',');) out.choices.push_back(choice);
}

OptionText describe(const CLI::Option& option) {
  OptionText out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  if (out.names.empty()) out.names.push_back(option.get_name(true));
  out.text = option.get_description();
  out.standard = option.get_default_str();
  out.environment = option.get_envname();
  out.required = option.get_required();
  if (option.get_type_size_max() > 0) read_type(option.get_type_name(), out);
  return out;
}

// A group of options is a nameless command below: its options are the command's.
void read_options(const CLI::App& app, CommandText& out) {
  for (const CLI::Option* option : app.get_options()) {
    (option->get_positional() ? out.positionals : out.options).push_back(describe(*option));
  }
  for (const CLI::App* group : app.get_subcommands([](const CLI::App* below) { return below->get_name().empty(); })) {
    for (const CLI::Option* option : group->get_options()) {
      if (option != group->get_help_ptr()) out.options.push_back(describe(*option));
    }
  }
}

bool is_help(const OptionText& option) {
  return option.names.back() == "--help" || option.names.back() == "--version";
}

// All that may stand below a command: its own options and those that it may use of its parents', but for --help.
std::vector<OptionText> inheritance(const CommandText& command) {
  std::vector<OptionText> out = command.inherited;
  out.insert(out.end(), command.options.begin(), command.options.end());
  std::erase_if(out, is_help);
  return out;
}

CommandText describe_below(const CLI::App& app, const CommandText* parent) {
  CommandText out;
  out.name = app.get_name();
  out.path = parent == nullptr ? out.name : parent->path + " " + out.name;
  if (parent != nullptr && app.get_fallthrough()) out.inherited = inheritance(*parent);
  out.text = app.get_description();
  read_options(app, out);
  for (const CLI::App* below : app.get_subcommands([](const CLI::App* any) { return !any->get_name().empty(); })) {
    out.commands.push_back(describe_below(*below, &out));
  }
  read_footer(app.get_footer(), out);
  return out;
}

}  // namespace

void read_footer(const std::string& footer, CommandText& command) {
  std::istringstream lines(footer);
  std::string paragraph;
  const auto end_paragraph = [&] {
    if (paragraph.starts_with(kExitCodes)) {
      command.exit_codes = paragraph.substr(std::string(kExitCodes).size());
    } else if (!paragraph.empty()) {
      command.paragraphs.push_back(paragraph);
    }
    paragraph.clear();
  };
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  ")) {
      command.examples.push_back(line.substr(2));
    } else if (line.empty() || line == "Example:" || line == "Examples:") {
      end_paragraph();
    } else {
      paragraph += (paragraph.empty() ? "" : " ") + line;
    }
  }
  end_paragraph();
}

CommandText describe(const CLI::App& app) {
  return describe_below(app, nullptr);
}

}  // namespace avouch::cmd
