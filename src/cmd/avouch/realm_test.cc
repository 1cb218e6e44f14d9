// `avouch realm` as a user has it: whole runs, in processes of their own.
#include "cmd/avouch/realm.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "cmd/avouch/realm_testing.h"
#include "codec/hex.h"
#include "codec/json.h"

namespace avouch::cmd {
namespace {

class RealmTest : public ::testing::Test {
 protected:
  RealmTest() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
  ~RealmTest() override { std::filesystem::remove_all(folder_); }

  void SetUp() override {
    TsmTree tree([](Bytes challenge) -> Result<Buffer> { return to_buffer(challenge); });
    if (run_in_mounted_tree(tree, [] { return 0; }) == kCannotMount) {
      GTEST_SKIP() << "no mount namespace or no /dev/fuse here";
    }
  }

  RealmOptions options(const std::string& script) const {
    RealmOptions out;
    out.state_folder = folder_ + "/state";
    out.command = {"sh", "-c", "cd " + folder_ + "\n" + script};
    return out;
  }
  pid_t start(const RealmOptions& options) const {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(realm_run(options));
    return child;
  }
  int run(const RealmOptions& options) const { return exit_code_of(start(options)); }
  int run(const std::string& script) const { return run(options(script)); }
  std::string content(const std::string& name) const {
    return read_text_file(folder_ + "/" + name, 1 << 20).value_or("?");
  }
  bool wait_for(const std::string& name) const {
    for (int i = 0; i < 500 && !file_exists(folder_ + "/" + name); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return file_exists(folder_ + "/" + name);
  }

  std::string folder_ = "/tmp/avouch-realm-test-XXXXXX";
};

// Puts a report over 64 times 'c' into file $1.
constexpr const char* kReport = R"sh(
report() {
  entry=/sys/kernel/config/tsm/report/mine
  mkdir $entry && printf '%064d' 0 | tr 0 c > $entry/inblob && cat $entry/outblob > $1 &&
  test "$(cat $entry/provider)" = arm_cca_guest && test "$(cat $entry/generation)" = 1 && rmdir $entry
}
)sh";

TEST_F(RealmTest, AShellGetsATokenOverItsChallengeAndTheDemoMeasurement) {
  ASSERT_EQ(run(kReport + std::string("report token")), 0);
  EXPECT_NE(content("token").find(std::string(64, 'c')), std::string::npos);
  EXPECT_NE(codec::to_hex(as_bytes(content("token"))).find(kDemoInitialMeasurement), std::string::npos);
}

TEST_F(RealmTest, TheTokenHasTheMeasurementThatWasAskedFor) {
  for (const std::size_t size : {32U, 48U, 64U}) {
    RealmOptions asked = options(kReport + std::string("report token"));
    asked.initial_measurement_hex = codec::to_hex(Buffer(size, 0xE7));
    ASSERT_EQ(run(asked), 0);
    EXPECT_NE(content("token").find(std::string(size, '\xE7')), std::string::npos) << size;
  }
}

TEST_F(RealmTest, AnotherImageIsAnotherMeasurement) {
  ASSERT_TRUE(write_file(folder_ + "/image", as_bytes("one"), 0600).has_value());
  RealmOptions asked = options("");
  asked.images = {folder_ + "/image"};
  const Buffer one = make_realm(asked)->initial_measurement;
  ASSERT_TRUE(write_file(folder_ + "/image", as_bytes("two"), 0600).has_value());
  EXPECT_NE(make_realm(asked)->initial_measurement, one);
}

TEST_F(RealmTest, ReturnsTheExitCodeOfTheCommand) {
  EXPECT_EQ(run("exit 0"), 0);
  EXPECT_EQ(run("exit 7"), 7);
  EXPECT_EQ(run("kill -KILL $$"), 128 + SIGKILL);
  RealmOptions absent = options("");
  absent.command = {"/nonexistent/command"};
  EXPECT_EQ(run(absent), 127);
  absent.command = {"/etc/passwd"};
  EXPECT_EQ(run(absent), 126);
}

TEST_F(RealmTest, TheExitCodeArrivesWhereSigchldWasIgnored) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGCHLD, SIG_IGN);
    ::_exit(realm_run(options("exit 7")));
  }
  EXPECT_EQ(exit_code_of(child), 7);
}

