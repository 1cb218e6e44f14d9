// TsmTree: the folder /sys/kernel/config/tsm/report of an Arm CCA realm as a pure model: no file system, no clock.
// It answers each call as Linux does (Documentation/ABI/testing/configfs-tsm; fs/configfs/{dir,file}.c;
// drivers/virt/coco/guest/report.c and arm-cca-guest/arm-cca-guest.c), down to the errno. realm_fuse.h puts it on a
// mount.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::cmd {

inline constexpr std::size_t kInblobBytesMin = 32;  // of the CCA driver
inline constexpr std::size_t kInblobBytesMax = 64;  // TSM_REPORT_INBLOB_MAX, and the size of a CCA challenge

class TsmTree {
 public:
  // Makes the report for a challenge of kInblobBytesMax octets.
  using Mint = std::function<Result<Buffer>(Bytes challenge)>;

  // A value, or the errno (positive) that the system call fails with.
  template <class T>
  using Reply = tl::expected<T, int>;

  // A file or folder. Numbers are never used twice, so one that outlived its folder is simply not found.
  using Node = std::uint64_t;
  using Handle = std::uint64_t;  // an open file
  static constexpr Node kRoot = 1;

  struct Info {
    mode_t mode;  // type and permission
    off_t size_bytes;
  };
  struct Item {
    std::string name;
    Node node;
    mode_t mode;
  };

  explicit TsmTree(Mint mint, std::string provider = "arm_cca_guest")
      : mint_(std::move(mint)), provider_(std::move(provider)) {}

  Reply<Node> lookup(Node folder, std::string_view name) const;  // ENOENT, ENOTDIR
  Reply<Info> stat(Node node) const;                             // ENOENT
  Reply<std::vector<Item>> list(Node folder) const;              // without . and ..; ENOENT, ENOTDIR

  // One report entry, with all its attributes. Only the root has folders.
  //   fails   EPERM (not in the root), EEXIST, EINVAL, ENAMETOOLONG, ENOSPC (limits::kRealmEntries)
  Reply<Node> make_folder(Node folder, std::string_view name);
  // Attributes are no hindrance; open files stay open and answer ENOENT.
  //   fails   EPERM (not in the root), ENOENT
  Reply<void> remove_folder(Node folder, std::string_view name);

  // `flags` as of open(2). Permission bits bind root as well, as in configfs. O_TRUNC and O_CREAT change nothing.
  //   fails   EACCES, EISDIR, ENOENT, ENFILE (limits::kRealmOpenFiles)
  Reply<Handle> open(Node node, int flags);
  // What one open file reads is fixed by its first read. The result is valid until the next call; empty is the end.
  //   fails   EBADF, ENOENT, EINVAL (no inblob, or one of under 32 octets), ENXIO (no report could be made)
  Reply<Bytes> read(Handle handle, std::uint64_t offset, std::size_t size_bytes);
  // The number of octets taken. inblob is collected until flush(); a text attribute changes at once.
  //   fails   EBADF, ENOENT, EFBIG (inblob ends beyond 64), EINVAL and ERANGE (not what the attribute takes)
  Reply<std::size_t> write(Handle handle, std::uint64_t offset, Bytes content);
  Reply<void> truncate(Node node) const;  // allowed, and without effect; ENOENT, EISDIR
  // close(2), of each duplicate of the descriptor: applies a collected inblob once.
  Reply<void> flush(Handle handle);
  Reply<void> release(Handle handle);

 private:
  struct Entry {
    std::string name;
    std::uint32_t generation = 0;  // counts accepted writes
    Buffer inblob;
    std::optional<Buffer> outblob;  // the report for this inblob, once somebody asked
  };
  struct File {
    Node node;
    bool readable, writable;
    bool collecting = false;  // inblob was written since the last flush, even where the write failed
    Buffer collected;
    std::optional<Buffer> content;  // set by the first read
  };

  const Entry* find_entry(Node node) const;
  Reply<File*> find_open(Handle handle);
  Reply<Buffer> content(Node node);
  Reply<void> mint(Entry& entry);
  void count_write(Entry& entry);

  Mint mint_;
  std::string provider_;
  std::map<Node, Entry> entries_;  // by folder
  std::map<std::string, Node, std::less<>> names_;
  std::map<Handle, File> files_;
  Node next_folder_ = 16;
  Handle next_handle_ = 1;
};

}  // namespace avouch::cmd
