// Records as files in the layout of Trustee's LocalFs, but written so that no reader, Avouch or peer, meets half a
// record.
#include <fcntl.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "base/file.h"
#include "store/backends.h"
#include "store/descriptor.h"
#include "store/file_names.h"
#include "store/keys.h"
#include "store/space_lock.h"

namespace avouch::store {
namespace {

// How long a file that a peer overwrites in place may go unnoticed by generation().
constexpr std::chrono::seconds kScanInterval{1};

class LocalFsStore final : public Store {
 public:
  LocalFsStore(Descriptor root, const Clock& clock) : root_(std::move(root)), clock_(clock) {}

  Result<std::optional<Buffer>> get(std::string_view space, std::string_view key) const override;
  Status put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) override;
  Result<bool> put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) override;
  Result<bool> compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                               Expiry expiry) override;
  Result<bool> erase(std::string_view space, std::string_view key) override;
  Result<std::vector<std::string>> list(std::string_view space, std::string_view prefix, std::string_view after,
                                        std::size_t limit) const override;
  Result<std::size_t> collect_garbage() override { return 0; }  // Nothing here expires.
  Result<std::uint64_t> generation(std::string_view space) const override;
  Result<std::vector<std::string>> spaces() const override;

 private:
  // The last look at all files of a space.
  struct Scan {
    Instant at;
    std::uint64_t fingerprint;
  };
  LocalSpace locate(std::string_view space) const { return {root_.get(), std::string(space)}; }
  Result<std::uint64_t> recent_fingerprint(const LocalSpace& space) const;

  const Descriptor root_;
  const Clock& clock_;
  std::mutex writer_lock_;  // Threads of this process queue here, and only one of them polls for the space's lock.
  mutable std::mutex scans_lock_;
  mutable std::map<std::string, Scan, std::less<>> scans_;
};

Status check_record(Bytes value, const Expiry& expiry) {
  ENSURE(!expiry.at.has_value(),
         Error{Blame::kRequest, "store.expiry", "a local_fs store has no place for the time when a record expires"});
  return check_value(value);
}

// The file that holds a record.
Result<std::string> check_file_name(std::string_view space, std::string_view key) {
  TRY(check_space(space));
  return file_name_of(key);
}

Result<std::optional<Buffer>> LocalFsStore::get(std::string_view space, std::string_view key) const {
  const std::string file_name = TRY(check_file_name(space, key));
  return read_record(locate(space), file_name);
}

Status LocalFsStore::put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  const std::string file_name = TRY(check_file_name(space, key));
  TRY(check_record(value, expiry));
  const std::lock_guard hold(writer_lock_);
  SpaceLock lock = TRY(SpaceLock::acquire(locate(space)));
  TRY(lock.write(file_name, value, IfThere::kReplace));
  return ok();
}

Result<bool> LocalFsStore::put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  const std::string file_name = TRY(check_file_name(space, key));
  TRY(check_record(value, expiry));
  const std::lock_guard hold(writer_lock_);
  SpaceLock lock = TRY(SpaceLock::acquire(locate(space)));
  return lock.write(file_name, value, IfThere::kLeave);
}

Result<bool> LocalFsStore::compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                                           Expiry expiry) {
  const std::string file_name = TRY(check_file_name(space, key));
  TRY(check_record(value, expiry));
  const std::lock_guard hold(writer_lock_);
  SpaceLock lock = TRY(SpaceLock::acquire(locate(space)));
  const std::optional<Buffer> current = TRY(read_record(locate(space), file_name));
  if (!current.has_value() || !equal_constant_time(*current, expected)) return false;
  return lock.write(file_name, value, IfThere::kReplace);
}

Result<bool> LocalFsStore::erase(std::string_view space, std::string_view key) {
  const std::string file_name = TRY(check_file_name(space, key));
  const std::lock_guard hold(writer_lock_);
  SpaceLock lock = TRY(SpaceLock::acquire(locate(space)));
  return lock.remove(file_name);
}

Result<std::vector<std::string>> LocalFsStore::list(std::string_view space, std::string_view prefix,
                                                    std::string_view after, std::size_t limit) const {
  TRY(check_space(space));
  std::vector<std::string> keys;
  const std::vector<std::string> names = TRY(file_names(locate(space)));
  for (const std::string& name : names) {
    std::optional<std::string> key = key_of(name);
    if (key.has_value() && key->starts_with(prefix) && after < *key) keys.push_back(*std::move(key));
  }
  std::sort(keys.begin(), keys.end());
  if (keys.size() > limit) keys.resize(limit);
  return keys;
}

Result<std::uint64_t> LocalFsStore::recent_fingerprint(const LocalSpace& space) const {
  const Instant now = clock_.now();
  const std::lock_guard hold(scans_lock_);
  const auto found = scans_.find(space.name);
  if (found != scans_.end() && found->second.at <= now && now < found->second.at + kScanInterval) {
    return found->second.fingerprint;
  }
  const std::uint64_t fingerprint = TRY(fingerprint_files(space));
  scans_.insert_or_assign(space.name, Scan{now, fingerprint});
  return fingerprint;
}

// Changes at once with every write by Avouch (counted) and every file that a peer adds or removes (the folder's time
// stamps); within kScanInterval with a file that a peer overwrites in place.
Result<std::uint64_t> LocalFsStore::generation(std::string_view space) const {
  TRY(check_space(space));
  const LocalSpace place = locate(space);
  const std::uint64_t scanned = TRY(recent_fingerprint(place));
  return scanned + fingerprint_folder(place) + count_writes(place);
}

Result<std::vector<std::string>> LocalFsStore::spaces() const {
  std::vector<std::string> names = TRY(folder_names({root_.get(), "."}));
  std::erase_if(names, [](const std::string& name) { return !check_space(name).has_value(); });
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<std::unique_ptr<Store>> open_local_fs_store(const std::string& folder, const Clock& clock) {
  const Status made = make_folder(folder, 0700);
  ENSURE(made.has_value(), Error{Blame::kUnavailable, "store.io", made.error().detail});
  Descriptor root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ENSURE(root.is_open(), system_error(folder + ": open"));
  remove_leftovers(root.get());
  return std::unique_ptr<Store>(std::make_unique<LocalFsStore>(std::move(root), clock));
}

}  // namespace avouch::store
