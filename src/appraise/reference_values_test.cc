#include "appraise/reference_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "base/limits.h"
#include "codec/json_depth.h"
#include "testing/code_of.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace avouch::appraise {
namespace {

using namespace std::chrono_literals;
using testing::code_of;

class ReferenceValuesTest : public ::testing::Test {
 protected:
  static Json find(ReferenceValues& values, const std::string& name, Instant now) {
    const auto snapshot = values.snapshot();
    EXPECT_EQ(code_of(snapshot), "ok");
    return snapshot.has_value() ? (*snapshot)->find(name, now) : Json("no snapshot");
  }
  Json find(const std::string& name) { return find(values_, name, clock_.now()); }
  void store(const std::string& key, const std::string& record) {
    ASSERT_EQ(code_of(store_.put("reference_value", key, as_bytes(record), store::Expiry::never())), "ok");
  }
  std::string stored(const std::string& key) {
    return std::string(as_text(store_.get("reference_value", key).value().value()));
  }

  testing::ManualClock clock_;
  testing::FailingStore store_{clock_};
  ReferenceValues values_{store_, clock_};
};

TEST_F(ReferenceValuesTest, FindsWhatWasSetAndNothingElse) {
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"a", "b"}))), "ok");
  EXPECT_EQ(find("rim"), Json::array({"a", "b"}));
  for (const char* other : {"", "ri", "rim2", "RIM", "rim/"}) EXPECT_EQ(find(other), Json()) << other;
}

TEST_F(ReferenceValuesTest, SetsManyNamesOrNone) {
  ASSERT_EQ(code_of(values_.set_all({{"rim", Json::array({"a"})}, {"rem", 7}})), "ok");
  EXPECT_EQ(find("rim"), Json::array({"a"}));
  EXPECT_EQ(find("rem"), Json(7));
  EXPECT_EQ(code_of(values_.set_all({{"rim", "b"}, {std::string(600, 'x'), 1}})), "store.key");
  EXPECT_EQ(find("rim"), Json::array({"a"}));
}

TEST_F(ReferenceValuesTest, ReplacesAValueWhole) {
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"a"}))), "ok");
  ASSERT_EQ(code_of(values_.set("rim", 7)), "ok");
  EXPECT_EQ(find("rim"), Json(7));
}

TEST_F(ReferenceValuesTest, CountsAnExpiredValueAsMissing) {
  ASSERT_EQ(code_of(values_.set("rim", "a", clock_.now() + 10s)), "ok");
  EXPECT_EQ(find(values_, "rim", clock_.now() + 10s - 1ms), Json("a"));
  EXPECT_EQ(find(values_, "rim", clock_.now() + 10s), Json());
  ASSERT_EQ(code_of(values_.set("old", "a", clock_.now() - 1s)), "ok");
  EXPECT_EQ(find("old"), Json());
}

TEST_F(ReferenceValuesTest, KeepsAValueForTwelveMonths) {
  clock_.set(std::chrono::sys_days(2027y / 3 / 31) + 12h + 34min + 56s);
  ASSERT_EQ(code_of(values_.set("rim", "a")), "ok");
  EXPECT_EQ(values_.snapshot().value()->all().at("rim").expires_at,
            std::chrono::sys_days(2028y / 3 / 31) + 12h + 34min + 56s);
}

TEST_F(ReferenceValuesTest, LetsAValueOfALeapDayEndOnTheLastDayOfFebruary) {
  clock_.set(std::chrono::sys_days(2028y / 2 / 29) + 23h);
  ASSERT_EQ(code_of(values_.set("rim", "a")), "ok");
  EXPECT_EQ(values_.snapshot().value()->all().at("rim").expires_at, std::chrono::sys_days(2029y / 2 / 28) + 23h);
}

TEST_F(ReferenceValuesTest, WritesTheRecordsOfThePeer) {
  ASSERT_EQ(code_of(values_.set("svn", 1, std::chrono::sys_days(2027y / 11 / 22) + 3h + 30min + 16s)), "ok");
  EXPECT_EQ(stored("svn"),
            "{\"version\":\"0.1.0\",\"name\":\"svn\",\"expiration\":\"2027-11-22T03:30:16Z\",\"value\":1}");
}

