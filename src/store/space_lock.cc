#include "store/space_lock.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <memory>

#include "store/keys.h"
#include "store/waiting.h"

namespace avouch::store {
namespace {

constexpr const char* kPrivateFolder = ".avouch";
constexpr std::string_view kNewSuffix = ".new";
using WriteCount = std::array<std::uint8_t, 8>;  // little-endian

std::string lock_path(const LocalSpace& space) {
  return std::string(kPrivateFolder) + "/" + space.name + ".lock";
}

std::string new_path(const LocalSpace& space) {
  return std::string(kPrivateFolder) + "/" + space.name + std::string(kNewSuffix);
}

Status make_folder_at(int root, const std::string& name) {
  if (::mkdirat(root, name.c_str(), 0700) != 0) {
    ENSURE(errno == EEXIST, system_error(name + ": mkdir"));
    return ok();
  }
  ENSURE(::fsync(root) == 0, system_error(name + ": fsync of the folder above"));
  return ok();
}

Status write_all(int file, Bytes content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    ENSURE(written > 0, system_error(path + ": write"));
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return ok();
}

// flock(2) waits for ever or not at all, thus it is asked again and again.
Status lock_file(int file, const std::string& path) {
  for (int attempt = 0; ::flock(file, LOCK_EX | LOCK_NB) != 0; ++attempt) {
    ENSURE(errno == EWOULDBLOCK || errno == EINTR, system_error(path + ": flock"));
    ENSURE(pause_before_retry(attempt),
           Error{Blame::kUnavailable, "store.io", path + ": another process has held it for too long"});
  }
  return ok();
}

std::uint64_t read_count(int lock) {
  WriteCount octets{};
  if (::pread(lock, octets.data(), octets.size(), 0) != static_cast<ssize_t>(octets.size())) return 0;
  std::uint64_t count = 0;
  for (std::size_t i = octets.size(); i-- > 0;) count = (count << 8) | octets[i];
  return count;
}

bool write_count(int lock, std::uint64_t count) {
  WriteCount octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(count >> (8 * i));
  return ::pwrite(lock, octets.data(), octets.size(), 0) == static_cast<ssize_t>(octets.size());
}

// The content in the space's file of kNewSuffix, on disk. It is made anew each time: what a dead writer has left there
// may be a second name of a published record, and writing into it would change that record.
Status stage(const LocalSpace& space, Bytes content) {
  const std::string path = new_path(space);
  ENSURE(::unlinkat(space.root, path.c_str(), 0) == 0 || errno == ENOENT, system_error(path + ": unlink"));
  const Descriptor file(::openat(space.root, path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  ENSURE(file.is_open(), system_error(path + ": open"));
  TRY(write_all(file.get(), content, path));
  ENSURE(::fsync(file.get()) == 0, system_error(path + ": fsync"));
  return ok();
}

// Gives the staged file its name; whether it did. link(2) fails where a file is, even one that a peer has made just
// now.
Result<bool> publish(const LocalSpace& space, int folder, const std::string& file_name, IfThere if_there) {
  const std::string from = new_path(space);
  if (if_there == IfThere::kReplace) {
    ENSURE(::renameat(space.root, from.c_str(), folder, file_name.c_str()) == 0, system_error(file_name + ": rename"));
    return true;
  }
  const bool is_linked = ::linkat(space.root, from.c_str(), folder, file_name.c_str(), 0) == 0;
  ENSURE(is_linked || errno == EEXIST, system_error(file_name + ": link"));
  return is_linked;
}

Result<bool> stage_and_publish(const LocalSpace& space, int folder, const std::string& file_name, Bytes content,
                               IfThere if_there) {
  TRY(stage(space, content));
  return publish(space, folder, file_name, if_there);
}

}  // namespace

Result<SpaceLock> SpaceLock::acquire(const LocalSpace& space) {
  TRY(make_folder_at(space.root, kPrivateFolder));
  TRY(make_folder_at(space.root, space.folder_name()));
  const std::string path = lock_path(space);
  Descriptor lock(::openat(space.root, path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  ENSURE(lock.is_open(), system_error(path + ": open"));
  TRY(lock_file(lock.get(), path));
  // The count gets its place on the disk now: a full one must be noticed before a record is changed, not after.
  ENSURE(write_count(lock.get(), read_count(lock.get())), system_error(path + ": write"));
  Descriptor folder(::openat(space.root, space.folder_name().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ENSURE(folder.is_open(), system_error(space.name + ": open"));
  return SpaceLock(space, std::move(lock), std::move(folder));
}

Result<bool> SpaceLock::write(const std::string& file_name, Bytes content, IfThere if_there) {
  const Result<bool> is_published = stage_and_publish(space_, folder_.get(), file_name, content, if_there);
  ::unlinkat(space_.root, new_path(space_).c_str(), 0);  // Gone already if it was renamed.
  if (is_published.value_or(false)) TRY(finish_change(file_name));
  return is_published;
}

Result<bool> SpaceLock::remove(const std::string& file_name) {
  if (::unlinkat(folder_.get(), file_name.c_str(), 0) != 0) {
    ENSURE(errno == ENOENT, system_error(file_name + ": unlink"));
    return false;
  }
  TRY(finish_change(file_name));
  return true;
}

// Counted after the change, so that who has seen the new count finds the new record. Counted even if the folder cannot
// be synced: the change is visible all the same.
Status SpaceLock::finish_change(const std::string& file_name) {
  const Status synced = ::fsync(folder_.get()) == 0 ? ok() : Status(system_error(file_name + ": fsync of the folder"));
  ENSURE(write_count(lock_.get(), read_count(lock_.get()) + 1), system_error(lock_path(space_) + ": write"));
  return synced;
}

std::uint64_t count_writes(const LocalSpace& space) {
  const Descriptor lock(::openat(space.root, lock_path(space).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  return lock.is_open() ? read_count(lock.get()) : 0;
}

void remove_leftovers(int root) {
  const Result<std::vector<std::string>> names = file_names({root, kPrivateFolder});
  if (!names.has_value()) return;
  for (const std::string& name : *names) {
    if (!name.ends_with(kNewSuffix)) continue;
    const LocalSpace space{root, name.substr(0, name.size() - kNewSuffix.size())};
    if (!check_space(space.name).has_value()) continue;
    const Result<SpaceLock> lock = SpaceLock::acquire(space);  // A living writer's file is not touched.
    if (lock.has_value()) ::unlinkat(root, new_path(space).c_str(), 0);
  }
}

}  // namespace avouch::store
