#include "cmd/avouch/realm_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

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

// The fifth field of a line of /proc/self/mountinfo (proc(5)). Places with a blank in their name, which the kernel
// writes as \040, hold nothing that a realm is mounted on.
std::string mount_point_of(const std::string& line) {
  std::istringstream fields(line);
  std::string field;
  for (int i = 0; i < 5; ++i) fields >> field;
  return field;
}

// Without this the new namespace would pass our mounts on to the old one. Where "/" is no mount point, as in a plain
// chroot, the mounts are made private one by one; the one that the realm's tree goes on has to be among them.
Status make_mounts_private() {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0) return ok();
  ENSURE(errno == EINVAL, unavailable("realm.mount", "cannot make the mounts private"));
  std::ifstream mounts("/proc/self/mountinfo");
  bool sys_is_private = false;
  for (std::string line; std::getline(mounts, line);) {
    const std::string point = mount_point_of(line);
    const bool made_private = ::mount(nullptr, point.c_str(), nullptr, MS_PRIVATE, nullptr) == 0;
    if (point == "/sys") sys_is_private = made_private;
  }
  ENSURE(sys_is_private, Error{Blame::kUnavailable, "realm.mount",
                               "neither / nor /sys is a mount point here; in a chroot, mount /proc and /sys first"});
  return ok();
}

}  // namespace

Status enter_private_namespace() {
  if (::unshare(CLONE_NEWNS) != 0) {
    ENSURE(errno == EPERM, unavailable("realm.namespace", "unshare"));
    TRY(enter_user_namespace());
  }
  return make_mounts_private();
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
