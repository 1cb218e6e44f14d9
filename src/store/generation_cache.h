// Generations as read a moment ago, so that caches may ask before each request. What this process writes shows at once,
// what another one writes within kForeignWriteDelay. Thread safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "store/store.h"

namespace avouch::store {

class GenerationCache {
 public:
  // A write of ours, from before its commit until after it, whether or not that succeeds: who sees the new record may
  // not see the old number, so meanwhile all read the file.
  class Write {
   public:
    explicit Write(GenerationCache& cache) : cache_(cache) { ++cache_.writers_; }
    Write(const Write&) = delete;
    Write& operator=(const Write&) = delete;
    ~Write() {
      ++cache_.write_count_;
      --cache_.writers_;
    }

   private:
    GenerationCache& cache_;
  };

  // Read this before the file, and hand it to remember(): a number that was read while we wrote is not kept.
  std::uint64_t write_count() const { return write_count_; }

  std::optional<std::uint64_t> find(std::string_view space) const {
    if (writers_ > 0) return std::nullopt;
    const std::scoped_lock lock(mutex_);
    const auto found = known_.find(space);
    if (found == known_.end() || found->second.write_count != write_count_) return std::nullopt;
    if (std::chrono::steady_clock::now() - found->second.read_at >= kForeignWriteDelay) return std::nullopt;
    return found->second.number;
  }

  void remember(std::string_view space, std::uint64_t number, std::uint64_t write_count) {
    const std::scoped_lock lock(mutex_);
    known_.insert_or_assign(std::string(space), Known{number, write_count, std::chrono::steady_clock::now()});
  }

 private:
  struct Known {
    std::uint64_t number, write_count;
    std::chrono::steady_clock::time_point read_at;
  };
  mutable std::mutex mutex_;
  std::atomic<std::uint64_t> write_count_{0}, writers_{0};
  std::map<std::string, Known, std::less<>> known_;
};

}  // namespace avouch::store
