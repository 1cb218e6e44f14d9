// Runs a test's body as a process in a private namespace with a tree mounted, and serves the tree meanwhile.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "cmd/avouch/realm_fuse.h"
#include "cmd/avouch/realm_namespace.h"

namespace avouch::cmd {

inline constexpr int kCannotMount = 250;

// In a body: returns the line to the test, which fails with it.
#define REQUIRE_IN_REALM(condition)                   \
  do {                                                \
    if (!(condition)) return __LINE__ % kCannotMount; \
  } while (false)

inline int exit_code_of(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

inline int serve_while(TsmTree& tree, const std::function<int()>& body) {
  if (!enter_private_namespace().has_value()) return kCannotMount;
  const Result<ScopedFolders> folders = ScopedFolders::make(kTsmReportPath);
  if (!folders.has_value()) return kCannotMount;
  const auto fuse = RealmFuse::mount(kTsmReportPath, tree);
  if (!fuse.has_value()) return kCannotMount;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  for (;;) {
    pollfd waiting{(*fuse)->descriptor(), POLLIN, 0};
    ::poll(&waiting, 1, 5);
    if (!(*fuse)->serve().has_value()) return -1;
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
}

// 0, or the line of the body's REQUIRE_IN_REALM that failed; kCannotMount where this machine does not let us.
inline int run_in_mounted_tree(TsmTree& tree, const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(serve_while(tree, body));
  return exit_code_of(child);
}

}  // namespace avouch::cmd

#define EXPECT_PASSES_IN_TREE(tree, ...)                                                                       \
  do {                                                                                                         \
    const int failed_line = ::avouch::cmd::run_in_mounted_tree(tree, __VA_ARGS__);                             \
    if (failed_line == ::avouch::cmd::kCannotMount) GTEST_SKIP() << "no mount namespace or no /dev/fuse here"; \
    EXPECT_EQ(failed_line, 0) << "the line that failed, modulo 250";                                           \
  } while (false)
