#include "appraise/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "codec/base64.h"
#include "crypto/random.h"
#include "testing/code_of.h"
#include "testing/manual_clock.h"

namespace avouch::appraise {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::code_of;

constexpr seconds kLifetime{300};

class SessionTest : public ::testing::Test {
 protected:
  Sessions make(const Secret& key) { return Sessions(key, make_spent_nonces_in_memory(clock_), clock_, kLifetime); }

  testing::ManualClock clock_;
  const Secret key_{crypto::random_bytes(crypto::kAesKeyBytes)};
  Sessions sessions_ = make(key_);
};

TEST_F(SessionTest, GivesBackWhatItIssued) {
  const Challenge challenge = sessions_.issue("cca");
  const Result<Session> session = sessions_.redeem(challenge.ticket);
  ASSERT_EQ(code_of(session), "ok");
  EXPECT_EQ(session->nonce, challenge.session.nonce);
  EXPECT_EQ(session->nonce.size(), 32U);
  EXPECT_EQ(session->tee, "cca");
  EXPECT_EQ(session->expires_at, clock_.now() + kLifetime);
}

TEST_F(SessionTest, CarriesAChallengeThatTheRelyingPartyChose) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{8}, kChallengeBytesMax}) {
    const Challenge challenge = sessions_.issue("cca", Buffer(size, 0x5a));
    const Result<Session> session = sessions_.redeem(challenge.ticket);
    ASSERT_EQ(code_of(session), "ok") << size;
    EXPECT_EQ(session->challenge, Buffer(size, 0x5a));
    EXPECT_EQ(session->nonce.size(), 32U);
    EXPECT_EQ(session->tee, "cca");
  }
  EXPECT_EQ(sessions_.redeem(sessions_.issue("cca").ticket)->challenge, Buffer());
}

TEST_F(SessionTest, TellsSessionsOfOneChallengeApart) {
  const Challenge first = sessions_.issue("", Buffer(8, 1)), second = sessions_.issue("", Buffer(8, 1));
  EXPECT_EQ(code_of(sessions_.redeem(first.ticket)), "ok");
  EXPECT_EQ(code_of(sessions_.redeem(first.ticket)), "session.used");
  EXPECT_EQ(code_of(sessions_.redeem(second.ticket)), "ok");
}

TEST_F(SessionTest, SaysWhetherASessionWasUsedUp) {
  const Challenge challenge = sessions_.issue("cca");
  EXPECT_FALSE(sessions_.is_used_up(challenge.session).value());
  EXPECT_EQ(code_of(sessions_.redeem(challenge.ticket)), "ok");
  EXPECT_TRUE(sessions_.is_used_up(challenge.session).value());
  EXPECT_FALSE(sessions_.is_used_up(sessions_.issue("cca").session).value());
}

