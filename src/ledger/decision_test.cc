#include "ledger/decision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <latch>

#include "base/limits.h"
#include "testing/code_of.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace avouch::ledger {
namespace {

using std::chrono::milliseconds;
using testing::code_of;
using ::testing::Each;
using ::testing::ElementsAre;

std::vector<std::string> ids_of(const Result<std::vector<Json>>& decisions) {
  std::vector<std::string> out;
  for (const Json& decision : decisions.value()) out.push_back(*decision.find_string("id"));
  return out;
}

class Decisions : public ::testing::Test {
 protected:
  std::string record(const std::string& outcome = "refused") {
    clock_.advance(milliseconds(1));
    Decision decision = log_->begin("attest", "127.0.0.1", "cca");
    decision.outcome = outcome;
    decision.facts.set("status", "warning");
    log_->record(decision);
    return decision.id;
  }
  std::string record_strangers(const std::string& subject = "cca") {
    clock_.advance(milliseconds(1));
    Decision decision = log_->begin("attest", "192.0.2.1", subject);
    decision.error = Error{Blame::kEvidence, "cca.platform.unknown", subject};
    log_->record(decision);
    return decision.id;
  }
  std::size_t stored_count(std::string_view space) const { return store_.list(space, "", "", 100'000)->size(); }

  testing::ManualClock clock_;
  testing::FailingStore store_{clock_};
  const Log quiet_{clock_, LogLevel::kOff, LogFormat::kText};
  std::unique_ptr<DecisionLog> log_ = std::make_unique<DecisionLog>(store_, clock_, quiet_);
};

TEST_F(Decisions, BeginAsRefusedWithNothingMeasured) {
  const Decision decision = log_->begin("attest", "192.0.2.1", "cca");
  EXPECT_EQ(decision.outcome, "refused");
  EXPECT_EQ(decision.facts, Json::object());
  EXPECT_EQ(code_of(log_->find(decision.id)), "decision.unknown");  // until it is recorded
}

TEST_F(Decisions, ShowTheErrorOfARefusalAndNullOfAGrant) {
  Decision decision = log_->begin("release", "192.0.2.1", "default/key/one");
  decision.error = Error{Blame::kPolicy, "broker.denied", "not affirming"};
  decision.facts.set("attestation_id", "x");
  const Json refused = to_json(decision);
  EXPECT_EQ(to_text(refused),
            "{\"id\":\"" + decision.id +
                "\",\"time\":\"2027-01-15T08:00:00Z\",\"kind\":\"release\",\"outcome\":\"refused\","
                "\"peer\":\"192.0.2.1\",\"subject\":\"default/key/one\",\"error\":{\"blame\":\"policy\","
                "\"code\":\"broker.denied\",\"detail\":\"not affirming\"},\"attestation_id\":\"x\"}");
  decision.error.reset();
  EXPECT_TRUE(to_json(decision).find("error")->is_null());
}

TEST_F(Decisions, HaveIdsThatSortByTime) {
  std::vector<std::string> ids;
  for (const milliseconds step : {milliseconds(1), milliseconds(31), milliseconds(1'000), milliseconds(86'400'000),
                                  milliseconds(31'536'000'000'000)}) {
    ids.push_back(log_->begin("attest", "", "").id);
    clock_.advance(step);
  }
  ids.push_back(log_->begin("attest", "", "").id);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST_F(Decisions, StayInOrderWhenTheClockIsSetBackAndTheProcessBeginsAgain) {
  clock_.jump(std::chrono::hours(100'000));
  const std::string ahead = record();
  clock_.jump(-std::chrono::hours(100'000));
  const std::string back = record();
  log_ = nullptr;
  log_ = std::make_unique<DecisionLog>(store_, clock_, quiet_);
  const std::string restarted = record();
  EXPECT_THAT(ids_of(log_->newest(10, "")), ElementsAre(restarted, back, ahead));

  clock_.jump(std::chrono::hours(100'001));
  log_ = nullptr;
  log_ = std::make_unique<DecisionLog>(store_, clock_, quiet_);  // while the clock is ahead of them all
  clock_.jump(-std::chrono::hours(100'001));
  const std::string later = record();
  EXPECT_THAT(ids_of(log_->newest(10, "")), ElementsAre(later, restarted, back, ahead));
}

TEST_F(Decisions, OfTheSameMillisecondHaveDifferentIds) {
  std::vector<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.push_back(log_->begin("attest", "", "").id);
  EXPECT_THAT(ids, Each(::testing::SizeIs(18)));
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST_F(Decisions, AreFoundAtOnceAndAfterTheyAreWritten) {
  const std::string id = record();
  EXPECT_EQ(*log_->find(id)->find_string("id"), id);
  log_->flush();
  EXPECT_EQ(*log_->find(id)->find_string("id"), id);
  EXPECT_EQ(store_.list("decision", "", "", 10).value(), std::vector<std::string>{id});
}

TEST_F(Decisions, OutliveTheProcess) {
  const std::string id = record();
  log_.reset();  // writes what is left
  log_ = std::make_unique<DecisionLog>(store_, clock_, quiet_);
  EXPECT_EQ(*log_->find(id)->find_string("id"), id);
}

TEST_F(Decisions, AreUnknownByAnyOtherId) {
  const std::string id = record();
  for (const std::string& wrong :
       {std::string(), id.substr(1), id + "0", "../" + id, std::string("\xff\n"), std::string(600, '0')}) {
    EXPECT_EQ(code_of(log_->find(wrong)), "decision.unknown") << wrong;
  }
}

TEST_F(Decisions, SayWhenTheStoreIsGoneRatherThanUnknown) {
  store_.fail(true);
  const Result<Json> found = log_->find("01jdz3k5c8q4w7x2ab");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().blame, Blame::kUnavailable);
}

TEST_F(Decisions, BlameTheStoreForADamagedRecordAndListTheOthers) {
  const std::string id = record();
  log_->flush();
  for (const char* text : {"", "[]", "1", "\"x\"", "{"}) {
    ASSERT_TRUE(store_.put("decision", "0damaged", as_bytes(text), store::Expiry::never()).has_value());
    EXPECT_EQ(code_of(log_->find("0damaged")), "store.corrupt") << text;
  }
  const Result<Json> damaged = log_->find("0damaged");
  EXPECT_EQ(damaged.error().blame, Blame::kUnavailable);
  EXPECT_THAT(ids_of(log_->newest(10, "")), ElementsAre(id));
}

TEST_F(Decisions, AreListedNewestFirstAndByOutcome) {
  const std::string first = record("refused");
  const std::string second = record("granted");
  log_->flush();
  const std::string third = record("refused");
  EXPECT_THAT(ids_of(log_->newest(10, "")), ElementsAre(third, second, first));
  EXPECT_THAT(ids_of(log_->newest(2, "")), ElementsAre(third, second));
  EXPECT_THAT(ids_of(log_->newest(10, "refused")), ElementsAre(third, first));
  EXPECT_THAT(ids_of(log_->newest(1, "granted")), ElementsAre(second));
  EXPECT_THAT(ids_of(log_->newest(10, "no such outcome")), ElementsAre());
  EXPECT_THAT(ids_of(log_->newest(0, "")), ElementsAre());
}

TEST_F(Decisions, KeepGoingWhenTheStoreIsFull) {
  store_.fail(true);
  const std::string waits = record();
  log_->flush();
  EXPECT_EQ(code_of(log_->newest(1, "")), "store.full");
  store_.fail(false);
  const std::string next = record();
  log_->flush();
  for (const std::string& id : {waits, next}) EXPECT_TRUE(store_.get("decision", id)->has_value());
}

TEST_F(Decisions, OfALongFailureAreTheNewestOnes) {
  constexpr int kMany = 3'000;  // more than wait, and each held up would take ten minutes in all
  store_.fail(true);
  const std::string first = record();
  log_->flush();
  std::string last;
  for (int i = 0; i < kMany; ++i) last = record();
  store_.fail(false);
  log_->flush();
  EXPECT_EQ(code_of(log_->find(first)), "decision.unknown");
  EXPECT_TRUE(store_.get("decision", last)->has_value());
  EXPECT_GE(stored_count("decision"), 1'000U);
}

TEST_F(Decisions, AreLostWithAWordWhereTheStoreFailsToTheEnd) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const Log log(clock_, LogLevel::kInfo, LogFormat::kText, pipe[1]);
  log_ = std::make_unique<DecisionLog>(store_, clock_, log);
  store_.fail(true);
  record();
  log_.reset();  // ends
  store_.fail(false);
  EXPECT_EQ(stored_count("decision"), 0U);
  std::string words(4'096, '\0');
  const ssize_t count = ::read(pipe[0], words.data(), words.size());
  EXPECT_THAT(words.substr(0, static_cast<std::size_t>(std::max<ssize_t>(count, 0))),
              ::testing::HasSubstr("decision.lost count=1"));
  for (const int end : pipe) ::close(end);
}

// Records as a busy server leaves them behind, of long before now.
void fill(store::Store& store, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::string id = "00old" + std::to_string(1'000'000 + i);
    ASSERT_TRUE(store.put("decision", id, as_bytes("{\"id\":\"" + id + "\"}"), store::Expiry::never()).has_value());
  }
}

TEST_F(Decisions, DropTheOldestBeyondTheBound) {
  fill(store_, limits::kDecisions + 500);
  const std::string newest = record();
  for (int i = 0; i < 1'000; ++i) record();
  log_->flush();
  const std::vector<std::string> kept = store_.list("decision", "", "", 2 * limits::kDecisions).value();
  EXPECT_LE(kept.size(), limits::kDecisions + 1'000);
  EXPECT_EQ(std::count(kept.begin(), kept.end(), newest), 1);
  EXPECT_GT(kept.front(), "00old1000500");
}

// A server that is restarted often never gets to a thousand records, and must not fill the disk for that.
TEST_F(Decisions, DropTheOldestAlsoAfterManyRestarts) {
  fill(store_, limits::kDecisions + 500);
  record();
  log_.reset();
  EXPECT_EQ(store_.list("decision", "", "", 2 * limits::kDecisions)->size(), limits::kDecisions);
}

TEST_F(Decisions, AreListedNewestFirstAlsoWhenManyReplicasHaveNotYetSwept) {
  fill(store_, limits::kDecisions + 5'000);
  const std::string newest = record();
  EXPECT_THAT(ids_of(log_->newest(1, "")), ElementsAre(newest));
}

TEST_F(Decisions, OfStrangersKeepTheirNewestAndPushOutNoOther) {
  const std::string proven = record("granted");
  std::string last;
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < limits::kStrangersDecisions; ++i) last = record_strangers();
    log_->flush();
  }
  EXPECT_EQ(code_of(log_->find(last)), "ok");
  EXPECT_EQ(code_of(log_->find(proven)), "ok");
  EXPECT_THAT(ids_of(log_->newest(1, "granted")), ElementsAre(proven));
  EXPECT_EQ(stored_count("decision"), 1U);
  EXPECT_LE(stored_count("decision-of-strangers"), 2 * limits::kStrangersDecisions);
}

// Faster than any store: a flood costs its own oldest records, and nobody waits for room.
TEST_F(Decisions, OfStrangersNeverHoldUpAnybody) {
  std::string last;
  for (int i = 0; i < 20'000; ++i) last = record_strangers();
  const std::string proven = record();
  EXPECT_EQ(code_of(log_->find(last)), "ok");
  EXPECT_EQ(code_of(log_->find(proven)), "ok");
  EXPECT_LE(log_->newest(100'000, "")->size(), 3 * limits::kStrangersDecisions);
  log_->flush();
  EXPECT_THAT(ids_of(log_->newest(2, "")), ElementsAre(proven, last));
}

TEST_F(Decisions, OfStrangersCutWhatAStrangerWrote) {
  const std::string ascii = record_strangers(std::string(16'384, 'x'));
  const std::string greek = record_strangers("a" + [] {
    std::string text;
    for (int i = 0; i < 8'000; ++i) text += "\u03b1";
    return text;
  }());
  log_->flush();
  for (const std::string& id : {ascii, greek}) {
    const Json decision = log_->find(id).value();
    EXPECT_LE(decision.find_string("subject")->size(), 515U);
    EXPECT_GE(decision.find_string("subject")->size(), 512U);
    EXPECT_LE(decision.find("error")->find_string("detail")->size(), 515U);
  }
}

TEST_F(Decisions, OfStrangersOutliveTheProcess) {
  record_strangers();
  const std::string id = record_strangers();  // within the pause after the first
  log_.reset();
  log_ = std::make_unique<DecisionLog>(store_, clock_, quiet_);
  EXPECT_EQ(code_of(log_->find(id)), "ok");
}

TEST_F(Decisions, AreFoundByManyThreadsWhileTheyAreWritten) {
  constexpr int kThreads = 4, kEach = 200;
  std::latch start(kThreads);
  std::atomic<int> missing = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      for (int i = 0; i < kEach; ++i) {
        const std::string id = record();
        if (!log_->find(id).has_value()) ++missing;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  log_->flush();
  EXPECT_EQ(missing, 0);
  EXPECT_EQ(log_->newest(limits::kDecisions, "")->size(), static_cast<std::size_t>(kThreads * kEach));
}

}  // namespace
}  // namespace avouch::ledger
