#include "ledger/decision.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "base/limits.h"
#include "base/thread_name.h"

namespace avouch::ledger {
namespace {

constexpr std::size_t kWaitingMax = 1'024;  // records not yet in the store
constexpr std::size_t kBatchMax = 256;      // of them in one commit
constexpr std::size_t kSweepEvery = 1'000;  // look for records beyond the bound this often, and at the start
constexpr std::size_t kCountEvery = 20;     // sweeps: others may write to the same store, and a write may half fail
constexpr std::size_t kPage = 10'000;
constexpr std::chrono::milliseconds kRoomDeadline{200};  // how long a full queue holds a caller up
// Between two batches: a commit costs more than the records in it, and no flood of strangers shall wear the disk.
constexpr std::chrono::milliseconds kPause{50}, kStrangersPause{1'000};
constexpr std::size_t kStrangersTextBytes = 512;  // of a text that a stranger may have chosen

// Refused before anything was found out: not the evidence nor the token nor the administrator was authentic.
bool is_strangers(const Decision& decision) {
  return decision.outcome == "refused" && decision.facts.as_object()->empty();
}

void shorten(std::string& text) {
  if (text.size() <= kStrangersTextBytes) return;
  std::size_t end = kStrangersTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // between characters of UTF-8
  text.resize(end);
  text += "...";
}

std::string strangers_text(Decision decision) {
  shorten(decision.subject);
  if (decision.error.has_value()) shorten(decision.error->detail);
  return to_text(to_json(std::move(decision)));
}

}  // namespace

Json to_json(Decision decision) {
  Json out = Json::object({{"id", std::move(decision.id)},
                           {"time", to_rfc3339(decision.at)},
                           {"kind", std::move(decision.kind)},
                           {"outcome", std::move(decision.outcome)},
                           {"peer", std::move(decision.peer)},
                           {"subject", std::move(decision.subject)}});
  if (decision.error.has_value()) {
    out.set("error", Json::object({{"blame", to_string(decision.error->blame)},
                                   {"code", decision.error->code},
                                   {"detail", decision.error->detail}}));
  } else {
    out.set("error", nullptr);
  }
  for (Json* facts : {&decision.claimed, &decision.facts}) {
    for (Json::Member& fact : *facts->as_object()) out.set(std::move(fact.first), std::move(fact.second));
  }
  return out;
}

DecisionLog::DecisionLog(store::Store& store, const Clock& clock, const Log& log)
    : store_(store),
      clock_(clock),
      log_(log),
      proven_{"decision", limits::kDecisions, kWaitingMax, kBatchMax, kPause, {}, {}},
      strangers_{"decision-of-strangers",
                 limits::kStrangersDecisions,
                 limits::kStrangersDecisions,
                 limits::kStrangersDecisions,
                 kStrangersPause,
                 {},
                 {}} {
  continue_ids(proven_);
  continue_ids(strangers_);
  writer_ = std::thread([this] { write_out(); });
}

DecisionLog::~DecisionLog() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  writer_.join();
}

Decision DecisionLog::begin(std::string kind, std::string peer, std::string subject) const {
  const Instant now = clock_.now();
  return Decision{ids_.next(now),     now, std::move(kind), "refused",     std::move(peer),
                  std::move(subject), {},  Json::object(),  Json::object()};
}

void DecisionLog::record(Decision decision) {
  const bool strangers = is_strangers(decision);
  Waiting waiting{decision.id, {}};
  waiting.text = strangers ? strangers_text(std::move(decision)) : to_text(to_json(std::move(decision)));
  Lane& lane = strangers ? strangers_ : proven_;
  bool wake = false;
  {
    std::unique_lock lock(mutex_);
    const auto has_room = [&lane] { return lane.waiting.size() < lane.waiting_max; };
    if (!strangers) progress_.wait_for(lock, kRoomDeadline, has_room);
    if (!has_room()) {
      lane.waiting.pop_front();
      ++lane.dropped_count;
    }
    lane.waiting.push_back(std::move(waiting));
    wake = lane.waiting.size() == 1 || lane.waiting.size() == lane.batch_max;  // what the writer waits for
  }
  if (wake) wake_.notify_one();
}

Result<Json> DecisionLog::find(std::string_view id) const {
  {
    const std::scoped_lock lock(mutex_);
    for (const Lane* lane : {&proven_, &strangers_}) {
      for (const Waiting& record : lane->in_flight) {
        if (record.id == id) return parse_json(record.text);
      }
      for (const Waiting& record : lane->waiting) {
        if (record.id == id) return parse_json(record.text);
      }
    }
  }
  for (const Lane* lane : {&proven_, &strangers_}) {
    const Result<std::optional<Buffer>> stored = store_.get(lane->space, id);
    if (!stored.has_value() && stored.error().blame == Blame::kRequest) break;  // an id that no store can hold
    ENSURE(stored.has_value(), stored.error());
    if (!stored->has_value()) continue;
    Result<Json> decision = parse_json(as_text(**stored));
    ENSURE(decision.has_value() && decision->as_object() != nullptr,
           Error{Blame::kUnavailable, "store.corrupt", "the record of decision " + std::string(id)});
    return decision;
  }
  return Error{Blame::kRequest, "decision.unknown", "no decision " + std::string(id) + " is on record"};
}

Result<std::vector<Json>> DecisionLog::newest(std::size_t limit, std::string_view outcome) const {
  std::vector<std::string> ids;
  {  // Before the store: a record moves from here to there, so that it may be seen twice and is never missed.
    const std::scoped_lock lock(mutex_);
    for (const Lane* lane : {&proven_, &strangers_}) {
      for (const Waiting& record : lane->in_flight) ids.push_back(record.id);
      for (const Waiting& record : lane->waiting) ids.push_back(record.id);
    }
  }
  for (const Lane* lane : {&proven_, &strangers_}) {
    const std::vector<std::string> stored = TRY(stored_ids(*lane));
    ids.insert(ids.end(), stored.begin(), stored.end());
  }
  std::sort(ids.begin(), ids.end(), std::greater<>());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<Json> out;
  for (const std::string& id : ids) {
    if (out.size() >= limit) break;
    Result<Json> decision = find(id);
    if (!decision.has_value()) continue;  // swept between listing and reading
    const std::string* had = decision->find_string("outcome");
    if (outcome.empty() || (had != nullptr && *had == outcome)) out.push_back(*std::move(decision));
  }
  return out;
}

void DecisionLog::flush() {
  const auto is_empty = [](const Lane& lane) { return lane.waiting.empty() && lane.in_flight.empty(); };
  std::unique_lock lock(mutex_);
  ++flushing_count_;
  wake_.notify_one();
  progress_.wait(lock, [&] { return is_empty(proven_) && is_empty(strangers_); });
  --flushing_count_;
}

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
  const bool is_full = &lane == &proven_ && lane.waiting.size() >= lane.batch_max;
  return stopping_ || flushing_count_ > 0 || is_full || now >= lane.due_at;
}