TEST_F(ReferenceValuesTest, ReadsTheRecordsOfThePeer) {
  store("svn", R"({"version":"0.1.0","name":"svn","expiration":"2027-11-22T03:30:16.123456789Z","value":[1,2],"x":0})");
  EXPECT_EQ(find("svn"), Json::array({1, 2}));
  EXPECT_EQ(values_.snapshot().value()->all().at("svn").expires_at,
            std::chrono::sys_days(2027y / 11 / 22) + 3h + 30min + 16s);
}

TEST_F(ReferenceValuesTest, NamesDamagedRecordsAndAnswersFromTheOthers) {
  ASSERT_EQ(code_of(values_.set("b", 7)), "ok");
  for (const char* record :
       {"", "{", "[]", "null", R"({"name":"a","expiration":"2027-11-22T03:30:16Z"})", R"({"name":"a","value":1})",
        R"({"expiration":"2027-11-22T03:30:16Z","value":1})",
        R"({"name":1,"expiration":"2027-11-22T03:30:16Z","value":1})", R"({"name":"a","expiration":1,"value":1})",
        R"({"name":"a","expiration":"","value":1})", R"({"name":"a","expiration":"Z","value":1})",
        R"({"name":"a","expiration":"2027-11-22","value":1})",
        R"({"name":"a","expiration":"2027-11-22T03:30:16","value":1})",
        R"({"name":"a","expiration":"2027-11-22T03:30:16+01:00","value":1})",
        R"({"name":"a","expiration":"2027-11-22T03:30:16+01:00Z","value":1})",
        R"({"name":"a","expiration":"2027-11-22T03:30:16.Z","value":1})",
        R"({"name":"a","expiration":"2027-13-22T03:30:16Z","value":1})",
        R"({"name":"a","expiration":"2027-02-31T03:30:16Z","value":1})",
        R"({"name":"c","expiration":"2027-11-22T03:30:16Z","value":1})"}) {
    store("a", record);
    const auto snapshot = values_.snapshot();
    ASSERT_EQ(code_of(snapshot), "ok") << record;
    EXPECT_EQ((*snapshot)->find("a", clock_.now()), Json()) << record;
    EXPECT_EQ((*snapshot)->find("c", clock_.now()), Json()) << record;
    EXPECT_EQ((*snapshot)->find("b", clock_.now()), Json(7)) << record;
    ASSERT_TRUE((*snapshot)->damaged().contains("a")) << record;
    EXPECT_STREQ((*snapshot)->damaged().at("a").code, "reference.damaged") << record;
    EXPECT_EQ((*snapshot)->damaged().size(), 1U) << record;
    EXPECT_EQ(code_of(values_.add("a", "b")), "reference.damaged") << record;
  }
  ASSERT_EQ(values_.erase("a").value(), true);
  EXPECT_TRUE(values_.snapshot().value()->damaged().empty());
  store("a", "{");
  ASSERT_EQ(code_of(values_.set("a", 1)), "ok");
  EXPECT_TRUE(values_.snapshot().value()->damaged().empty());
}

TEST_F(ReferenceValuesTest, AddsMeasuredValuesToAList) {
  ASSERT_EQ(code_of(values_.add("rim", "a")), "ok");
  EXPECT_EQ(find("rim"), Json::array({"a"}));
  ASSERT_EQ(code_of(values_.add("rim", "b")), "ok");
  EXPECT_EQ(find("rim"), Json::array({"a", "b"}));
  ASSERT_EQ(code_of(values_.add("rim", "a")), "ok");
  EXPECT_EQ(find("rim"), Json::array({"a", "b"}));
}

TEST_F(ReferenceValuesTest, MakesASingleValueAListWhenOneIsAdded) {
  ASSERT_EQ(code_of(values_.set("svn", 1)), "ok");
  ASSERT_EQ(code_of(values_.add("svn", 2)), "ok");
  EXPECT_EQ(find("svn"), Json::array({1, 2}));
}

