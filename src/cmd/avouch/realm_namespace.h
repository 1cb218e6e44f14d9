// A mount namespace of our own, in which /sys/kernel/config/tsm/report exists. Nobody outside sees what is mounted
// here, and the kernel takes it all down when the last process inside ends.
#pragma once

#include <string>

#include "base/result.h"

namespace avouch::cmd {

inline constexpr const char* kTsmReportPath = "/sys/kernel/config/tsm/report";

// Moves this process, which must have one thread, into a new mount namespace. Without the privilege for that, into a
// new user namespace as well, in which it keeps its user and group and may mount.
//   fails   kUnavailable: realm.namespace (detail says what to do)
Status enter_private_namespace();

// A tmpfs over the lowest existing folder above `path`, and the folders from there down to `path` in it. It hides what
// was there, on a kernel without configfs that is /sys/kernel. Call it only after enter_private_namespace().
class ScopedFolders {
 public:
  //   fails   kUnavailable: realm.mount
  static Result<ScopedFolders> make(const std::string& path);

  ScopedFolders(ScopedFolders&& other) noexcept : root_(std::move(other.root_)) { other.root_.clear(); }
  ScopedFolders& operator=(ScopedFolders&&) = delete;
  ~ScopedFolders();  // unmounts

  const std::string& root() const { return root_; }  // where the tmpfs is

 private:
  explicit ScopedFolders(std::string root) : root_(std::move(root)) {}
  std::string root_;
};

}  // namespace avouch::cmd
