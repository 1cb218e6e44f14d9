// Manual pages in the man(7) macros, written from the description of a command line.
#pragma once

#include <map>
#include <string>

#include "cmd/common/command_text.h"

namespace avouch::cmd {

// The pages of a program, by file name: "avouch.1", and for each of its commands one like "avouch-refval.1", which
// holds the commands below it too.
//   section   1 for programs of users, 8 for servers
std::map<std::string, std::string> man_pages(const CommandText& program, int section);

}  // namespace avouch::cmd