TEST_F(ReferenceValuesTest, AddsWithoutProlongingWhatIsThere) {
  const Instant end = clock_.now() + 60s;
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"a"}), end)), "ok");
  ASSERT_EQ(code_of(values_.add("rim", "b")), "ok");
  EXPECT_EQ(values_.snapshot().value()->all().at("rim").expires_at, end);
}

TEST_F(ReferenceValuesTest, DoesNotBringExpiredValuesBackWhenOneIsAdded) {
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"revoked"}), clock_.now() + 60s)), "ok");
  clock_.advance(61s);
  ASSERT_EQ(code_of(values_.add("rim", "new")), "ok");
  EXPECT_EQ(find("rim"), Json::array({"new"}));
}

TEST_F(ReferenceValuesTest, LosesNothingThatManyAddAtOnce) {
  constexpr int kRounds = 200, kThreads = 4;
  for (int round = 0; round < kRounds; ++round) {
    const std::string name = "rim" + std::to_string(round);
    if (round % 2 == 1) {
      ASSERT_EQ(code_of(values_.set(name, "expired", clock_.now() - 1s)), "ok");
    }
    std::latch start(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([this, t, &name, &start] {
        ReferenceValues own(store_, clock_);
        start.arrive_and_wait();
        for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of(own.add(name, 10 * t + i)), "ok");
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(find(name).as_array()->size(), 12U) << to_text(find(name));
  }
}

TEST_F(ReferenceValuesTest, ServesOldOrNewButNothingElseWhileItIsReplaced) {
  ASSERT_EQ(code_of(values_.set("rim", "a")), "ok");
  std::atomic<bool> done = false;
  std::atomic<int> others = 0, settled = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      while (!done) {
        const Json seen = find("rim");
        if (seen != Json("a") && seen != Json("b")) ++others;
      }
      if (find("rim") == Json("b")) ++settled;  // the last one
    });
  }
  for (int i = 0; i < 101; ++i) EXPECT_EQ(code_of(values_.set("rim", i % 2 == 0 ? "b" : "a")), "ok");
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(others, 0);
  EXPECT_EQ(settled, 3);
}

TEST_F(ReferenceValuesTest, FollowsTheChangesOfAnotherProcess) {
  ReferenceValues other(store_, clock_);
  EXPECT_EQ(find("rim"), Json());
  ASSERT_EQ(code_of(other.set("rim", "a")), "ok");
  EXPECT_EQ(find("rim"), Json("a"));
  EXPECT_EQ(other.erase("rim").value(), true);
  EXPECT_EQ(find("rim"), Json());
  EXPECT_EQ(other.erase("rim").value(), false);
}

TEST_F(ReferenceValuesTest, LeavesASnapshotAsItWas) {
  ASSERT_EQ(code_of(values_.set("rim", "a")), "ok");
  const auto before = values_.snapshot().value();
  ASSERT_EQ(code_of(values_.set("rim", "b")), "ok");
  EXPECT_EQ(before->find("rim", clock_.now()), Json("a"));
}

TEST_F(ReferenceValuesTest, AnswersAppraisalsByNameAsItStandsThen) {
  const auto ask = [this](const References& references, const char* name) {
    return references.ask(name, clock_.now());
  };
  const auto references = values_.references({"svn"}).value();
  EXPECT_EQ(ask(*references, "rim").value, Json());
  for (const char* name : {"rim", "svn"}) ASSERT_EQ(code_of(values_.set(name, "a")), "ok");
  EXPECT_EQ(ask(*references, "svn").value, Json());  // of one moment, as far as the names are known
  EXPECT_EQ(ask(*values_.references({"svn"}).value(), "svn").value, Json("a"));
  ASSERT_TRUE(store_.put("reference_value", "other", as_bytes("{"), store::Expiry::never()).has_value());
  EXPECT_EQ(ask(*references, "rim").value, Json("a"));
  EXPECT_STREQ(ask(*references, "other").failure->code, "reference.damaged");
  for (const char* nameless : {"", "no store\nholds it"}) EXPECT_FALSE(ask(*references, nameless).failure.has_value());
  store_.fail(true);
  EXPECT_STREQ(ask(*references, "rim").failure->code, "store.full");
  EXPECT_EQ(code_of(values_.references({"rim"})), "store.full");
}

