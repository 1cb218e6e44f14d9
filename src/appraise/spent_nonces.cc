#include <array>
#include <cstring>
#include <mutex>
#include <unordered_set>

#include "appraise/session.h"
#include "base/limits.h"

namespace avouch::appraise {
namespace {

// 16 octets of a random nonce identify it among a million others beyond any doubt, and halve the memory.
using Mark = std::array<std::uint8_t, 16>;

struct MarkHash {
  std::size_t operator()(const Mark& mark) const {
    std::size_t hash = 0;  // the octets are random already, and sealed by us: nobody can aim at a bucket
    std::memcpy(&hash, mark.data(), sizeof hash);
    return hash;
  }
};

// Two generations, each as long as the longest lifetime seen: the older is dropped whole once all in it has expired.
class SpentNoncesInMemory final : public SpentNonces {
 public:
  explicit SpentNoncesInMemory(const Clock& clock) : clock_(clock) {}

  Result<bool> spend(Bytes nonce, Uptime ends_at) override {
    Mark mark{};
    std::memcpy(mark.data(), nonce.data(), std::min(nonce.size(), mark.size()));
    const std::scoped_lock lock(mutex_);
    turn_generations();
    if (older_.contains(mark) || newer_.contains(mark)) return false;
    ENSURE(older_.size() + newer_.size() < limits::kRedeemedSessions,
           Error{Blame::kUnavailable, "session.too-many", "too many sessions redeemed within one session lifetime"});
    newer_.insert(mark);
    newer_ends_at_ = std::max(newer_ends_at_, ends_at);
    return true;
  }

 private:
  void turn_generations() {
    if (clock_.uptime() < older_ends_at_) return;  // something in the older one still counts
    older_ = std::move(newer_);
    older_ends_at_ = newer_ends_at_;
    newer_.clear();
    newer_ends_at_ = Uptime{};
  }

  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_set<Mark, MarkHash> older_, newer_;
  Uptime older_ends_at_{}, newer_ends_at_{};
};

}  // namespace

std::unique_ptr<SpentNonces> make_spent_nonces_in_memory(const Clock& clock) {
  return std::make_unique<SpentNoncesInMemory>(clock);
}

}  // namespace avouch::appraise
