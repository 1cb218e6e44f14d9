// RecentMap: remembers the newest entries and forgets the oldest, with a bound. Thread safe.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace avouch {

// Two halves: new entries go to the young one; when it is full it becomes the old one, and what was old goes. An entry
// that is used moves back among the young, so that what is in use stays. Never more than `count_max` entries.
template <class Key, class Value>
class RecentMap {
 public:
  explicit RecentMap(std::size_t count_max) : half_(count_max / 2 > 0 ? count_max / 2 : 1) {}

  std::optional<Value> find(const Key& key) {
    const std::scoped_lock lock(mutex_);
    if (const auto found = young_.find(key); found != young_.end()) return found->second;
    const auto found = old_.find(key);
    if (found == old_.end()) return std::nullopt;
    Value value = std::move(found->second);
    old_.erase(found);
    insert(key, value);
    return value;
  }

  void remember(const Key& key, Value value) {
    const std::scoped_lock lock(mutex_);
    old_.erase(key);
    insert(key, std::move(value));
  }

 private:
  void insert(const Key& key, Value value) {
    if (young_.size() >= half_ && young_.find(key) == young_.end()) old_ = std::exchange(young_, {});
    young_.insert_or_assign(key, std::move(value));
  }

  const std::size_t half_;
  std::mutex mutex_;
  std::map<Key, Value> young_, old_;
};

}  // namespace avouch
