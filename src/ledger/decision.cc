#include "ledger/decision.h"

#include <algorithm>
#include <chrono>
#include <span>

#include "base/limits.h"
#include "crypto/random.h"

namespace avouch::ledger {
namespace {

constexpr std::string_view kSpace = "decision";
constexpr std::size_t kWaitingMax = 1'024;  // records not yet in the store
constexpr std::size_t kBatchMax = 256;      // of them in one commit
constexpr std::size_t kSweepEvery = 1'000;  // look for records beyond limits::kDecisions this often, and at the start
constexpr std::size_t kPage = 10'000;
constexpr std::chrono::milliseconds kRoomDeadline{200};  // how long a full queue holds a caller up

// Crockford's base 32, lower case: sorts as the number does, and no letter is mistaken for a digit.
void append_base32(std::string& out, std::uint64_t value, int digit_count) {
  static constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  for (int i = digit_count - 1; i >= 0; --i) out += kDigits[(value >> (5 * i)) & 31];
}

std::string make_id(Instant now) {
  std::string id;
  append_base32(id, static_cast<std::uint64_t>(now.time_since_epoch().count()), 10);
  std::uint64_t salt = 0;
  for (const std::uint8_t octet : crypto::random_array<8>()) salt = (salt << 8) | octet;
  append_base32(id, salt, 8);
  return id;
}

}  // namespace

Json to_json(const Decision& decision) {
  Json out = Json::object({{"id", decision.id},
                           {"time", to_rfc3339(decision.at)},
                           {"kind", decision.kind},
                           {"outcome", decision.outcome},
                           {"peer", decision.peer},
                           {"subject", decision.subject}});
  if (decision.error.has_value()) {
    out.set("error", Json::object({{"blame", to_string(decision.error->blame)},
                                   {"code", decision.error->code},
                                   {"detail", decision.error->detail}}));
  } else {
    out.set("error", nullptr);
  }
  for (const Json::Member& fact : *decision.facts.as_object()) out.set(fact.first, fact.second);
  return out;
}

DecisionLog::DecisionLog(store::Store& store, const Clock& clock, const Log& log)
    : store_(store), clock_(clock), log_(log), writer_([this] { write_out(); }) {}

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
  return Decision{make_id(now),       now, std::move(kind), "refused", std::move(peer),
                  std::move(subject), {},  Json::object()};
}

void DecisionLog::record(const Decision& decision) {
  std::string text = to_text(to_json(decision));
  bool lost = false;
  {
    std::unique_lock lock(mutex_);
    progress_.wait_for(lock, kRoomDeadline, [this] { return waiting_.size() < kWaitingMax; });
    lost = waiting_.size() >= kWaitingMax;
    if (!lost) waiting_.emplace_back(decision.id, std::move(text));
  }
  wake_.notify_one();
  if (lost) log_.error("decision.lost", {{"id", decision.id}, {"reason", "the store does not keep up"}});
}

Result<Json> DecisionLog::find(std::string_view id) const {
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [waiting_id, text] : waiting_) {
      if (waiting_id == id) return parse_json(text);
    }
  }
  const Error unknown{Blame::kRequest, "decision.unknown", "no decision " + std::string(id) + " is on record"};
  const Result<std::optional<Buffer>> stored = store_.get(kSpace, id);
  ENSURE(stored.has_value(), stored.error().blame == Blame::kRequest ? unknown : stored.error());
  ENSURE(stored->has_value(), unknown);
  Result<Json> decision = parse_json(as_text(**stored));
  ENSURE(decision.has_value(),
         Error{Blame::kUnavailable, "store.corrupt", "the record of decision " + std::string(id)});
  return decision;
}

Result<std::vector<Json>> DecisionLog::newest(std::size_t limit, std::string_view outcome) const {
  std::vector<std::string> ids;
  {  // Before the store: a record moves from here to there, so that it may be seen twice and is never missed.
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, text] : waiting_) ids.push_back(id);
  }
  const std::vector<std::string> stored = TRY(stored_ids());
  ids.insert(ids.end(), stored.begin(), stored.end());
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
  progress_.wait(lock, [this] { return waiting_.empty(); });
}

void DecisionLog::write_out() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    in_flight_count_ = std::min(waiting_.size(), kBatchMax);
    const auto last = waiting_.begin() + static_cast<std::ptrdiff_t>(in_flight_count_);
    const std::vector<Waiting> batch(waiting_.begin(), last);
    lock.unlock();
    write_batch(batch);
    lock.lock();
    // Readers look here first, so a record leaves only now that the store has it.
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(in_flight_count_));
    in_flight_count_ = 0;
    progress_.notify_all();
  }
}

void DecisionLog::write_batch(const std::vector<Waiting>& batch) {
  std::vector<store::Record> records;
  for (const Waiting& waiting : batch) records.push_back({waiting.first, as_bytes(waiting.second)});
  const Status written = store_.put_all(kSpace, records, store::Expiry::never());
  if (!written.has_value()) {
    log_.error("decision.not-stored", {{"first", batch.front().first},
                                       {"count", static_cast<std::int64_t>(batch.size())},
                                       {"detail", written.error().detail}});
  }
  if (written_count_ >= swept_count_) {
    drop_oldest();
    swept_count_ = written_count_ + kSweepEvery;
  }
  written_count_ += batch.size();
}

Result<std::vector<std::string>> DecisionLog::stored_ids() const {
  std::vector<std::string> ids;
  for (;;) {
    const std::vector<std::string> page = TRY(store_.list(kSpace, "", ids.empty() ? "" : ids.back(), kPage));
    ids.insert(ids.end(), page.begin(), page.end());
    if (page.size() < kPage) return ids;
  }
}

void DecisionLog::drop_oldest() {
  const Result<std::vector<std::string>> ids = stored_ids();
  if (!ids.has_value() || ids->size() <= limits::kDecisions) return;
  const Status erased = store_.erase_all(kSpace, std::span(*ids).first(ids->size() - limits::kDecisions));
  if (!erased.has_value()) log_.warn("decision.not-swept", {{"detail", erased.error().detail}});
}

}  // namespace avouch::ledger
