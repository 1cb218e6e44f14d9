#include "ledger/decision.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "base/limits.h"

namespace avouch::ledger {
namespace {

constexpr std::size_t kWaitingMax = 1'024;  // records not yet in the store
constexpr std::size_t kBatchMax = 256;      // of them in one commit
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
    if (!strangers && !lane.is_failing) progress_.wait_for(lock, kRoomDeadline, has_room);
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
  std::unique_lock lock(mutex_);
  const auto is_done = [](const Lane& lane, std::size_t failure_count) {
    return (lane.waiting.empty() && lane.in_flight.empty()) || lane.failure_count != failure_count;
  };
  const std::size_t proven = proven_.failure_count, strangers = strangers_.failure_count;
  ++flushing_count_;
  wake_.notify_one();
  progress_.wait(lock, [&] { return is_done(proven_, proven) && is_done(strangers_, strangers); });
  --flushing_count_;
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

}  // namespace avouch::ledger
