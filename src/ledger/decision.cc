#include "ledger/decision.h"

#include <algorithm>

#include "base/limits.h"
#include "crypto/random.h"

namespace avouch::ledger {
namespace {

constexpr std::string_view kSpace = "decision";
constexpr std::size_t kWaitingMax = 4'096;  // records not yet in the store; beyond it the oldest waiting one is lost
constexpr std::size_t kSweepEvery = 1'000;  // look for records beyond limits::kDecisions this often, and at the start
constexpr std::size_t kPage = 10'000;

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
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= kWaitingMax) {
      waiting_.pop_front();
      lost = true;
    }
    waiting_.emplace_back(decision.id, std::move(text));
  }
  wake_.notify_one();
  if (lost) log_.error("decision.lost", {{"reason", "the store does not keep up"}});
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
  return parse_json(as_text(**stored));
}

Result<std::vector<Json>> DecisionLog::newest(std::size_t limit, std::string_view outcome) const {
  std::vector<std::string> ids = TRY(stored_ids());
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, text] : waiting_) ids.push_back(id);
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
  idle_.wait(lock, [this] { return waiting_.empty() && !busy_; });
}

void DecisionLog::write_out() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    busy_ = true;
    const std::pair<std::string, std::string> record = waiting_.front();
    lock.unlock();
    const Status written = store_.put(kSpace, record.first, as_bytes(record.second), store::Expiry::never());
    if (!written.has_value())
      log_.error("decision.not-stored", {{"id", record.first}, {"detail", written.error().detail}});
    if (written_count_++ % kSweepEvery == 0) drop_oldest();
    lock.lock();
    // Readers look here first, so a record leaves only when the store has it; an overflow may have taken it already.
    if (!waiting_.empty() && waiting_.front().first == record.first) waiting_.pop_front();
    busy_ = false;
    idle_.notify_all();
  }
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
  for (std::size_t i = 0; i < ids->size() - limits::kDecisions; ++i) {
    const Result<bool> erased = store_.erase(kSpace, (*ids)[i]);
    if (!erased.has_value()) return;  // the next sweep tries again
  }
}

}  // namespace avouch::ledger
