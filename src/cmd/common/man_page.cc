#include "cmd/common/man_page.h"

#include <algorithm>
#include <cctype>

namespace avouch::cmd {
namespace {

// Text as roff shows it: a hyphen that can be copied, no escape, and no line that reads as a request.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else {
      out += (c == '-' ? "\\" : "") + std::string(1, c);
    }
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string sentence(const std::string& text) {
  return escaped(text) + (text.ends_with('.') ? "" : ".");
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string page_name(const CommandText& command) {
  std::string out = command.path;
  std::replace(out.begin(), out.end(), ' ', '-');
  return out;
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

// man(7): one .TP for each, its tag on the line that follows.
std::string option_entry(const OptionText& option) {
  std::string tag;
  for (const std::string& name : option.names) {
    tag += std::string(tag.empty() ? "" : ", ") + "\\fB" + escaped(name) + "\\fR";
  }
  if (!option.value.empty() && option.names.front().starts_with('-')) {
    const std::string value = option.choices.empty() ? option.value : joined(option.choices, "|");
    tag += " \\fI" + escaped(value) + "\\fR";
  }
  std::string text = sentence(option.text);
  if (!option.standard.empty()) text += " Default: " + escaped(option.standard) + ".";
  if (!option.environment.empty()) text += " Environment: " + option.environment + ".";
  if (option.required) text += " Required.";
  return ".TP\n" + tag + "\n" + text + "\n";
}

std::string synopsis(const CommandText& command) {
  std::string out = "\\fB" + escaped(command.path) + "\\fR";
  if (!command.options.empty()) out += " [\\fIOPTION\\fR...]";
  if (!command.commands.empty()) out += " \\fICOMMAND\\fR";
  for (const OptionText& positional : command.positionals) {
    const std::string name = "\\fI" + escaped(positional.names.front()) + "\\fR";
    out += " " + (positional.required ? name : "[" + name + "]");
  }
  return out + "\n";
}

std::string listed(const std::vector<OptionText>& options) {
  std::string out;
  for (const OptionText& option : options) out += option_entry(option);
  return out;
}

std::string entries(const CommandText& command) {
  return listed(command.positionals) + listed(command.options);
}

std::string examples(const CommandText& command) {
  std::string out = ".nf\n";
  for (const std::string& example : command.examples) out += escaped(example) + "\n";
  return out + ".fi\n";
}

// A command inside the page of its parent.
std::string subsection(const CommandText& command) {
  std::string out = ".SS " + escaped(command.path) + "\n" + sentence(command.text) + "\n.PP\n" + synopsis(command);
  CommandText rest = command;  // --help is said once, for the page
  std::erase_if(rest.options, [](const OptionText& option) { return option.names.back() == "--help"; });
  out += entries(rest);
  if (!command.examples.empty()) out += ".PP\n" + examples(command);
  for (const CommandText& below : command.commands) out += subsection(below);
  return out;
}

std::string page(const CommandText& command, int section, const std::string& see_also, bool whole) {
  const std::string number = std::to_string(section);
  const std::string name = page_name(command);
  std::string out = ".TH " + upper(escaped(name)) + " " + number + " \"\" \"Avouch " AVOUCH_VERSION "\"\n";
  out += ".SH NAME\n" + escaped(name) + " \\- " + escaped(command.text) + "\n";
  out += ".SH SYNOPSIS\n" + synopsis(command);
  out += ".SH DESCRIPTION\n" + sentence(command.text) + "\n";
  for (const std::string& paragraph : command.paragraphs) out += ".PP\n" + sentence(paragraph) + "\n";
  out += ".SH OPTIONS\n" + entries(command);
  if (!command.inherited.empty()) out += ".PP\nAnd the options of its parents:\n" + listed(command.inherited);
  if (!command.commands.empty()) {
    out += ".SH COMMANDS\n";
    for (const CommandText& below : command.commands) {
      out += whole ? subsection(below)
                   : ".TP\n\\fB" + escaped(page_name(below)) + "\\fR(" + number + ")\n" + sentence(below.text) + "\n";
    }
  }
  if (!command.examples.empty()) out += ".SH EXAMPLES\n" + examples(command);
  if (!command.exit_codes.empty()) out += ".SH EXIT STATUS\n" + escaped(command.exit_codes) + "\n";
  if (!see_also.empty()) out += ".SH SEE ALSO\n" + see_also + "\n";
  return out;
}

std::string reference(const std::string& name, int section) {
  return "\\fB" + escaped(name) + "\\fR(" + std::to_string(section) + ")";
}

}  // namespace

std::map<std::string, std::string> man_pages(const CommandText& program, int section) {
  const std::string suffix = "." + std::to_string(section);
  std::vector<std::string> below;
  for (const CommandText& command : program.commands) below.push_back(reference(page_name(command), section));
  std::map<std::string, std::string> out{{program.name + suffix, page(program, section, joined(below, ", "), false)}};
  for (const CommandText& command : program.commands) {
    out[page_name(command) + suffix] = page(command, section, reference(program.name, section), true);
  }
  return out;
}

}  // namespace avouch::cmd
