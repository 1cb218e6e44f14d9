// The command lines of all programs that people call, as data.
#pragma once

#include <vector>

#include "cmd/common/command_text.h"

namespace avouch::cmd {

struct Program {
  CommandText command_line;
  int manual_section;
};

std::vector<Program> programs();

}  // namespace avouch::cmd