TEST_F(RealmTest, PassesSignalsOn) {
  const pid_t realm = start(options("trap 'exit 9' TERM; touch ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(wait_for("ready"));
  ::kill(realm, SIGTERM);
  EXPECT_EQ(exit_code_of(realm), 9);
}

TEST_F(RealmTest, TheCommandDoesNotOutliveARealmThatWasKilled) {
  const pid_t realm = start(options("echo $$ > pid; touch ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(wait_for("ready"));
  const pid_t command = std::stoi(content("pid"));
  ASSERT_EQ(::kill(command, 0), 0);
  ::kill(realm, SIGKILL);
  EXPECT_EQ(exit_code_of(realm), 1000 + SIGKILL);
  const std::string stat = "/proc/" + std::to_string(command) + "/stat";
  bool gone = false;
  for (int i = 0; i < 500 && !gone; ++i) {
    std::string text;
    std::getline(std::ifstream(stat), text);
    gone = text.empty() || text.find(") Z ") != text.npos;  // a zombie is what waits for init to notice
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(gone);
}

TEST_F(RealmTest, NobodyOutsideSeesTheMounts) {
  const auto mounts = [] { return read_text_file("/proc/self/mounts", 1 << 20).value_or("?"); };
  const std::string before = mounts();
  const pid_t realm =
      start(options("touch ready; while ! test -e go; do sleep 0.01; done; cat /proc/self/mounts > in"));
  ASSERT_TRUE(wait_for("ready"));
  EXPECT_EQ(mounts(), before);
  std::ofstream(folder_ + "/go").put('x');
  EXPECT_EQ(exit_code_of(realm), 0);
  EXPECT_NE(content("in").find("avouch-realm /sys/kernel/config/tsm/report fuse"), std::string::npos);
  EXPECT_EQ(mounts(), before);
}

TEST_F(RealmTest, WhoOutlivesTheCommandFindsNoMountAnyMore) {
  ASSERT_EQ(run("(while ! test -e go; do sleep 0.01; done; cat /proc/self/mounts > left; touch done) & exit 0"), 0);
  std::ofstream(folder_ + "/go").put('x');
  ASSERT_TRUE(wait_for("done"));
  EXPECT_EQ(content("left").find("avouch-realm"), std::string::npos);
  EXPECT_NE(content("left").find("proc"), std::string::npos);
}

TEST_F(RealmTest, ARealmRunsInsideARealm) {
  RealmOptions inner = options(kReport + std::string("report token"));
  const pid_t child = ::fork();
  if (child == 0) {
    TsmTree tree([](Bytes challenge) -> Result<Buffer> { return to_buffer(challenge); });
    ::_exit(serve_while(tree, [&] { return realm_run(inner); }));
  }
  EXPECT_EQ(exit_code_of(child), 0);
  EXPECT_GT(content("token").size(), 1000U);
}

TEST_F(RealmTest, AnExtensionChangesLaterTokens) {
  ASSERT_TRUE(write_file(folder_ + "/event", as_bytes("event"), 0600).has_value());
  const pid_t realm = start(options(kReport + std::string(R"(
    report before; echo $AVOUCH_REALM > socket.tmp; mv socket.tmp socket
    while ! test -e go; do sleep 0.01; done; report after)")));
  ASSERT_TRUE(wait_for("socket"));
  std::string socket = content("socket");
  socket.pop_back();
  // The socket is in the realm's namespace: reach it through a process that lives there.
  const std::string path = "/proc/" + std::to_string(realm) + "/root" + socket;
  ::setenv("AVOUCH_REALM", path.c_str(), 1);
  EXPECT_EQ(realm_extend({.index = 2, .file = folder_ + "/event"}), 0);
  EXPECT_EQ(realm_extend({.index = 4, .file = folder_ + "/event"}), 2);
  EXPECT_EQ(realm_extend({.index = 0, .file = folder_ + "/absent"}), 2);
  ::unsetenv("AVOUCH_REALM");
  std::ofstream(folder_ + "/go").put('x');
  ASSERT_EQ(exit_code_of(realm), 0);
  // SHA-256 of 32 zeros and SHA-256("event").
  const std::string extended = "12db50484c569ef2d5446a9790ee2be42a913d1c755cde998469926762f54066";
  EXPECT_EQ(codec::to_hex(as_bytes(content("before"))).find(extended), std::string::npos);
  EXPECT_NE(codec::to_hex(as_bytes(content("after"))).find(extended), std::string::npos);
}

TEST(RealmExtend, NeedsARealm) {
  ::unsetenv("AVOUCH_REALM");
  EXPECT_EQ(realm_extend({.index = 0, .file = "/etc/passwd"}), 2);
}

TEST(RealmOptionsTest, RefusesWrongMeasurements) {
  for (const std::string& rim : {std::string("zz"), std::string("00"), std::string(66, '0'), std::string(63, '0')}) {
    RealmOptions options;
    options.initial_measurement_hex = rim;
    EXPECT_STREQ(make_realm(options).error().code, "realm.rim") << rim;
  }
  RealmOptions both;
  both.initial_measurement_hex = kDemoInitialMeasurement;
  both.images = {"/etc/passwd"};
  EXPECT_STREQ(make_realm(both).error().code, "realm.rim");
  both.initial_measurement_hex = "";
  both.images = {"/nonexistent"};
  EXPECT_STREQ(make_realm(both).error().code, "realm.image");
}

TEST(RealmOptionsTest, WrongOptionsExitWith2BeforeAnythingHappens) {
  RealmOptions nothing;
  nothing.state_folder = "/nonexistent/state";
  EXPECT_EQ(realm_run(nothing), 2);
  nothing.command = {"true"};
  nothing.initial_measurement_hex = "zz";
  EXPECT_EQ(realm_run(nothing), 2);
}

TEST(RealmOptionsTest, ARealmThatCannotBeMadeExitsWith125) {
  RealmOptions options;
  options.state_folder = "/proc/nonexistent/state";
  options.command = {"true"};
  EXPECT_EQ(realm_run(options), 125);
}

TEST(RealmState, IsWhereTheUserSaysOrWhereStateBelongs) {
  ::setenv("AVOUCH_REALM_STATE", "/a", 1);
  ::setenv("XDG_STATE_HOME", "/b", 1);
  ::setenv("HOME", "/c", 1);
  EXPECT_EQ(default_realm_state().value(), "/a");
  ::unsetenv("AVOUCH_REALM_STATE");
  EXPECT_EQ(default_realm_state().value(), "/b/avouch/realm");
  ::setenv("XDG_STATE_HOME", "", 1);
  EXPECT_EQ(default_realm_state().value(), "/c/.local/state/avouch/realm");
  ::unsetenv("XDG_STATE_HOME");
  ::unsetenv("HOME");
  EXPECT_STREQ(default_realm_state().error().code, "realm.state");
}

TEST_F(RealmTest, EndorsementsArePrintedAsJsonAndStayTheSame) {
  const auto print = [&] {
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(realm_endorsements({folder_ + "/state"}), 0);
    return ::testing::internal::GetCapturedStdout();
  };
  const std::string first = print();
  const Result<Json> endorsements = parse_json(first);
  ASSERT_TRUE(endorsements.has_value());
  EXPECT_NE(endorsements->find("trust-anchors"), nullptr);
  EXPECT_NE(endorsements->find("reference-values"), nullptr);
  EXPECT_EQ(print(), first);
  EXPECT_EQ(realm_endorsements({"/proc/nonexistent/state"}), 3);
}

}  // namespace
}  // namespace avouch::cmd
