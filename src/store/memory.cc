// Records in ordered maps under one lock. Unbounded: whoever fills a space bounds it.
#include <map>
#include <mutex>
#include <shared_mutex>

#include "store/backends.h"
#include "store/keys.h"

namespace avouch::store {
namespace {

// Records looked at in one hold of the lock while collecting garbage, so that a million of them stop nobody for long.
constexpr std::size_t kCollectedAtOnce = 1'000;

struct Record {
  Buffer value;
  Expiry expiry;
};
using Records = std::map<std::string, Record, std::less<>>;

struct Space {
  Records records;
  std::uint64_t generation = 0;
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(const Clock& clock) : clock_(clock) {}

  Result<std::optional<Buffer>> get(std::string_view space, std::string_view key) const override;
  Status put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) override;
  Result<bool> put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) override;
  Result<bool> compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                               Expiry expiry) override;
  Result<bool> erase(std::string_view space, std::string_view key) override;
  Result<std::vector<std::string>> list(std::string_view space, std::string_view prefix, std::string_view after,
                                        std::size_t limit) const override;
  Result<std::size_t> collect_garbage() override;
  Result<std::uint64_t> generation(std::string_view space) const override;
  Result<std::vector<std::string>> spaces() const override;

 private:
  bool is_live(const Record& record) const { return !record.expiry.at.has_value() || clock_.now() < *record.expiry.at; }
  const Record* find_live(std::string_view space, std::string_view key) const;
  void set(std::string_view space, std::string_view key, Bytes value, Expiry expiry);
  std::size_t collect_slice(Space& space, std::string& after);

  const Clock& clock_;
  mutable std::shared_mutex lock_;
  std::map<std::string, Space, std::less<>> spaces_;
};

const Record* MemoryStore::find_live(std::string_view space, std::string_view key) const {
  const auto home = spaces_.find(space);
  if (home == spaces_.end()) return nullptr;
  const auto found = home->second.records.find(key);
  if (found == home->second.records.end() || !is_live(found->second)) return nullptr;
  return &found->second;
}

void MemoryStore::set(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  auto home = spaces_.find(space);
  if (home == spaces_.end()) home = spaces_.emplace(std::string(space), Space{}).first;
  home->second.records.insert_or_assign(std::string(key), Record{to_buffer(value), expiry});
  ++home->second.generation;
}

Result<std::optional<Buffer>> MemoryStore::get(std::string_view space, std::string_view key) const {
  TRY(check_name(space, key));
  const std::shared_lock hold(lock_);
  const Record* record = find_live(space, key);
  if (record == nullptr) return std::optional<Buffer>{};
  return std::optional<Buffer>{record->value};
}

Status MemoryStore::put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  TRY(check_name(space, key));
  TRY(check_value(value));
  const std::unique_lock hold(lock_);
  set(space, key, value, expiry);
  return ok();
}

Result<bool> MemoryStore::put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  TRY(check_name(space, key));
  TRY(check_value(value));
  const std::unique_lock hold(lock_);
  if (find_live(space, key) != nullptr) return false;
  set(space, key, value, expiry);
  return true;
}

Result<bool> MemoryStore::compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                                          Expiry expiry) {
  TRY(check_name(space, key));
  TRY(check_value(value));
  const std::unique_lock hold(lock_);
  const Record* record = find_live(space, key);
  if (record == nullptr || !equal_constant_time(record->value, expected)) return false;
  set(space, key, value, expiry);
  return true;
}

Result<bool> MemoryStore::erase(std::string_view space, std::string_view key) {
  TRY(check_name(space, key));
  const std::unique_lock hold(lock_);
  if (find_live(space, key) == nullptr) return false;
  Space& home = spaces_.find(space)->second;
  home.records.erase(home.records.find(key));
  ++home.generation;
  return true;
}

Result<std::vector<std::string>> MemoryStore::list(std::string_view space, std::string_view prefix,
                                                   std::string_view after, std::size_t limit) const {
  TRY(check_space(space));
  std::vector<std::string> keys;
  const std::shared_lock hold(lock_);
  const auto home = spaces_.find(space);
  if (home == spaces_.end()) return keys;
  const Records& records = home->second.records;
  auto next = after < prefix ? records.lower_bound(prefix) : records.upper_bound(after);
  for (; next != records.end() && next->first.starts_with(prefix) && keys.size() < limit; ++next) {
    if (is_live(next->second)) keys.push_back(next->first);
  }
  return keys;
}

// Looks at the next kCollectedAtOnce records after the key `after`, and moves it on; empty when the space is done.
std::size_t MemoryStore::collect_slice(Space& space, std::string& after) {
  std::size_t removed = 0;
  auto next = space.records.upper_bound(after);
  for (std::size_t seen = 0; seen < kCollectedAtOnce && next != space.records.end(); ++seen) {
    after = next->first;
    if (is_live(next->second)) {
      ++next;
    } else {
      next = space.records.erase(next);
      ++removed;
    }
  }
  if (next == space.records.end()) after.clear();
  if (removed > 0) ++space.generation;
  return removed;
}

Result<std::size_t> MemoryStore::collect_garbage() {
  std::vector<Space*> spaces;  // Spaces are never removed, and a map moves none of its elements.
  {
    const std::shared_lock hold(lock_);
    for (auto& [name, space] : spaces_) spaces.push_back(&space);
  }
  std::size_t removed = 0;
  for (Space* space : spaces) {
    std::string after;
    do {
      const std::unique_lock hold(lock_);
      removed += collect_slice(*space, after);
    } while (!after.empty());
  }
  return removed;
}

Result<std::uint64_t> MemoryStore::generation(std::string_view space) const {
  TRY(check_space(space));
  const std::shared_lock hold(lock_);
  const auto home = spaces_.find(space);
  return home == spaces_.end() ? 0 : home->second.generation;
}

Result<std::vector<std::string>> MemoryStore::spaces() const {
  const std::shared_lock hold(lock_);
  std::vector<std::string> names;
  for (const auto& [name, space] : spaces_) names.push_back(name);
  return names;
}

}  // namespace

std::unique_ptr<Store> make_memory_store(const Clock& clock) {
  return std::make_unique<MemoryStore>(clock);
}

}  // namespace avouch::store
