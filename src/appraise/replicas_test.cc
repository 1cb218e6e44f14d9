// Sessions of replicas: several Sessions over one store and one key, as processes on several machines have them.
#include <gtest/gtest.h>

#include <thread>

#include "appraise/session.h"
#include "crypto/random.h"
#include "store/backends.h"
#include "testing/code_of.h"
#include "testing/manual_clock.h"

namespace avouch::appraise {
namespace {

using std::chrono::seconds;
using testing::code_of;

constexpr seconds kLifetime{300};

class ReplicaSessions : public ::testing::Test {
 protected:
  Sessions replica(const Clock& clock) {
    return Sessions(key_, make_spent_nonces_in_store(*store_), clock, kLifetime, TicketScope::kReplicas);
  }

  testing::ManualClock clock_, other_clock_;
  std::unique_ptr<store::Store> store_ = store::make_memory_store(clock_);
  const Secret key_{crypto::random_bytes(crypto::kAesKeyBytes)};
  Sessions first_ = replica(clock_), second_ = replica(clock_);
};

TEST_F(ReplicaSessions, ATicketOfOneIsGoodAtTheOther) {
  const Challenge challenge = first_.issue("cca");
  const Result<Session> session = second_.redeem(challenge.ticket);
  ASSERT_EQ(code_of(session), "ok");
  EXPECT_EQ(session->nonce, challenge.session.nonce);
  EXPECT_EQ(session->tee, "cca");
}

TEST_F(ReplicaSessions, ANonceServesOnceAmongAllOfThem) {
  const Challenge challenge = first_.issue("cca");
  EXPECT_EQ(code_of(second_.redeem(challenge.ticket)), "ok");
  EXPECT_EQ(code_of(first_.redeem(challenge.ticket)), "session.used");
  EXPECT_EQ(code_of(second_.redeem(challenge.ticket)), "session.used");
  EXPECT_EQ(code_of(replica(clock_).redeem(challenge.ticket)), "session.used") << "nor after a restart";
}

TEST_F(ReplicaSessions, OfManyWhoRedeemAtOnceOneSucceeds) {
  for (int round = 0; round < 20; ++round) {
    const Challenge challenge = first_.issue("cca");
    std::atomic<int> count = 0;
    std::vector<std::thread> threads;
    for (Sessions* each : {&first_, &second_, &first_, &second_}) {
      threads.emplace_back([&, each] { count += each->redeem(challenge.ticket).has_value() ? 1 : 0; });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(count, 1);
  }
}

TEST_F(ReplicaSessions, ANonceStaysUsedWhileSomeReplicasClockLetsItsTicketCount) {
  const Challenge challenge = first_.issue("cca");
  EXPECT_EQ(code_of(first_.redeem(challenge.ticket)), "ok");
  Sessions behind = replica(other_clock_);  // and collected by one that is as far ahead as is allowed
  other_clock_.advance(kLifetime - seconds(1));
  clock_.advance(kLifetime - seconds(1) + kReplicaClockSkew);
  ASSERT_TRUE(store_->collect_garbage().has_value());
  EXPECT_EQ(code_of(behind.redeem(challenge.ticket)), "session.used");
}

TEST_F(ReplicaSessions, ATicketEndsByTheTimeOfDayOnEveryMachine) {
  const Challenge challenge = first_.issue("cca");
  clock_.advance(kLifetime - seconds(1));
  EXPECT_EQ(code_of(second_.open(challenge.ticket)), "ok");
  clock_.advance(seconds(1));
  EXPECT_EQ(code_of(second_.open(challenge.ticket)), "session.expired");
}

TEST_F(ReplicaSessions, ATicketOutlivesMidnightAndNoTicketOutlivesItsKey) {
  for (int hours = 0; hours < 48; ++hours) {
    const Challenge challenge = first_.issue("cca");
    clock_.advance(kLifetime - seconds(1));
    EXPECT_EQ(code_of(second_.open(challenge.ticket)), "ok") << hours;
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(code_of(second_.open(challenge.ticket)), "session.expired") << hours;
    clock_.advance(std::chrono::hours(48));
    EXPECT_EQ(code_of(second_.open(challenge.ticket)), "session.unknown") << hours;
  }
}

TEST_F(ReplicaSessions, AnotherKeyOpensNoTicket) {
  Sessions stranger(Secret(crypto::random_bytes(crypto::kAesKeyBytes)), make_spent_nonces_in_store(*store_), clock_,
                    kLifetime, TicketScope::kReplicas);
  EXPECT_EQ(code_of(stranger.open(first_.issue("cca").ticket)), "session.unknown");
  // The same key in a process of its own is another key.
  Sessions alone(key_, make_spent_nonces_in_memory(clock_), clock_, kLifetime);
  EXPECT_EQ(code_of(alone.open(first_.issue("cca").ticket)), "session.unknown");
  EXPECT_EQ(code_of(first_.open(alone.issue("cca").ticket)), "session.unknown");
}

}  // namespace
}  // namespace avouch::appraise
