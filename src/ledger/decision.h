// Decisions: one record for every appraisal, release and administrative act, granted or refused, so that an operator
// can ask why. The caller outside learns the id and nothing else.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "codec/json.h"
#include "ledger/decision_id.h"
#include "store/store.h"

namespace avouch::ledger {

struct Decision {
  std::string id;  // sorts in the order in which decisions are made: "01jdz3k5c8q4w7x2ab"
  Instant at;
  std::string kind;     // "attest", "release", "admin"
  std::string outcome;  // "granted" or "refused"
  std::string peer;     // address of the caller
  std::string subject;  // TEE, resource path or endpoint
  std::optional<Error> error;
  Json facts = Json::object();    // what was measured, expected, and which policy decided; see docs/management-api.md
  Json claimed = Json::object();  // likewise, of what is not authentic: anybody may have made it up
};

Json to_json(Decision decision);

// A refusal as a dialect answers it: the error for the operator's eyes, the id for the caller's.
struct Refusal {
  Error error;
  std::string decision_id;
};

// Keeps the newest limits::kDecisions: readable at once, in the store soon after, many to a commit. A store that is
// slow holds its callers up for a moment; one that fails stops nobody: it is tried again, and the log says how many
// records found no room meanwhile.
//
// Refusals of strangers, behind which nothing was proved, have a lane of their own: anybody can cause them, so they
// keep only their newest limits::kStrangersDecisions, are cut short, and neither push out nor hold up any other
// decision.
class DecisionLog {
 public:
  DecisionLog(store::Store& store, const Clock& clock, const Log& log);
  ~DecisionLog();  // writes what is left
  DecisionLog(const DecisionLog&) = delete;
  DecisionLog& operator=(const DecisionLog&) = delete;

  // A fresh decision, with id and time, not yet recorded.
  Decision begin(std::string kind, std::string peer, std::string subject) const;
  void record(Decision decision);

  //   fails   kRequest: decision.unknown; kUnavailable: store.*
  Result<Json> find(std::string_view id) const;
  // The newest first, at most `limit`, of one outcome if `outcome` is not empty.
  Result<std::vector<Json>> newest(std::size_t limit, std::string_view outcome) const;
  void flush();  // returns when everything recorded so far is in the store, or the store has failed

 private:
  struct Waiting {
    std::string id, text;
  };
  using Steady = std::chrono::steady_clock;
  struct Lane {
    const std::string_view space;  // of the store
    const std::size_t keep_max, waiting_max, batch_max;
    const Steady::duration pause;    // between two batches, unless the proven ones fill one
    std::deque<Waiting> waiting;     // oldest first
    std::vector<Waiting> in_flight;  // being written: changed by the writer alone, under the mutex
    Steady::time_point due_at{};     // of the next batch
    bool is_failing = false;         // the store refused the last batch, which waits for its return
    std::size_t failure_count = 0;   // of batches
    std::size_t dropped_count = 0;   // that never got to the store, since the log last said so
    // The writer's own.
    std::size_t unswept_count = 0;    // written since the last sweep
    std::size_t sweeps_to_count = 0;  // that trust stored_count, before all are counted again
    std::size_t stored_count = 0;
  };

  void write_out();
  bool is_due(const Lane& lane, Steady::time_point now) const;
  void write_batch(Lane& lane, std::unique_lock<std::mutex>& lock);
  Status store_batch(const Lane& lane) const;
  void keep_for_later(Lane& lane) const;
  Result<std::vector<std::string>> stored_ids(const Lane& lane) const;  // the oldest first
  void sweep(Lane& lane) const;
  Status drop_oldest(Lane& lane) const;
  void continue_ids(const Lane& lane);

  store::Store& store_;
  const Clock& clock_;
  const Log& log_;
  mutable DecisionIds ids_;
  mutable std::mutex mutex_;
  std::condition_variable wake_, progress_;
  Lane proven_, strangers_;
  int flushing_count_ = 0;
  bool stopping_ = false;
  std::thread writer_;
};

}  // namespace avouch::ledger
