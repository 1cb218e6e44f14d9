// Records in the layout of Trustee's LocalJson: <folder>/<space> is {"key": "value in base64url, padded", ...}
// (Trustee deps/key-value-storage/src/local_json/mod.rs), but replaced as a whole, so that no reader meets half a file.
#include <fcntl.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "base/file.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "store/backends.h"
#include "store/descriptor.h"
#include "store/space_lock.h"

namespace avouch::store {
namespace {

constexpr std::size_t kFileBytes = 64 * 1024 * 1024;  // Read and written for each change.

using Records = std::map<std::string, Buffer, std::less<>>;

std::string to_padded_base64url(Bytes octets) {
  std::string out = codec::to_base64url(octets);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

class LocalJsonStore final : public Store {
 public:
  explicit LocalJsonStore(Descriptor root) : root_(std::move(root)) {}

  Result<std::optional<Buffer>> get(std::string_view space, std::string_view key) const override;
  Status put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) override;
  Result<bool> put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) override;
  Result<bool> compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                               Expiry expiry) override;
  Result<bool> erase(std::string_view space, std::string_view key) override;
  Status put_all(std::string_view space, std::span<const Record> records, Expiry expiry) override;
  Status erase_all(std::string_view space, std::span<const std::string> keys) override;
  Result<std::vector<std::string>> list(std::string_view space, std::string_view prefix, std::string_view after,
                                        std::size_t limit) const override;
  Result<std::size_t> collect_garbage() override { return 0; }  // Nothing here expires.
  Result<std::uint64_t> generation(std::string_view space) const override;
  Result<std::vector<std::string>> spaces() const override;

 private:
  LocalSpace locate(std::string_view space) const { return {root_.get(), std::string(space), "."}; }
  Result<Records> read(const LocalSpace& space) const;
  // Hands all records of a space to `edit`, and writes them if it says that it has changed some; whether it did.
  template <class Edit>
  Result<bool> change(std::string_view space, Edit edit);

  const Descriptor root_;
  std::mutex writer_lock_;  // Threads of this process queue here, and only one of them polls for the space's lock.
};

Status check_record(std::string_view space, std::string_view key, Bytes value, const Expiry& expiry) {
  TRY(check_name(space, key));
  ENSURE(!expiry.at.has_value(),
         Error{Blame::kRequest, "store.expiry", "a local_json store has no place for the time when a record expires"});
  return check_value(value);
}

Result<Records> LocalJsonStore::read(const LocalSpace& space) const {
  const std::optional<Buffer> content = TRY(read_record(space, space.name, kFileBytes));
  Records records;
  if (!content.has_value()) return records;
  const auto corrupt = [&space](const std::string& why) {
    return Error{Blame::kUnavailable, "store.corrupt", space.name + ": " + why};
  };
  const Result<Json> file = parse_json(as_text(*content));
  ENSURE(file.has_value(), corrupt(file.error().detail));
  ENSURE(file->as_object() != nullptr, corrupt("not a JSON object"));
  for (const auto& [key, text] : *file->as_object()) {
    const std::string* encoded = text.as_string();
    Result<Buffer> value = codec::from_any_base64(encoded != nullptr ? *encoded : "?");
    ENSURE(value.has_value(), corrupt("the value of \"" + key + "\" is not base64url"));
    records.emplace(key, *std::move(value));
  }
  return records;
}

template <class Edit>
Result<bool> LocalJsonStore::change(std::string_view space, Edit edit) {
  const LocalSpace place = locate(space);
  const std::lock_guard hold(writer_lock_);
  SpaceLock lock = TRY(SpaceLock::acquire(place));
  Records records = TRY(read(place));
  if (!edit(records)) return false;
  Json::Object members;
  for (const auto& [key, value] : records) members.emplace_back(key, to_padded_base64url(value));
  const std::string text = to_text(Json(std::move(members)));
  ENSURE(text.size() <= kFileBytes,
         Error{Blame::kUnavailable, "store.full", place.name + ": a JSON file of more than 64 MiB: use another store"});
  return lock.write(place.name, as_bytes(text), IfThere::kReplace);
}

