// The program `arc`: creates, prints and verifies EARs (EAT Attestation Results) with the command line, the output and
// the exit codes of Veraison's tool of that name.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "base/clock.h"

namespace avouch::arc {

struct Terminal {
  std::ostream& out;
  std::ostream& err;
};

// Runs one command line (without the program's name) and returns the exit code: 0, or 1 after a line "Error: ...".
//   home   the folder in which .arc.yaml is looked for; may be empty
int run(const std::vector<std::string>& words, const Terminal& terminal, const Clock& clock, const std::string& home);

}  // namespace avouch::arc
