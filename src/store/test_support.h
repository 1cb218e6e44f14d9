// What the tests of this folder share: the list of back ends, a clock to turn by hand, children to kill.
#pragma once

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/backends.h"
#include "store/server_test_support.h"

namespace avouch::store {

class ManualClock final : public Clock {
 public:
  Instant now() const override { return Instant(std::chrono::milliseconds(milliseconds_.load())); }
  void advance(std::chrono::milliseconds time) { milliseconds_ += time.count(); }

 private:
  std::atomic<std::int64_t> milliseconds_{1'800'000'000'000};
};

// A folder of its own, gone at the end of the test. In memory where that can be had, for a busy disk takes a second
// over an fsync; TMPDIR says otherwise.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const bool use_memory = std::getenv("TMPDIR") == nullptr && ::access("/dev/shm", W_OK) == 0;
    const std::filesystem::path parent = use_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (parent / "avouch-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

struct BackEnd {
  std::string name;
  bool is_durable;  // What was written outlives the process, and other processes see it.
  bool has_expiry;  // Takes records that expire.
  bool is_remote;   // A server of its own keeps the records: what happens to our files does not touch it.
  std::function<Result<std::unique_ptr<Store>>(const TemporaryFolder&, const Clock&)> open;
  std::function<std::string()> missing = [] { return std::string(); };  // why it cannot be tested here
};

inline std::vector<BackEnd> back_ends() {
  return {
      {"memory", false, true, false,
       [](const TemporaryFolder&, const Clock& clock) {
         return Result<std::unique_ptr<Store>>(make_memory_store(clock));
       }},
      {"sqlite", true, true, false,
       [](const TemporaryFolder& folder, const Clock& clock) { return open_sqlite_store(folder / "store.db", clock); }},
      {"local_fs", true, false, false,
       [](const TemporaryFolder& folder, const Clock& clock) { return open_local_fs_store(folder / "store", clock); }},
      {"local_json", true, false, false,
       [](const TemporaryFolder& folder, const Clock&) { return open_local_json_store(folder / "json"); }},
      {"postgres", true, true, true,
       [](const TemporaryFolder& folder, const Clock& clock) {
         reset_once(postgres_server(), folder / "postgres");
         return open_postgres_store(postgres_server().url(), clock);
       },
       [] { return postgres_server().missing(); }},
      {"redis", true, true, true,
       [](const TemporaryFolder& folder, const Clock& clock) {
         reset_once(redis_server(), folder / "redis");
         return open_redis_store(redis_server().url(), clock);
       },
       [] { return redis_server().missing(); }},
  };
}

inline std::vector<BackEnd> durable_back_ends() {
  std::vector<BackEnd> durable = back_ends();
  std::erase_if(durable, [](const BackEnd& back_end) { return !back_end.is_durable; });
  return durable;
}

inline std::vector<BackEnd> local_durable_back_ends() {
  std::vector<BackEnd> local = durable_back_ends();
  std::erase_if(local, [](const BackEnd& back_end) { return back_end.is_remote; });
  return local;
}

// Ends the fixture's SetUp where the back end's server is not installed.
#define SKIP_IF_MISSING() \
  if (const std::string why = GetParam().missing(); !why.empty()) GTEST_SKIP() << why

inline std::string name_of(const ::testing::TestParamInfo<BackEnd>& info) {
  return info.param.name;
}

// Runs `work` in a child process, which does not outlive this one. No store may be open here meanwhile: SQLite's locks
// do not survive a fork.
inline pid_t start_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::_exit(work());
  }
  return child;
}

// The child's exit code; minus the signal's number if one has ended it.
inline int wait_for(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1'000;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

inline std::string code_of(const auto& result) {
  return result.has_value() ? "ok" : result.error().code;
}

}  // namespace avouch::store
