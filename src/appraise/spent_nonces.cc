#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "appraise/session.h"

namespace avouch::appraise {
namespace {

// 8 octets of a random nonce stand for it: among limits::kRedeemedSessions others, one honest guest in a million
// million meets the mark of another, and is told to come again. They are random and sealed by us, so nobody can aim at
// a slot.
using Mark = std::uint64_t;

Mark mark_of(Bytes nonce) {
  Mark mark = 0;
  std::memcpy(&mark, nonce.data(), std::min(nonce.size(), sizeof mark));
  return mark;
}

// A set of marks with open addressing, since a flood of attempts makes it large. In shards, so that growing, which
// holds everybody up, is done in small pieces.
class MarkSet {
 public:
  bool contains(Mark mark) const {
    if (mark == kFree) return holds_free_;
    const Shard& shard = shards_[mark % kShards];
    return !shard.slots.empty() && shard.slots[slot_of(shard, mark)] == mark;
  }

  void insert(Mark mark) {
    ++size_;
    if (mark == kFree) {
      holds_free_ = true;
      return;
    }
    Shard& shard = shards_[mark % kShards];
    if (shard.count * 4 >= shard.slots.size() * 3) grow(shard);
    shard.slots[slot_of(shard, mark)] = mark;
    ++shard.count;
  }

  std::size_t size() const { return size_; }

 private:
  static constexpr Mark kFree = 0;  // of a slot; the mark of that value is kept apart
  static constexpr std::size_t kShards = 64, kSlotsMin = 16;
  struct Shard {
    std::vector<Mark> slots;  // their number is a power of two
    std::size_t count = 0;
  };

  // Where the mark is, or the free slot where it belongs.
  static std::size_t slot_of(const Shard& shard, Mark mark) {
    const std::size_t mask = shard.slots.size() - 1;
    std::size_t at = (mark / kShards) & mask;
    while (shard.slots[at] != mark && shard.slots[at] != kFree) at = (at + 1) & mask;
    return at;
  }

  static void grow(Shard& shard) {
    const std::vector<Mark> old =
        std::exchange(shard.slots, std::vector<Mark>(std::max(kSlotsMin, shard.slots.size() * 2)));
    for (const Mark mark : old) {
      if (mark != kFree) shard.slots[slot_of(shard, mark)] = mark;
    }
  }

  std::array<Shard, kShards> shards_;
  std::size_t size_ = 0;
  bool holds_free_ = false;
};

// Two generations, each as long as the longest lifetime seen: the older is dropped whole once all in it has expired.
class SpentNoncesInMemory final : public SpentNonces {
 public:
  SpentNoncesInMemory(const Clock& clock, std::size_t count_max) : clock_(clock), count_max_(count_max) {}

  Result<bool> spend(const Session& session) override {
    const Mark mark = mark_of(session.nonce);
    const std::scoped_lock lock(mutex_);
    turn_generations();
    if (older_.contains(mark) || newer_.contains(mark)) return false;
    ENSURE(older_.size() + newer_.size() < count_max_,
           Error{Blame::kUnavailable, "session.too-many", "too many sessions redeemed within one session lifetime"});
    newer_.insert(mark);
    newer_ends_at_ = std::max(newer_ends_at_, session.ends_at);
    return true;
  }

  Result<bool> is_spent(const Session& session) override {
    const Mark mark = mark_of(session.nonce);
    const std::scoped_lock lock(mutex_);
    return older_.contains(mark) || newer_.contains(mark);
  }

 private:
  void turn_generations() {
    if (clock_.uptime() < older_ends_at_) return;  // something in the older one still counts
    older_ = std::exchange(newer_, MarkSet());
    older_ends_at_ = newer_ends_at_;
    newer_ends_at_ = Uptime{};
  }

  const Clock& clock_;
  const std::size_t count_max_;
  std::mutex mutex_;
  MarkSet older_, newer_;
  Uptime older_ends_at_{}, newer_ends_at_{};
};

}  // namespace

std::unique_ptr<SpentNonces> make_spent_nonces_in_memory(const Clock& clock, std::size_t count_max) {
  return std::make_unique<SpentNoncesInMemory>(clock, count_max);
}

}  // namespace avouch::appraise