TEST_F(ReferenceValuesTest, ReadsMoreThanAPageOfThem) {
  for (int i = 0; i < 2'100; ++i) ASSERT_EQ(code_of(values_.set("value-" + std::to_string(i), i)), "ok");
  EXPECT_EQ(values_.snapshot().value()->all().size(), 2'100U);
  EXPECT_EQ(find("value-2099"), Json(2'099));
}

TEST_F(ReferenceValuesTest, ReadsOnlyTheFirstNamesOrOneWhereThatIsEnough) {
  for (const char* name : {"b", "c", "a"}) ASSERT_EQ(code_of(values_.set(name, name)), "ok");
  ASSERT_EQ(code_of(values_.change({LifeState::kRevoked, "aa", Json("x"), {}, {}})), "ok");
  EXPECT_THAT(values_.snapshot(3).value()->names(), ::testing::ElementsAre("a", "aa", "b"));
  EXPECT_THAT(values_.snapshot_of("c").value()->names(), ::testing::ElementsAre("c"));
  for (const std::string& none : {std::string("d"), std::string(600, 'c'), std::string()}) {
    EXPECT_TRUE(values_.snapshot_of(none).value()->names().empty()) << none;
  }
}

// A value is kept, recorded and listed within other JSON: it must not reach the depth at which that cannot be read.
TEST_F(ReferenceValuesTest, SetsNothingThatIsTooDeepToBeReadAgain) {
  const auto nested = [](std::size_t depth) {
    Json value = "x";
    for (std::size_t i = 0; i < depth; ++i) value = Json::array({value});
    return value;
  };
  ASSERT_EQ(code_of(values_.set("deep", nested(limits::kEmbeddedJsonDepth))), "ok");
  EXPECT_EQ(find("deep"), nested(limits::kEmbeddedJsonDepth));
  for (const std::size_t depth : {limits::kEmbeddedJsonDepth + 1, limits::kJsonDepth, limits::kJsonDepth + 1}) {
    EXPECT_EQ(code_of(values_.set("deeper", nested(depth))), "reference.depth") << depth;
    EXPECT_EQ(code_of(values_.add("deeper", nested(depth))), "reference.depth") << depth;
    EXPECT_EQ(code_of(values_.set_all({{"other", 1}, {"deeper", nested(depth)}})), "reference.depth") << depth;
  }
  EXPECT_EQ(code_of(values_.add("deeper", nested(limits::kEmbeddedJsonDepth))), "reference.depth");
  EXPECT_EQ(find("deeper"), Json());
  EXPECT_EQ(find("other"), Json());
}

TEST_F(ReferenceValuesTest, RefusesNamesThatNoStoreCanHold) {
  for (const std::string& name : {std::string(), std::string("ä"), std::string("a\nb"), std::string(513, 'a')}) {
    EXPECT_EQ(code_of(values_.set(name, 1)), "store.key") << name;
    EXPECT_EQ(code_of(values_.add(name, 1)), "store.key") << name;
  }
}

// One that says "another has written in between" of every write.
class LosingStore final : public testing::FailingStore {
 public:
  using FailingStore::FailingStore;
  Result<bool> put_if_absent(std::string_view, std::string_view, Bytes, store::Expiry) override { return false; }
};

TEST_F(ReferenceValuesTest, GivesUpWhereOthersWriteAllTheTime) {
  LosingStore losing(clock_);
  EXPECT_EQ(code_of(ReferenceValues(losing, clock_).add("rim", "a")), "store.busy");
}

TEST_F(ReferenceValuesTest, FailsWithTheStoreRatherThanAnsweringFromMemory) {
  ASSERT_EQ(code_of(values_.set("rim", "a")), "ok");
  ASSERT_EQ(find("rim"), Json("a"));
  store_.fail(true);
  EXPECT_EQ(code_of(values_.snapshot()), "store.full");
  EXPECT_EQ(code_of(values_.set("rim", "b")), "store.full");
  EXPECT_EQ(code_of(values_.add("rim", "b")), "store.full");
  store_.fail(false);
  EXPECT_EQ(find("rim"), Json("a"));
}

}  // namespace
}  // namespace avouch::appraise
