// The thread of a DecisionLog that takes what waits to the store.
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/thread_name.h"
#include "ledger/decision.h"

namespace avouch::ledger {
namespace {

constexpr std::size_t kSweepEvery = 1'000;  // look for records beyond the bound this often, and at the start
constexpr std::size_t kCountEvery = 20;     // sweeps: others may write to the same store, and a write may half fail
constexpr std::chrono::milliseconds kRetryPause{1'000};  // of a store that failed

}  // namespace

// Strangers' records wait for all others.
void DecisionLog::write_out() {
  name_this_thread("decisions");
  std::unique_lock lock(mutex_);
  for (;;) {
    const Steady::time_point now = Steady::now();
    if (is_due(proven_, now)) {
      write_batch(proven_, lock);
    } else if (is_due(strangers_, now)) {
      write_batch(strangers_, lock);
    } else if (stopping_) {
      return;
    } else {
      Steady::time_point next = Steady::time_point::max();
      for (const Lane* lane : {&proven_, &strangers_}) {
        if (!lane->waiting.empty()) next = std::min(next, lane->due_at);
      }
      next == Steady::time_point::max() ? wake_.wait(lock) : void(wake_.wait_until(lock, next));
    }
  }
}

bool DecisionLog::is_due(const Lane& lane, Steady::time_point now) const {
  if (lane.waiting.empty()) return false;
  if (lane.is_failing && !stopping_) return now >= lane.due_at;
  const bool is_full = &lane == &proven_ && lane.waiting.size() >= lane.batch_max;
  return stopping_ || flushing_count_ > 0 || is_full || now >= lane.due_at;
}

void DecisionLog::write_batch(Lane& lane, std::unique_lock<std::mutex>& lock) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(lane.waiting.size(), lane.batch_max));
  std::move(lane.waiting.begin(), lane.waiting.begin() + count, std::back_inserter(lane.in_flight));
  lane.waiting.erase(lane.waiting.begin(), lane.waiting.begin() + count);
  progress_.notify_all();
  lock.unlock();
  const Status stored = store_batch(lane);
  if (stored.has_value()) {
    lane.stored_count += static_cast<std::size_t>(count);
    lane.unswept_count += static_cast<std::size_t>(count);
    if (lane.sweeps_to_count == 0 || lane.unswept_count >= kSweepEvery) sweep(lane);
  } else {
    log_.error("decision.not-stored", {{"first", lane.in_flight.front().id},
                                       {"count", static_cast<std::int64_t>(count)},
                                       {"detail", stored.error().detail}});
  }
  lock.lock();
  lane.is_failing = !stored.has_value();
  lane.due_at = Steady::now() + (lane.is_failing ? kRetryPause : lane.pause);
  if (lane.is_failing) keep_for_later(lane);
  lane.in_flight.clear();  // readers look here first, so it is cleared only now that the store has the records
  const std::size_t dropped_count = std::exchange(lane.dropped_count, 0);
  progress_.notify_all();
  if (dropped_count == 0) return;
  lock.unlock();
  if (&lane == &strangers_) {
    log_.info("decision.strangers-dropped", {{"count", static_cast<std::int64_t>(dropped_count)}});
  } else {
    log_.error("decision.lost",
               {{"count", static_cast<std::int64_t>(dropped_count)}, {"reason", "the store does not keep up"}});
  }
  lock.lock();
}

// A store that is full or gone for a while costs no record but those that find no room until it is back. Whoever stops
// without it has tried, and says how many are lost.
void DecisionLog::keep_for_later(Lane& lane) const {
  ++lane.failure_count;
  if (stopping_) {
    lane.dropped_count += lane.in_flight.size();
    return;
  }
  lane.waiting.insert(lane.waiting.begin(), std::make_move_iterator(lane.in_flight.begin()),
                      std::make_move_iterator(lane.in_flight.end()));
  while (lane.waiting.size() > lane.waiting_max) {
    lane.waiting.pop_front();
    ++lane.dropped_count;
  }
}

Status DecisionLog::store_batch(const Lane& lane) const {
  std::vector<store::Record> records;
  for (const Waiting& record : lane.in_flight) records.push_back({record.id, as_bytes(record.text)});
  return store_.put_all(lane.space, records, store::Expiry::never());
}

void DecisionLog::sweep(Lane& lane) const {
  lane.unswept_count = 0;
  const Status dropped = drop_oldest(lane);
  if (dropped.has_value()) return;
  log_.warn("decision.not-swept", {{"detail", dropped.error().detail}});
  lane.sweeps_to_count = 0;
}

Status DecisionLog::drop_oldest(Lane& lane) const {
  if (lane.sweeps_to_count == 0) {
    const std::vector<std::string> all = TRY(stored_ids(lane));
    lane.stored_count = all.size();
    lane.sweeps_to_count = kCountEvery;
  }
  --lane.sweeps_to_count;
  if (lane.stored_count <= lane.keep_max) return ok();
  const std::vector<std::string> oldest = TRY(store_.list(lane.space, "", "", lane.stored_count - lane.keep_max));
  lane.stored_count -= oldest.size();
  return store_.erase_all(lane.space, oldest);
}

}  // namespace avouch::ledger
