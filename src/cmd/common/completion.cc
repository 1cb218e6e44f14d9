#include "cmd/common/completion.h"

#include <algorithm>
#include <functional>

namespace avouch::cmd {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// One word of bash and zsh, whatever is in it.
std::string quoted(const std::string& text) {
  return "'" + replaced(text, "'", "'\\''") + "'";
}

std::string fish_quoted(const std::string& text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

void visit(const CommandText& command, const std::function<void(const CommandText&)>& each) {
  each(command);
  for (const CommandText& below : command.commands) visit(below, each);
}

std::vector<OptionText> all_options(const CommandText& command) {
  std::vector<OptionText> out = command.options;
  out.insert(out.end(), command.inherited.begin(), command.inherited.end());
  return out;
}

std::vector<std::string> option_names(const CommandText& command) {
  std::vector<std::string> out;
  for (const OptionText& option : all_options(command)) out.insert(out.end(), option.names.begin(), option.names.end());
  return out;
}

std::vector<std::string> command_names(const CommandText& command) {
  std::vector<std::string> out;
  for (const CommandText& below : command.commands) out.push_back(below.name);
  return out;
}

// The paths of all commands below the program, as patterns of a shell's case.
std::string paths_below(const CommandText& program, const std::string& between) {
  std::vector<std::string> paths;
  visit(program, [&](const CommandText& command) {
    if (&command != &program) paths.push_back(quoted(command.path));
  });
  return joined(paths, between);
}

// What bash offers within one command: by the word before, else by how the word begins.
std::string bash_case(const CommandText& command) {
  std::string out = "    " + quoted(command.path) + ")\n      case $previous in\n";
  for (const OptionText& option : all_options(command)) {
    if (option.value.empty()) continue;
    out += "        " + joined(option.names, " | ") + ") ";
    out += option.choices.empty() ? "files=1" : "words=" + quoted(joined(option.choices, " "));
    out += " ;;\n";
  }
  const std::string options = "words=" + quoted(joined(option_names(command), " "));
  out += "        *)\n          if [[ $word == -* ]]; then " + options + "; ";
  if (!command.commands.empty()) {
    out += "else words=" + quoted(joined(command_names(command), " "));
  } else if (!command.positionals.empty()) {
    out += "else files=1";
  } else {
    out += "else " + options;
  }
  return out + "; fi ;;\n      esac ;;\n";
}

std::string zsh_described(const std::string& name, const std::string& text) {
  return quoted(replaced(name, ":", "\\:") + ":" + text);
}

std::string zsh_case(const CommandText& command) {
  std::string out = "    " + quoted(command.path) + ")\n      case $words[CURRENT-1] in\n";
  for (const OptionText& option : all_options(command)) {
    if (option.value.empty()) continue;
    out += "        " + joined(option.names, "|") + ") ";
    out += option.choices.empty() ? "_files" : "compadd -- " + joined(option.choices, " ");
    out += "; return ;;\n";
  }
  out += "      esac\n      offers=(";
  for (const OptionText& option : all_options(command)) {
    for (const std::string& name : option.names) out += "\n        " + zsh_described(name, option.text);
  }
  out += ")\n      if [[ $PREFIX == -* ]]; then _describe option offers; return; fi\n";
  if (command.commands.empty()) return out + "      _files ;;\n";
  out += "      offers=(";
  for (const CommandText& below : command.commands) out += "\n        " + zsh_described(below.name, below.text);
  return out + ")\n      _describe command offers ;;\n";
}

std::string fish_option(const OptionText& option) {
  std::string out;
  for (const std::string& name : option.names) {
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.choices.empty()) {
    out += " -x -a " + fish_quoted(joined(option.choices, " "));
  } else if (!option.value.empty()) {
    out += " -r";
  }
  return out + " -d " + fish_quoted(option.text) + "\n";
}

std::string fish_lines(const std::string& program, const CommandText& command) {
  const std::string start = "complete -c " + program + " -n " + fish_quoted("__" + program + "_at " + command.path);
  std::string out;
  for (const CommandText& below : command.commands) {
    out += start + " -f -a " + below.name + " -d " + fish_quoted(below.text) + "\n";
  }
  for (const OptionText& option : all_options(command)) out += start + fish_option(option);
  return out;
}

}  // namespace

std::string bash_completion(const CommandText& program) {
  std::string out = "# bash completion for " + program.name + "\n_" + replaced(program.name, "-", "_") + "() {\n";
  out += "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n";
  out += "  local at=" + program.name + " words= files= i\n";
  out += "  for ((i = 1; i < COMP_CWORD; ++i)); do\n";
  out += "    if [[ ${COMP_WORDS[i]} == -- ]]; then mapfile -t COMPREPLY < <(compgen -c -- \"$word\"); return; fi\n";
  if (!program.commands.empty()) {
    out += "    case \"$at ${COMP_WORDS[i]}\" in\n      " + paths_below(program, " | ") +
           ") at+=\" ${COMP_WORDS[i]}\" ;;\n    esac\n";
  }
  out += "  done\n  case $at in\n";
  visit(program, [&](const CommandText& command) { out += bash_case(command); });
  out += "  esac\n  compopt -o filenames 2>/dev/null\n";
  out += "  if [[ $files ]]; then mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n";
  out += "  else mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\"); fi\n}\n";
  return out + "complete -F _" + replaced(program.name, "-", "_") + " " + program.name + "\n";
}

std::string zsh_completion(const CommandText& program) {
  const std::string function = "_" + replaced(program.name, "-", "_");
  std::string out = "#compdef " + program.name + "\n" + function + "() {\n  local at=" + program.name + " i\n";
  out += "  local -a offers\n  for ((i = 2; i < CURRENT; ++i)); do\n";
  out += "    if [[ $words[i] == -- ]]; then (( CURRENT -= i )); shift $i words; _normal; return; fi\n";
  if (!program.commands.empty()) {
    out += "    case \"$at $words[i]\" in\n      " + paths_below(program, "|") + ") at+=\" $words[i]\" ;;\n    esac\n";
  }
  out += "  done\n  case $at in\n";
  visit(program, [&](const CommandText& command) { out += zsh_case(command); });
  out += "  esac\n}\n";
  // Read by compinit it is a function to call; read by `source`, one to announce.
  return out + "if [[ $funcstack[1] == " + function + " ]]; then " + function + " \"$@\"; else compdef " + function +
         " " + program.name + "; fi\n";
}

std::string fish_completion(const CommandText& program) {
  std::string out = "# fish completion for " + program.name + "\nfunction __" + program.name + "_at\n";
  out +=
      "    set -l at " + program.name + "\n    for word in (commandline -opc)[2..-1]\n        switch \"$at $word\"\n";
  if (!program.commands.empty()) {
    out += "            case " + paths_below(program, " ") + "\n                set at \"$at $word\"\n";
  }
  out += "        end\n    end\n    test \"$at\" = \"$argv\"\nend\n";
  visit(program, [&](const CommandText& command) { out += fish_lines(program.name, command); });
  return out;
}

}  // namespace avouch::cmd
