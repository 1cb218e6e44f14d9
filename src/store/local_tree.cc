// Records as files named by their keys, '/' and all, in the layout that Trustee's KBS had for resources until 2025.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <mutex>

#include "base/file.h"
#include "store/backends.h"
#include "store/descriptor.h"
#include "store/keys.h"

namespace avouch::store {
namespace {

constexpr std::size_t kRecordBytes = 16 * 1024 * 1024;

class LocalTreeStore final : public Store {
 public:
  explicit LocalTreeStore(std::string folder) : folder_(std::move(folder)) {}

  Result<std::optional<Buffer>> get(std::string_view space, std::string_view key) const override;
  Status put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) override;
  Result<bool> put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) override;
  Result<bool> compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                               Expiry expiry) override;
  Result<bool> erase(std::string_view space, std::string_view key) override;
  Result<std::vector<std::string>> list(std::string_view space, std::string_view prefix, std::string_view after,
                                        std::size_t limit) const override;
  Result<std::vector<std::string>> spaces() const override { return std::vector<std::string>{"repository"}; }
  Result<std::size_t> collect_garbage() override { return 0; }  // Nothing here expires.
  // Nobody may keep what he has read: a peer's file changes without notice.
  Result<std::uint64_t> generation(std::string_view) const override { return ++generation_; }

 private:
  Result<std::string> locate(std::string_view key) const;
  Result<std::optional<Buffer>> read(const std::string& path) const;
  Status write(const std::string& path, Bytes value, const Expiry& expiry) const;
  const std::string folder_;
  std::mutex writer_lock_;
  mutable std::atomic<std::uint64_t> generation_{0};
};

// No segment is empty or begins with a dot, so that no key leads out of the folder or to a half-written file.
bool is_path(std::string_view key) {
  return !key.starts_with('/') && !key.ends_with('/') && !key.starts_with('.') &&
         key.find("/.") == std::string_view::npos && key.find("//") == std::string_view::npos;
}

Result<std::string> LocalTreeStore::locate(std::string_view key) const {
  TRY(check_key(key));
  ENSURE(is_path(key), Error{Blame::kRequest, "store.key", std::string(key) + " is no path"});
  return folder_ + "/" + std::string(key);
}

Result<std::optional<Buffer>> LocalTreeStore::read(const std::string& path) const {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    ENSURE(errno == ENOENT || errno == ENOTDIR, system_error(path + ": stat"));
    return std::optional<Buffer>();
  }
  ENSURE(S_ISREG(info.st_mode), Error{Blame::kUnavailable, "store.corrupt", path + ": not a regular file"});
  Result<Buffer> content = read_file(path, kRecordBytes);
  ENSURE(content.has_value(), Error{Blame::kUnavailable, "store.io", content.error().detail});
  return std::optional<Buffer>(*std::move(content));
}

Status LocalTreeStore::write(const std::string& path, Bytes value, const Expiry& expiry) const {
  ENSURE(!expiry.at.has_value(),
         Error{Blame::kRequest, "store.expiry", "a tree of files has no place for the time when a record expires"});
  TRY(check_value(value));
  Status written = make_folder(path.substr(0, path.rfind('/')), 0700);
  if (written.has_value()) written = write_file(path, value, 0600);
  ENSURE(written.has_value(), Error{Blame::kUnavailable, "store.io", written.error().detail});
  return ok();
}

Result<std::optional<Buffer>> LocalTreeStore::get(std::string_view, std::string_view key) const {
  const std::string path = TRY(locate(key));
  return read(path);
}

Status LocalTreeStore::put(std::string_view, std::string_view key, Bytes value, Expiry expiry) {
  const std::string path = TRY(locate(key));
  const std::lock_guard hold(writer_lock_);
  return write(path, value, expiry);
}

Result<bool> LocalTreeStore::put_if_absent(std::string_view, std::string_view key, Bytes value, Expiry expiry) {
  const std::string path = TRY(locate(key));
  const std::lock_guard hold(writer_lock_);
  const std::optional<Buffer> known = TRY(read(path));
  if (known.has_value()) return false;
  TRY(write(path, value, expiry));
  return true;
}

Result<bool> LocalTreeStore::compare_and_set(std::string_view, std::string_view key, Bytes expected, Bytes value,
                                             Expiry expiry) {
  const std::string path = TRY(locate(key));
  const std::lock_guard hold(writer_lock_);
  const std::optional<Buffer> known = TRY(read(path));
  if (!known.has_value() || !equal_constant_time(*known, expected)) return false;
  TRY(write(path, value, expiry));
  return true;
}

Result<bool> LocalTreeStore::erase(std::string_view, std::string_view key) {
  const std::string path = TRY(locate(key));
  const std::lock_guard hold(writer_lock_);
  if (::unlink(path.c_str()) == 0) return true;
  ENSURE(errno == ENOENT || errno == ENOTDIR, system_error(path + ": unlink"));
  return false;
}

Result<std::vector<std::string>> LocalTreeStore::list(std::string_view, std::string_view prefix, std::string_view after,
                                                      std::size_t limit) const {
  std::vector<std::string> keys;
  std::error_code failure;
  std::filesystem::recursive_directory_iterator entry(folder_, failure), end;
  for (; !failure && entry != end; entry.increment(failure)) {
    std::error_code unreadable;
    if (!entry->is_regular_file(unreadable) || entry->is_symlink(unreadable)) continue;
    std::string key = entry->path().string().substr(folder_.size() + 1);
    if (is_path(key) && check_key(key).has_value() && key.starts_with(prefix) && after < key) {
      keys.push_back(std::move(key));
    }
  }
  ENSURE(!failure, Error{Blame::kUnavailable, "store.io", folder_ + ": " + failure.message()});
  std::sort(keys.begin(), keys.end());
  if (keys.size() > limit) keys.resize(limit);
  return keys;
}

}  // namespace

Result<std::unique_ptr<Store>> open_local_tree_store(const std::string& folder) {
  const Status made = make_folder(folder, 0700);
  ENSURE(made.has_value(), Error{Blame::kUnavailable, "store.io", made.error().detail});
  return std::unique_ptr<Store>(std::make_unique<LocalTreeStore>(folder));
}

}  // namespace avouch::store
