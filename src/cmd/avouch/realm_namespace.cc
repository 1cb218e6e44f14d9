#include "cmd/avouch/realm_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/bytes.h"
#include "base/file.h"

namespace avouch::cmd {
namespace {

Error unavailable(const char* code, const std::string& what, const char* advice = "") {
  return Error{Blame::kUnavailable, code, what + ": " + std::strerror(errno) + advice};
}

Status write_proc(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  ENSURE(fd >= 0, unavailable("realm.namespace", path));
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const Error error = unavailable("realm.namespace", path);
  ::close(fd);
  ENSURE(written, error);
  return ok();
}

// A user namespace in which this user is itself (user_namespaces(7), "Defining user and group ID mappings").
Status enter_user_namespace() {
  const std::string user = std::to_string(::geteuid()), group = std::to_string(::getegid());
  ENSURE(::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0,
         unavailable("realm.namespace", "neither a mount namespace nor a user namespace can be made",
                     "; run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
                     "user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns=0)"));
  TRY(write_proc("/proc/self/setgroups", "deny"));
  TRY(write_proc("/proc/self/uid_map", user + " " + user + " 1"));
  return write_proc("/proc/self/gid_map", group + " " + group + " 1");
}

}  // namespace

Status enter_private_namespace() {
  if (::unshare(CLONE_NEWNS) != 0) {
    ENSURE(errno == EPERM, unavailable("realm.namespace", "unshare"));
    TRY(enter_user_namespace());
  }
  // Until here the new namespace would pass our mounts on to the old one.
  ENSURE(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0,
         unavailable("realm.mount", "cannot make the mounts private"));
  return ok();
}

Result<ScopedFolders> ScopedFolders::make(const std::string& path) {
  std::filesystem::path root = std::filesystem::path(path).parent_path();
  while (!file_exists(root) && root.has_relative_path()) root = root.parent_path();
  ENSURE(root.has_relative_path(), Error{Blame::kUnavailable, "realm.mount", "nothing of " + path + " exists"});
  ENSURE(::mount("avouch-realm", root.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=64k") == 0,
         unavailable("realm.mount", "tmpfs on " + root.string()));
  ScopedFolders folders(root.string());
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  ENSURE(!failure, Error{Blame::kUnavailable, "realm.mount", path + ": " + failure.message()});
  return folders;
}

ScopedFolders::~ScopedFolders() {
  if (!root_.empty()) ::umount2(root_.c_str(), MNT_DETACH);
}

}  // namespace avouch::cmd
