#include "store/local_space.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <memory>

#include "store/descriptor.h"
#include "store/keys.h"

namespace avouch::store {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

// None if it does not exist.
Result<Folder> open_folder(const LocalSpace& space) {
  Descriptor descriptor(::openat(space.root, space.folder_name().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open() && errno == ENOENT) return Folder{};
  ENSURE(descriptor.is_open(), system_error(space.name + ": open"));
  Folder folder(::fdopendir(descriptor.get()));
  ENSURE(folder != nullptr, system_error(space.name + ": fdopendir"));
  (void)descriptor.release();  // The folder closes it now.
  return folder;
}

// Calls visit(name, stat) for each entry of a kind (S_IFREG, S_IFDIR).
template <class Visit>
Status for_each(const LocalSpace& space, mode_t kind, Visit visit) {
  const Folder folder = TRY(open_folder(space));
  if (folder == nullptr) return ok();
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    ENSURE(entry != nullptr || errno == 0, system_error(space.name + ": readdir"));
    if (entry == nullptr) return ok();
    struct stat info {};
    const bool is_there = ::fstatat(::dirfd(folder.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (is_there && (info.st_mode & S_IFMT) == kind) visit(entry->d_name, info);  // Else somebody has just removed it.
  }
}

// FNV-1a over 64-bit words, finished by a shift: good enough to tell states of one folder apart.
class Mixer {
 public:
  void add(std::uint64_t word) {
    hash_ = (hash_ ^ word) * 0x100000001b3;
    hash_ ^= hash_ >> 32;
  }
  void add(const timespec& time) {
    add(static_cast<std::uint64_t>(time.tv_sec));
    add(static_cast<std::uint64_t>(time.tv_nsec));
  }
  std::uint64_t result() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

// The inode tells two files apart that were written between two ticks of the clock of time stamps.
std::uint64_t fingerprint(const char* name, const struct stat& info) {
  Mixer file;
  for (const char c : std::string_view(name)) file.add(static_cast<unsigned char>(c));
  file.add(info.st_ino);
  file.add(static_cast<std::uint64_t>(info.st_size));
  file.add(info.st_mtim);
  file.add(info.st_ctim);
  return file.result();
}

Error corrupt(const LocalSpace& space, const std::string& file_name, const char* problem) {
  return Error{Blame::kUnavailable, "store.corrupt", space.name + "/" + file_name + ": " + problem};
}

}  // namespace

// O_NOFOLLOW: a symbolic link would lead out of the folder. O_NONBLOCK: a pipe put there would hold us for ever.
Result<std::optional<Buffer>> read_record(const LocalSpace& space, const std::string& file_name,
                                          std::size_t bytes_max) {
  const std::string path = space.folder_name() + "/" + file_name;
  const Descriptor file(::openat(space.root, path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return std::optional<Buffer>{};
  ENSURE(file.is_open() || errno != ELOOP, corrupt(space, file_name, "a symbolic link"));
  ENSURE(file.is_open(), system_error(path + ": open"));
  struct stat info {};
  ENSURE(::fstat(file.get(), &info) == 0, system_error(path + ": stat"));
  ENSURE(S_ISREG(info.st_mode), corrupt(space, file_name, "not a regular file"));
  const auto size = static_cast<std::uint64_t>(info.st_size);
  ENSURE(size <= bytes_max, corrupt(space, file_name, "larger than any record"));
  Buffer content(size);
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = ::read(file.get(), content.data() + filled, size - filled);
    if (count < 0 && errno == EINTR) continue;
    ENSURE(count >= 0, system_error(path + ": read"));
    if (count == 0) break;  // A peer has just cut it.
    filled += static_cast<std::size_t>(count);
  }
  content.resize(filled);
  return std::optional<Buffer>{std::move(content)};
}

Result<std::vector<std::string>> file_names(const LocalSpace& space) {
  std::vector<std::string> names;
  TRY(for_each(space, S_IFREG, [&](const char* name, const struct stat&) { names.emplace_back(name); }));
  return names;
}

Result<std::vector<std::string>> folder_names(const LocalSpace& space) {
  std::vector<std::string> names;
  TRY(for_each(space, S_IFDIR, [&](const char* name, const struct stat&) { names.emplace_back(name); }));
  return names;
}

Result<std::uint64_t> fingerprint_files(const LocalSpace& space) {
  std::uint64_t sum = 0;  // A sum, for the order in which a folder is read may change.
  TRY(for_each(space, S_IFREG, [&](const char* name, const struct stat& info) { sum += fingerprint(name, info); }));
  return sum;
}

std::uint64_t fingerprint_file(const LocalSpace& space, const std::string& file_name) {
  struct stat info {};
  const std::string path = space.folder_name() + "/" + file_name;
  return ::fstatat(space.root, path.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 ? fingerprint(file_name.c_str(), info)
                                                                              : 0;
}

std::uint64_t fingerprint_folder(const LocalSpace& space) {
  struct stat info {};
  if (::fstatat(space.root, space.folder_name().c_str(), &info, 0) != 0) return 0;
  Mixer folder;
  folder.add(info.st_ino);
  folder.add(info.st_mtim);
  folder.add(info.st_ctim);
  return folder.result();
}

}  // namespace avouch::store
