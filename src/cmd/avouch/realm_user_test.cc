// The realm of an ordinary user, and what a user is told where there can be none. These tests start as root and step
// down.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>

#include "base/file.h"
#include "cmd/avouch/realm.h"
#include "cmd/avouch/realm_testing.h"

namespace avouch::cmd {
namespace {

constexpr uid_t kUser = 12345;
constexpr int kCannotStepDown = 249;

class RealmOfAUser : public ::testing::Test {
 protected:
  RealmOfAUser() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
  ~RealmOfAUser() override { std::filesystem::remove_all(folder_); }

  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to step down from";
    ASSERT_EQ(::chown(folder_.c_str(), kUser, kUser), 0);
  }

  // Runs `body` as the user, with a /dev/fuse of this mode; its messages go to the file "errors".
  int run_as_user(mode_t fuse_mode, const std::function<int()>& body) const {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(step_down(fuse_mode) ? body() : kCannotStepDown);
    return exit_code_of(child);
  }
  bool step_down(mode_t fuse_mode) const {
    const std::string device = folder_ + "/fuse";
    if (!redirect_errors()) return false;
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
    if (::mknod(device.c_str(), S_IFCHR, makedev(10, 229)) != 0 || ::chmod(device.c_str(), fuse_mode) != 0)
      return false;
    if (::mount(device.c_str(), "/dev/fuse", nullptr, MS_BIND, nullptr) != 0) return false;
    return become_user();
  }
  bool redirect_errors() const {
    const int fd = ::open((folder_ + "/errors").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd >= 0 && ::dup2(fd, STDERR_FILENO) >= 0;
  }
  static bool become_user() {
    // A process that changed its user is not dumpable: /proc/self/uid_map would be root's.
    return ::setresgid(kUser, kUser, kUser) == 0 && ::setresuid(kUser, kUser, kUser) == 0 &&
           ::prctl(PR_SET_DUMPABLE, 1) == 0;
  }
  RealmOptions options(const std::string& script) const {
    RealmOptions out;
    out.state_folder = folder_ + "/state";
    out.command = {"sh", "-c", "cd " + folder_ + "\n" + script};
    return out;
  }
  std::string errors() const { return read_text_file(folder_ + "/errors", 1 << 16).value_or("?"); }

  std::string folder_ = "/tmp/avouch-user-test-XXXXXX";
};

TEST_F(RealmOfAUser, WorksInAUserNamespaceWithoutPrivilege) {
  const RealmOptions asked = options(R"sh(
    entry=/sys/kernel/config/tsm/report/mine
    mkdir $entry && printf '%064d' 0 > $entry/inblob && cat $entry/outblob > token && rmdir $entry && id -u > user)sh");
  const int code = run_as_user(0666, [&] { return realm_run(asked); });
  if (code == kCannotStepDown || errors().find("user namespace") != std::string::npos) {
    GTEST_SKIP() << "this machine lets no ordinary user mount: " << errors();
  }
  EXPECT_EQ(code, 0) << errors();
  EXPECT_GT(read_file(folder_ + "/token", 1 << 16).value().size(), 1000U);
  EXPECT_EQ(read_text_file(folder_ + "/user", 64).value(), std::to_string(kUser) + "\n");
}

TEST_F(RealmOfAUser, SaysWhoMayOpenDevFuse) {
  const RealmOptions asked = options("true");
  const int code = run_as_user(0600, [&] { return realm_run(asked); });
  if (code == kCannotStepDown) GTEST_SKIP() << "no mount namespace here";
  EXPECT_EQ(code, 125);
  if (errors().find("user namespace") != std::string::npos) GTEST_SKIP() << errors();
  EXPECT_NE(errors().find("realm.fuse: /dev/fuse: Permission denied; run as root, or"), std::string::npos) << errors();
}

TEST_F(RealmOfAUser, SaysThatNoProcessCouldBeMade) {
  const RealmOptions asked = options("true");
  const int code = run_as_user(0666, [&] {
    const rlimit none{0, 0};
    return ::setrlimit(RLIMIT_NPROC, &none) == 0 ? realm_run(asked) : kCannotStepDown;
  });
  if (code == kCannotStepDown || errors().find("user namespace") != std::string::npos) GTEST_SKIP() << errors();
  EXPECT_EQ(code, 125);
  EXPECT_NE(errors().find("realm.command: fork"), std::string::npos) << errors();
}

TEST_F(RealmOfAUser, SaysThatNoNamespaceCanBeMade) {
  const pid_t child = ::fork();
  if (child == 0) {  // The kernel gives no user namespace to a process in a chroot.
    if (::chroot(folder_.c_str()) != 0 || !become_user()) ::_exit(kCannotStepDown);
    const Status entered = enter_private_namespace();
    ::_exit(!entered.has_value() && std::string("realm.namespace") == entered.error().code ? 0 : 1);
  }
  EXPECT_EQ(exit_code_of(child), 0);
}

TEST_F(RealmOfAUser, ACommandThatUnmountsItsRealmEndsWithIt) {
  RealmOptions asked = options("umount /sys/kernel/config/tsm/report; sleep 60");
  const pid_t child = ::fork();
  if (child == 0) ::_exit(redirect_errors() ? realm_run(asked) : 1);
  EXPECT_EQ(exit_code_of(child), 125);
  EXPECT_NE(errors().find("realm.fuse"), std::string::npos) << errors();
}

TEST(ScopedFoldersTest, SaysThatNothingOfThePathExists) {
  EXPECT_STREQ(ScopedFolders::make("/nonexistent/config/tsm/report").error().code, "realm.mount");
  EXPECT_STREQ(ScopedFolders::make("relative").error().code, "realm.mount");
}

}  // namespace
}  // namespace avouch::cmd
