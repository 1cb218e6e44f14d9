// Runs a command, and serves its realm until the command ends.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cmd/avouch/realm_control.h"
#include "cmd/avouch/realm_fuse.h"

namespace avouch::cmd {

struct Supervised {
  std::vector<std::string> command;  // looked up in PATH; not empty
  std::string control_path;          // what the command finds in AVOUCH_REALM
};

// The command has our terminal, input and output. It gets the signals TERM, INT, HUP, QUIT, USR1 and USR2 sent to us,
// and SIGKILL when we die without a chance to say so.
//   returns the exit code of the command; 128 + n if signal n ended it; 127 if there is no such command, 126 if it
//           cannot be run, as shells do
//   fails   kUnavailable: realm.command (no process could be made), realm.fuse (the mount went away)
Result<int> supervise(const Supervised& supervised, RealmFuse& fuse, const RealmControl& control);

}  // namespace avouch::cmd
