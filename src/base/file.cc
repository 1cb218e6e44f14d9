#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/secret.h"

namespace avouch {
namespace {

// Closes a file descriptor when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// What was read last, wiped when it goes out of scope.
struct Block {
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { wipe_memory(octets.data(), octets.size()); }
  std::array<std::uint8_t, 16 * 1024> octets;
};

Error cannot_write(const std::string& path, const char* step) {
  return Error{Blame::kUnavailable, "file.write", path + ": " + step + ": " + std::strerror(errno)};
}

Status write_all(int fd, Bytes content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    ENSURE(written > 0, cannot_write(path, "write"));
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return ok();
}

}  // namespace

Result<Buffer> read_file(const std::string& path, std::size_t limit_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    const char* code = errno == ENOENT ? "file.missing" : "file.unreadable";
    return Error{Blame::kRequest, code, path + ": " + std::strerror(errno)};
  }
  // The file may hold a key: no copy of it is left in memory that nobody will wipe.
  struct stat info {};
  Buffer content;
  if (::fstat(file.get(), &info) == 0 && info.st_size > 0) {
    content.reserve(std::min(static_cast<std::size_t>(info.st_size), limit_bytes));  // so that it need not grow
  }
  Block block;
  for (;;) {
    const ssize_t count = ::read(file.get(), block.octets.data(), block.octets.size());
    if (count < 0 && errno == EINTR) continue;
    ENSURE(count >= 0, Error{Blame::kRequest, "file.unreadable", path + ": " + std::strerror(errno)});
    if (count == 0) break;
    ENSURE(content.size() + static_cast<std::size_t>(count) <= limit_bytes,
           Error{Blame::kRequest, "file.too-large", path + ": more than " + std::to_string(limit_bytes) + " bytes"});
    content.insert(content.end(), block.octets.begin(), block.octets.begin() + count);
  }
  return content;
}

Result<std::string> read_text_file(const std::string& path, std::size_t limit_bytes) {
  const Secret content(TRY(read_file(path, limit_bytes)));
  return std::string(as_text(content.reveal()));
}

Status write_file(const std::string& path, Bytes content, mode_t mode) {
  const std::string temporary =
      path + ".tmp." + std::to_string(::getpid()) + "." + std::to_string(reinterpret_cast<std::uintptr_t>(&content));
  ::unlink(temporary.c_str());  // left by a crash, or planted: O_EXCL then makes sure that the file is ours alone
  {
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    ENSURE(file.get() >= 0, cannot_write(path, "open"));
    const Status written = write_all(file.get(), content, path);
    if (!written.has_value() || ::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0) {
      const Error error = written.has_value() ? cannot_write(path, "fsync") : written.error();
      ::unlink(temporary.c_str());
      return error;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const Error error = cannot_write(path, "rename");
    ::unlink(temporary.c_str());
    return error;
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const Descriptor parent(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ENSURE(parent.get() >= 0 && ::fsync(parent.get()) == 0, cannot_write(path, "fsync of the folder"));
  return ok();
}

Status make_folder(const std::string& path, mode_t mode) {
  std::filesystem::path folder(path);
  if (!folder.has_filename()) folder = folder.parent_path();  // "a/b/" is "a/b"
  std::error_code failure;
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), failure);
  ENSURE(!failure, Error{Blame::kUnavailable, "file.write", path + ": " + failure.message()});
  // Never wider than asked for, not even for a moment; then exactly that, whatever the umask.
  if (::mkdir(folder.c_str(), mode) == 0) {
    ENSURE(::chmod(folder.c_str(), mode) == 0, cannot_write(path, "chmod"));
    return ok();
  }
  const int problem = errno;
  const bool is_there = problem == EEXIST && std::filesystem::is_directory(folder, failure);
  errno = problem;
  ENSURE(is_there, cannot_write(path, "mkdir"));
  return ok();
}

bool file_exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

}  // namespace avouch