Result<std::optional<Buffer>> LocalJsonStore::get(std::string_view space, std::string_view key) const {
  TRY(check_name(space, key));
  Records records = TRY(read(locate(space)));
  const auto found = records.find(key);
  if (found == records.end()) return std::optional<Buffer>{};
  return std::optional<Buffer>{std::move(found->second)};
}

Status LocalJsonStore::put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  const Record record{key, value};
  return put_all(space, {&record, 1}, expiry);
}

Result<bool> LocalJsonStore::put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  TRY(check_record(space, key, value, expiry));
  return change(space, [&](Records& records) { return records.emplace(key, to_buffer(value)).second; });
}

Result<bool> LocalJsonStore::compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                                             Expiry expiry) {
  TRY(check_record(space, key, value, expiry));
  return change(space, [&](Records& records) {
    const auto found = records.find(key);
    if (found == records.end() || !equal_constant_time(found->second, expected)) return false;
    found->second = to_buffer(value);
    return true;
  });
}

Result<bool> LocalJsonStore::erase(std::string_view space, std::string_view key) {
  TRY(check_name(space, key));
  return change(space, [&](Records& records) { return records.erase(std::string(key)) > 0; });
}

Status LocalJsonStore::put_all(std::string_view space, std::span<const Record> records, Expiry expiry) {
  for (const Record& record : records) TRY(check_record(space, record.key, record.value, expiry));
  TRY(change(space, [&](Records& all) {
    for (const Record& record : records) all.insert_or_assign(std::string(record.key), to_buffer(record.value));
    return !records.empty();
  }));
  return ok();
}

Status LocalJsonStore::erase_all(std::string_view space, std::span<const std::string> keys) {
  for (const std::string& key : keys) TRY(check_name(space, key));
  TRY(change(space, [&](Records& all) {
    std::size_t erased = 0;
    for (const std::string& key : keys) erased += all.erase(key);
    return erased > 0;
  }));
  return ok();
}

Result<std::vector<std::string>> LocalJsonStore::list(std::string_view space, std::string_view prefix,
                                                      std::string_view after, std::size_t limit) const {
  TRY(check_space(space));
  std::vector<std::string> keys;
  const Records records = TRY(read(locate(space)));
  auto next = after < prefix ? records.lower_bound(prefix) : records.upper_bound(after);
  for (; next != records.end() && next->first.starts_with(prefix) && keys.size() < limit; ++next) {
    if (check_key(next->first).has_value()) keys.push_back(next->first);  // A peer's may have any; nobody could get it.
  }
  return keys;
}

// Changes at once with every write by Avouch (counted), and with a peer's that its file tells.
Result<std::uint64_t> LocalJsonStore::generation(std::string_view space) const {
  TRY(check_space(space));
  const LocalSpace place = locate(space);
  // Far apart: a count must not make up for a fingerprint.
  return fingerprint_file(place, place.name) + count_writes(place) * 0x9E3779B97F4A7C15;
}

Result<std::vector<std::string>> LocalJsonStore::spaces() const {
  std::vector<std::string> names = TRY(file_names(locate(".")));
  std::erase_if(names, [](const std::string& name) { return !check_space(name).has_value(); });
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<std::unique_ptr<Store>> open_local_json_store(const std::string& folder) {
  const Status made = make_folder(folder, 0700);
  ENSURE(made.has_value(), Error{Blame::kUnavailable, "store.io", made.error().detail});
  Descriptor root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ENSURE(root.is_open(), system_error(folder + ": open"));
  return std::unique_ptr<Store>(std::make_unique<LocalJsonStore>(std::move(root)));
}

}  // namespace avouch::store