TEST_F(SessionTest, NeverIssuesANonceOrATicketTwice) {
  std::set<Buffer> nonces;
  std::set<std::string> tickets;
  for (int i = 0; i < 10'000; ++i) {
    Challenge challenge = sessions_.issue("cca");
    nonces.insert(std::move(challenge.session.nonce));
    tickets.insert(std::move(challenge.ticket));
  }
  EXPECT_EQ(nonces.size(), 10'000U);
  EXPECT_EQ(tickets.size(), 10'000U);
}

TEST_F(SessionTest, SealsTheNonceInTheTicket) {
  const Challenge challenge = sessions_.issue("cca");
  const Buffer sealed = codec::from_base64url(challenge.ticket).value();
  const std::string_view octets = as_text(sealed);
  EXPECT_EQ(octets.find(as_text(challenge.session.nonce)), std::string_view::npos);
  EXPECT_EQ(octets.find("cca"), std::string_view::npos);
}

// The spent nonces of a server that only issues challenges: it must not hear of them.
class Untouched final : public SpentNonces {
 public:
  Result<bool> spend(const Session&) override {
    ADD_FAILURE() << "issuing or opening a ticket has spent it";
    return false;
  }
  Result<bool> is_spent(const Session&) override { return false; }
};

TEST_F(SessionTest, KeepsNothingOfTheChallengesThatItIssuesAndOpens) {
  const Sessions sessions(key_, std::make_unique<Untouched>(), clock_, kLifetime);  // const: nothing to grow
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(code_of(sessions.open(sessions.issue("cca").ticket)), "ok");
}

TEST_F(SessionTest, RedeemsATicketOfAReplicaWithTheSameKey) {
  Sessions replica = make(key_);
  EXPECT_EQ(code_of(replica.redeem(sessions_.issue("cca").ticket)), "ok");
}

TEST_F(SessionTest, RefusesATicketOfAnotherKey) {
  Sessions other = make(Secret(crypto::random_bytes(crypto::kAesKeyBytes)));
  const Result<Session> session = sessions_.redeem(other.issue("cca").ticket);
  EXPECT_EQ(code_of(session), "session.unknown");
  EXPECT_EQ(session.error().blame, Blame::kRequest);
}

TEST_F(SessionTest, RefusesATicketWithAnyBitFlipped) {
  Buffer sealed = codec::from_base64url(sessions_.issue("cca").ticket).value();
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    sealed[bit / 8] ^= mask;
    EXPECT_EQ(code_of(sessions_.open(codec::to_base64url(sealed))), "session.unknown") << bit;
    sealed[bit / 8] ^= mask;
  }
  EXPECT_EQ(code_of(sessions_.open(codec::to_base64url(sealed))), "ok");
}

TEST_F(SessionTest, RefusesATicketWithAnyCharacterChanged) {
  const std::string ticket = sessions_.issue("cca").ticket;
  for (std::size_t at = 0; at < ticket.size(); ++at) {
    for (const char c : {'A', 'b', '=', '+', ' ', '\0'}) {
      std::string bent = ticket;
      if (bent[at] == c) continue;
      bent[at] = c;
      EXPECT_EQ(code_of(sessions_.open(bent)), "session.unknown") << at << c;
    }
  }
}

TEST_F(SessionTest, RefusesATicketTruncatedOrLengthened) {
  const std::string ticket = sessions_.issue("cca").ticket;
  for (std::size_t length = 0; length < ticket.size(); ++length) {
    EXPECT_EQ(code_of(sessions_.open(ticket.substr(0, length))), "session.unknown") << length;
    EXPECT_EQ(code_of(sessions_.open(ticket.substr(ticket.size() - length))), "session.unknown") << length;
  }
  for (const char* tail : {"A", "AAAA", "=", "==", "\n"}) {
    EXPECT_EQ(code_of(sessions_.open(ticket + tail)), "session.unknown") << tail;
  }
  EXPECT_EQ(code_of(sessions_.open(std::string(10'000'000, 'A'))), "session.unknown");
}

TEST_F(SessionTest, RefusesATicketFromTheMomentItExpires) {
  const std::string ticket = sessions_.issue("cca").ticket;
  clock_.advance(kLifetime - milliseconds(1));
  EXPECT_EQ(code_of(sessions_.open(ticket)), "ok");
  clock_.advance(milliseconds(1));
  EXPECT_EQ(code_of(sessions_.open(ticket)), "session.expired");
  EXPECT_EQ(code_of(sessions_.redeem(ticket)), "session.expired");
}

TEST_F(SessionTest, RefusesATicketThatWasUsed) {
  const std::string ticket = sessions_.issue("cca").ticket;
  ASSERT_EQ(code_of(sessions_.redeem(ticket)), "ok");
  const Result<Session> again = sessions_.redeem(ticket);
  EXPECT_EQ(code_of(again), "session.used");
  EXPECT_EQ(again.error().blame, Blame::kRequest);
  clock_.advance(kLifetime - milliseconds(1));
  EXPECT_EQ(code_of(sessions_.redeem(ticket)), "session.used");
}

TEST_F(SessionTest, RefusesAUsedTicketAfterTheTimeOfDayWasSetForwardAndBack) {
  const std::string ticket = sessions_.issue("cca").ticket;
  ASSERT_EQ(code_of(sessions_.redeem(ticket)), "ok");
  for (int jumps = 0; jumps < 3; ++jumps) {
    clock_.jump(2 * kLifetime);
    EXPECT_EQ(code_of(sessions_.redeem(ticket)), "session.expired");
    EXPECT_EQ(code_of(sessions_.redeem(sessions_.issue("cca").ticket)), "ok");  // others go on, and push out the old
    clock_.jump(-2 * kLifetime);
    EXPECT_EQ(code_of(sessions_.redeem(ticket)), "session.used");
  }
}

TEST_F(SessionTest, LivesNoLongerWhenTheTimeOfDayIsSetBack) {
  const std::string ticket = sessions_.issue("cca").ticket;
  clock_.jump(-std::chrono::hours(24 * 365));
  EXPECT_EQ(code_of(sessions_.open(ticket)), "ok");
  clock_.advance(kLifetime);
  EXPECT_EQ(code_of(sessions_.open(ticket)), "session.expired");
}

TEST_F(SessionTest, OpensATicketAsOftenAsAskedWithoutUsingItUp) {
  const std::string ticket = sessions_.issue("cca").ticket;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of(sessions_.open(ticket)), "ok");
  EXPECT_EQ(code_of(sessions_.redeem(ticket)), "ok");
}

TEST_F(SessionTest, LetsOneOfManyWinARaceForATicket) {
  for (int round = 0; round < 50; ++round) {
    const std::string ticket = sessions_.issue("cca").ticket;
    std::atomic<int> won = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { won += sessions_.redeem(ticket).has_value() ? 1 : 0; });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(won, 1);
  }
}

// As a store that cannot be reached, or a bound that is reached.
class Full final : public SpentNonces {
 public:
  Result<bool> spend(const Session&) override { return Error{Blame::kUnavailable, "session.too-many", "too many"}; }
  Result<bool> is_spent(const Session&) override { return false; }
};

TEST_F(SessionTest, RefusesWhatItCannotMarkAsUsed) {
  Sessions sessions(key_, std::make_unique<Full>(), clock_, kLifetime);
  const Result<Session> session = sessions.redeem(sessions.issue("cca").ticket);
  EXPECT_EQ(code_of(session), "session.too-many");
  EXPECT_EQ(session.error().blame, Blame::kUnavailable);
}

}  // namespace
}  // namespace avouch::appraise