void DecisionLog::write_batch(Lane& lane, std::unique_lock<std::mutex>& lock) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(lane.waiting.size(), lane.batch_max));
  std::move(lane.waiting.begin(), lane.waiting.begin() + count, std::back_inserter(lane.in_flight));
  lane.waiting.erase(lane.waiting.begin(), lane.waiting.begin() + count);
  const std::size_t dropped_count = std::exchange(lane.dropped_count, 0);
  progress_.notify_all();
  lock.unlock();
  const Status stored = store_batch(lane);
  if (dropped_count > 0 && &lane == &strangers_) {
    log_.info("decision.strangers-dropped", {{"count", static_cast<std::int64_t>(dropped_count)}});
  } else if (dropped_count > 0) {
    log_.error("decision.lost",
               {{"count", static_cast<std::int64_t>(dropped_count)}, {"reason", "the store does not keep up"}});
  }
  if (!stored.has_value()) {
    log_.error("decision.not-stored", {{"first", lane.in_flight.front().id},
                                       {"count", static_cast<std::int64_t>(count)},
                                       {"detail", stored.error().detail}});
  }
  lane.stored_count += static_cast<std::size_t>(count);
  lane.unswept_count += static_cast<std::size_t>(count);
  if (lane.sweeps_to_count == 0 || lane.unswept_count >= kSweepEvery) sweep(lane);
  lock.lock();
  lane.due_at = Steady::now() + lane.pause;
  lane.in_flight.clear();  // readers look here first, so it is cleared only now that the store has the records
  progress_.notify_all();
}

Status DecisionLog::store_batch(const Lane& lane) const {
  std::vector<store::Record> records;
  for (const Waiting& record : lane.in_flight) records.push_back({record.id, as_bytes(record.text)});
  return store_.put_all(lane.space, records, store::Expiry::never());
}

Result<std::vector<std::string>> DecisionLog::stored_ids(const Lane& lane) const {
  return store::list_all(store_, lane.space, "");
}

// The decisions to come are newer than all in the store, also if the clock was ahead when those were made, or is now
// and will be put back. The newest is found by halving the time that ids can name: fifty look-ups instead of all ids.
// Whether the store answers at all, its other users find out at the start.
void DecisionLog::continue_ids(const Lane& lane) {
  const auto after = [this, &lane](std::int64_t milliseconds, std::size_t limit) {
    return store_.list(lane.space, "", first_decision_id(Instant(std::chrono::milliseconds(milliseconds))), limit);
  };
  std::int64_t some_from = 0, none_from = kLastDecisionMillisecond;
  while (none_from - some_from > 1) {
    const std::int64_t middle = some_from + (none_from - some_from) / 2;
    const Result<std::vector<std::string>> later = after(middle, 1);
    if (!later.has_value()) return;
    (later->empty() ? none_from : some_from) = middle;
  }
  const Result<std::vector<std::string>> last = after(some_from, kPage);
  if (last.has_value() && !last->empty()) ids_.continue_after(last->back());
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
