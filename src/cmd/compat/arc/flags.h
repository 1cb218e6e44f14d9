// Command-line flags as pflag reads them: --name value, --name=value, -n value, -nvalue, -ab, and "--" to end them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace avouch::arc {

struct Flag {
  const char* name;
  char shorthand;             // 0: none
  const char* default_value;  // null: a switch, off unless given
};

struct CommandLine {
  std::map<std::string, std::string, std::less<>> values;  // every known flag; switches are "true" or "false"
  std::vector<std::string> arguments;

  const std::string& value(std::string_view name) const { return values.find(name)->second; }
  bool is_on(std::string_view name) const { return value(name) == "true"; }
};

//   fails   kRequest: arc.refused, in the words of pflag ("unknown flag: --nope", "flag needs an argument: --pkey")
Result<CommandLine> parse_flags(std::span<const std::string> words, std::span<const Flag> flags);

}  // namespace avouch::arc
