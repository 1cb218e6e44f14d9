// Shell completions, written from the description of a command line: commands, options, and the values of options that
// take one of a few; files elsewhere.
#pragma once

#include <string>

#include "cmd/common/command_text.h"

namespace avouch::cmd {

std::string bash_completion(const CommandText& program);
std::string zsh_completion(const CommandText& program);
std::string fish_completion(const CommandText& program);

}  // namespace avouch::cmd
