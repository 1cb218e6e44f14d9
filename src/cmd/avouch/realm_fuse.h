// RealmFuse: a TsmTree on a mount point, through /dev/fuse. One thread, no helper process, no cache in the kernel.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cmd/avouch/tsm_tree.h"

namespace avouch::cmd {

struct RealmFuseSession;

class RealmFuse {
 public:
  // Mounts on an existing folder, in the mount namespace of the caller, who needs CAP_SYS_ADMIN there. Once this
  // returns, every access waits for an answer of serve(), so nobody can come too early. `tree` must outlive the result.
  //   fails   kUnavailable: realm.fuse (no access to /dev/fuse, mount refused; detail says what to do)
  static Result<std::unique_ptr<RealmFuse>> mount(const std::string& mount_point, TsmTree& tree);

  RealmFuse(const RealmFuse&) = delete;
  RealmFuse& operator=(const RealmFuse&) = delete;
  // Unmounts, also while files are open there: their users get ENOTCONN.
  ~RealmFuse();

  // Readable when a request waits.
  int descriptor() const;
  // Answers requests that wait now, a limited number. Never blocks.
  //   fails   kUnavailable: realm.fuse (the mount is gone)
  Status serve();

 private:
  explicit RealmFuse(std::unique_ptr<RealmFuseSession> session);
  std::unique_ptr<RealmFuseSession> session_;
};

}  // namespace avouch::cmd
