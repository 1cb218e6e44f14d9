// The command line of arc as data, for its manual page and completions.
#pragma once

#include "cmd/common/command_text.h"

namespace avouch::arc {

// Read out of the texts in help.h, which are the peer's and stay as they are.
cmd::CommandText describe();

}  // namespace avouch::arc
