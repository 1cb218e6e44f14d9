#include "cmd/avouch/realm.h"

#include <cstdio>
#include <cstdlib>

#include "base/file.h"
#include "base/limits.h"
#include "cmd/avouch/realm_control.h"
#include "cmd/avouch/realm_fuse.h"
#include "cmd/avouch/realm_measurement.h"
#include "cmd/avouch/realm_namespace.h"
#include "cmd/avouch/realm_supervisor.h"
#include "cmd/avouch/tsm_tree.h"
#include "codec/hex.h"
#include "codec/json.h"

namespace avouch::cmd {
namespace {

using tee::cca::emulator::Platform;
using tee::cca::emulator::Realm;

constexpr int kUsage = 2;
constexpr int kUnavailable = 3;
constexpr int kNoRealm = 125;  // as env(1) and timeout(1) tell their own failure from that of the command

// Says why on standard error.
int report(const char* verb, const Error& error, int code) {
  std::fprintf(stderr, "avouch realm %s: %s: %s\n", verb, error.code, error.detail.c_str());
  return error.blame == Blame::kRequest ? kUsage : code;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

Result<Platform> open_platform(std::string folder) {
  if (folder.empty()) folder = TRY(default_realm_state());
  return Platform::open(folder);
}

Result<int> run(const RealmOptions& options) {
  ENSURE(!options.command.empty(), Error{Blame::kRequest, "realm.command", "no command to run"});
  Realm realm = TRY(make_realm(options));
  const Platform platform = TRY(open_platform(options.state_folder));
  TsmTree tree([&](Bytes challenge) { return platform.token(realm, challenge, options.profile, options.collection); });

  TRY(enter_private_namespace());
  const ScopedFolders folders = TRY(ScopedFolders::make(kTsmReportPath));
  const std::string control_path = folders.root() + "/avouch-realm.socket";
  const RealmControl control =
      TRY(RealmControl::listen(control_path, [&](std::size_t index, Bytes data) { return realm.extend(index, data); }));
  const std::unique_ptr<RealmFuse> fuse = TRY(RealmFuse::mount(kTsmReportPath, tree));
  return supervise({options.command, control_path}, *fuse, control);
}

Status extend(const RealmExtendOptions& options) {
  const std::string path = variable(kRealmVariable);
  ENSURE(!path.empty(), Error{Blame::kRequest, "realm.extend",
                              "this is not inside a software realm; start one with `avouch realm run -- COMMAND`"});
  const Buffer data = TRY(read_file(options.file, limits::kRealmExtendBytes));
  return extend_realm(path, options.index, data);
}

}  // namespace

Result<std::string> default_realm_state() {
  const std::string chosen = variable("AVOUCH_REALM_STATE");
  if (!chosen.empty()) return chosen;
  const std::string state = variable("XDG_STATE_HOME");
  if (!state.empty()) return state + "/avouch/realm";
  const std::string home = variable("HOME");
  ENSURE(!home.empty(),
         Error{Blame::kRequest, "realm.state", "neither --state nor AVOUCH_REALM_STATE nor HOME is set"});
  return home + "/.local/state/avouch/realm";
}

Result<Realm> make_realm(const RealmOptions& options) {
  if (!options.images.empty()) {
    ENSURE(options.initial_measurement_hex.empty(),
           Error{Blame::kRequest, "realm.rim", "--rim and --image exclude each other"});
    return Realm::with_initial_measurement(TRY(measure_images(options.images)));
  }
  const std::string& given = options.initial_measurement_hex;
  const Result<Buffer> rim = codec::from_hex(given.empty() ? kDemoInitialMeasurement : given);
  ENSURE(rim.has_value() && (rim->size() == 32 || rim->size() == 48 || rim->size() == 64),
         Error{Blame::kRequest, "realm.rim", "--rim takes 32, 48 or 64 octets in hexadecimal"});
  return Realm::with_initial_measurement(*rim);
}

int realm_run(const RealmOptions& options) {
  const Result<int> code = run(options);
  return code.has_value() ? *code : report("run", code.error(), kNoRealm);
}

int realm_endorsements(const RealmEndorsementOptions& options) {
  const Result<Platform> platform = open_platform(options.state_folder);
  if (!platform.has_value()) return report("endorsements", platform.error(), kUnavailable);
  std::printf("%s\n", to_pretty_text(platform->endorsements()).c_str());
  return 0;
}

int realm_extend(const RealmExtendOptions& options) {
  const Status extended = extend(options);
  return extended.has_value() ? 0 : report("extend", extended.error(), kUnavailable);
}

}  // namespace avouch::cmd
