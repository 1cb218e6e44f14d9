// `avouch realm`: an emulated Arm CCA realm for commands that need a TEE, with tokens that are signed for real.
// What each option is called on the command line is said here; parsing is the caller's.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "tee/cca/emulator/platform.h"

namespace avouch::cmd {

// The RIM of a realm that is told nothing else: SHA-256 of the text "avouch demo realm".
inline constexpr const char* kDemoInitialMeasurement =
    "ab36feb28ad67c7342f62484aa925f79d0a98f289fda1c53ee80eff7fe200ff6";

struct RealmOptions {
  std::string state_folder;             // --state DIR            keys of the platform; empty: default_realm_state()
  std::string initial_measurement_hex;  // --rim HEX              32, 48 or 64 octets
  std::vector<std::string> images;      // --image FILE...        or: the RIM of these files (realm_measurement.h)
  tee::cca::emulator::Profile profile = tee::cca::emulator::Profile::kLegacy;           // --profile legacy|2023
  tee::cca::emulator::Collection collection = tee::cca::emulator::Collection::kEat399;  // --collection eat|cmw
  std::vector<std::string> command;                                                     // -- COMMAND...
};

struct RealmEndorsementOptions {
  std::string state_folder;  // --state DIR
};

struct RealmExtendOptions {
  std::size_t index = 0;  // --index N   0 to 3
  std::string file;       // FILE        at most limits::kRealmExtendBytes
};

// $AVOUCH_REALM_STATE, or $XDG_STATE_HOME/avouch/realm, or $HOME/.local/state/avouch/realm.
//   fails   kRequest: realm.state (none of them is set)
Result<std::string> default_realm_state();

// What an option list says about the realm.
//   fails   kRequest: realm.rim (not hexadecimal, a wrong length, or given together with images), realm.image
Result<tee::cca::emulator::Realm> make_realm(const RealmOptions& options);

// `avouch realm run`: runs the command where /sys/kernel/config/tsm/report is that of an Arm CCA realm, and leaves
// nothing behind. Must be called by a process with one thread, which cannot leave the realm's namespace afterwards.
//   returns the exit code of the command (see supervise()); 2 for wrong options and 125 for a realm that could not be
//           made, both with the reason on standard error
int realm_run(const RealmOptions& options);

// `avouch realm endorsements`: prints what a verifier must be told to believe this platform. 0, 2 or 3.
int realm_endorsements(const RealmEndorsementOptions& options);

// `avouch realm extend`, inside a running realm: extends a measurement (REM) by a file, for all later tokens. 0, 2
// or 3.
int realm_extend(const RealmExtendOptions& options);

}  // namespace avouch::cmd
