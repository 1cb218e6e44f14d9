#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "appraise/reference_values.h"
#include "appraise/supplier_for_test.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "format/corim_testing.h"
#include "testing/code_of.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace avouch::appraise {
namespace {

using namespace std::chrono_literals;
using testing::code_of;

class ReferenceLifeTest : public ::testing::Test {
 protected:
  static LifeChange change(LifeState state, std::optional<Json> value = std::nullopt,
                           std::optional<Instant> ends_at = std::nullopt) {
    return {state, "rim", std::move(value), ends_at, {"alice", "01jd", "because"}};
  }
  std::string say(const LifeChange& what) { return code_of(values_.change(what)); }
  std::string stage(Json value) { return say(change(LifeState::kCandidate, std::move(value))); }
  std::string activate(std::optional<Json> value = std::nullopt) {
    return say(change(LifeState::kActive, std::move(value)));
  }
  std::string deprecate(std::optional<Json> value, std::optional<Instant> until) {
    return say(change(LifeState::kDeprecated, std::move(value), until));
  }
  std::string revoke(std::optional<Json> value = std::nullopt) {
    return say(change(LifeState::kRevoked, std::move(value)));
  }
  Json find(const std::string& name = "rim") {
    const auto snapshot = values_.snapshot();
    EXPECT_EQ(code_of(snapshot), "ok");
    return snapshot.has_value() ? (*snapshot)->find(name, clock_.now()) : Json("no snapshot");
  }
  ReferenceAnswer ask() { return values_.snapshot().value()->ask("rim", clock_.now()); }
  // What the peer, which reads nothing but its own record, would take for the value.
  Json peers_value() {
    const auto record = store_.get("reference_value", "rim").value();
    return record.has_value() ? *parse_json(as_text(*record))->find("value") : Json("no record");
  }
  void put(const char* space, const std::string& record) {
    ASSERT_EQ(code_of(store_.put(space, "rim", as_bytes(record), store::Expiry::never())), "ok");
  }

  testing::ManualClock clock_;
  testing::FailingStore store_{clock_};
  ReferenceValues values_{store_, clock_};
};

TEST_F(ReferenceLifeTest, UsesNoCandidateUntilItIsActivated) {
  ASSERT_EQ(stage("b"), "ok");
  EXPECT_EQ(find(), Json());
  EXPECT_EQ(peers_value(), Json("no record"));
  EXPECT_EQ(ask().life.as_array()->at(0).find_string("state")[0], "candidate");
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"a"}))), "ok");
  EXPECT_EQ(find(), Json::array({"a"}));
  ASSERT_EQ(activate(), "ok");
  EXPECT_EQ(find(), Json::array({"a", "b"}));
  EXPECT_EQ(peers_value(), Json::array({"a", "b"}));
  EXPECT_EQ(activate(), "reference.unknown") << "there is no candidate left";
}

TEST_F(ReferenceLifeTest, ActivatesOnlyTheCandidateThatIsNamed) {
  ASSERT_EQ(stage(Json::array({"a", "b"})), "ok");
  ASSERT_EQ(activate("b"), "ok");
  EXPECT_EQ(find(), Json::array({"b"}));
  EXPECT_EQ(activate("c"), "reference.unknown");
  EXPECT_EQ(activate("b"), "ok") << "it is so already";
}

TEST_F(ReferenceLifeTest, TakesSettingACandidateForActivatingIt) {
  ASSERT_EQ(stage(Json::array({"a", "b", "c", "d"})), "ok");
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"a"}))), "ok");
  ASSERT_EQ(code_of(values_.add("rim", "b")), "ok");
  EXPECT_EQ(find(), Json::array({"a", "b"}));
  ASSERT_EQ(code_of(values_.set_all({{"rim", Json::array({"a", "b", "c"})}})), "ok");
  EXPECT_EQ(values_.snapshot().value()->life("rim").size(), 1U);
  EXPECT_EQ(stage("a"), "ok");
  EXPECT_EQ(find(), Json::array({"a", "b", "c"})) << "what counts does not stop by being staged";
}

TEST_F(ReferenceLifeTest, CountsADeprecatedValueUntilItsEndAndNotesIt) {
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"old", "new"}))), "ok");
  const Instant end = clock_.now() + 60s;
  ASSERT_EQ(deprecate("old", end), "ok");
  clock_.advance(60s - 1ms);
  EXPECT_EQ(find(), Json::array({"old", "new"}));
  EXPECT_EQ(ask().life, Json::array({Json::object({{"value", "old"},
                                                   {"state", "deprecated"},
                                                   {"by", "alice"},
                                                   {"decision", "01jd"},
                                                   {"at", to_rfc3339(end - 60s)},
                                                   {"ends", to_rfc3339(end)},
                                                   {"reason", "because"}})}));
  clock_.advance(1ms);
  EXPECT_EQ(find(), Json::array({"new"}));
  EXPECT_EQ(code_of(values_.add("rim", "old")), "reference.ended");
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"old", "new"}))), "ok");
  EXPECT_EQ(find(), Json::array({"new"})) << "registering the same again does not prolong it";
  ASSERT_EQ(activate("old"), "ok");
  EXPECT_EQ(find(), Json::array({"old", "new"}));
}

TEST_F(ReferenceLifeTest, DeprecatesOnlyWhatCountsAndOnlyUntilATimeToCome) {
  EXPECT_EQ(deprecate(std::nullopt, clock_.now() + 1s), "reference.unknown");
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"a", "b"}))), "ok");
  ASSERT_EQ(stage("c"), "ok");
  EXPECT_EQ(deprecate("a", std::nullopt), "reference.end");
  EXPECT_EQ(deprecate("a", clock_.now()), "reference.end");
  EXPECT_EQ(deprecate("c", clock_.now() + 1s), "reference.state");
  EXPECT_EQ(deprecate("d", clock_.now() + 1s), "reference.unknown");
  EXPECT_EQ(deprecate(std::nullopt, clock_.now() + 1s), "ok");
  clock_.advance(1s);
  EXPECT_EQ(find(), Json()) << "a list of which nothing is left is missing";
}

TEST_F(ReferenceLifeTest, CountsARevokedValueAsMissingForGood) {
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"bad", "good"}))), "ok");
  ASSERT_EQ(revoke("bad"), "ok");
  EXPECT_EQ(find(), Json::array({"good"}));
  EXPECT_EQ(peers_value(), Json::array({"good"}));
  for (const std::string& outcome :
       {code_of(values_.set("rim", Json::array({"bad"}))), code_of(values_.add("rim", "bad")), stage("bad"),
        code_of(values_.set_all({{"other", 1}, {"rim", Json::array({"good", "bad"})}})), activate("bad"),
        deprecate("bad", clock_.now() + 1s)}) {
    EXPECT_EQ(outcome, "reference.revoked");
  }
  EXPECT_EQ(find("other"), Json()) << "all or nothing";
  const Json before = to_json(values_.snapshot().value()->life("rim"));
  clock_.advance(1h);
  EXPECT_EQ(revoke("bad"), "ok");
  EXPECT_EQ(to_json(values_.snapshot().value()->life("rim")), before) << "who revoked it first stays on record";
  EXPECT_EQ(values_.erase("rim").value(), true);
  EXPECT_EQ(code_of(values_.add("rim", "bad")), "ok") << "nothing is known of a name that was deleted";
}

// Whoever writes the peer's record, an old program or the peer itself, brings nothing back.
TEST_F(ReferenceLifeTest, KeepsRevokedWhatAnotherWritesAgain) {
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"bad"}))), "ok");
  ASSERT_EQ(revoke("bad"), "ok");
  EXPECT_EQ(peers_value(), Json());
  put("reference_value", R"({"version":"0.1.0","name":"rim","expiration":"2027-11-22T03:30:16Z","value":["bad"]})");
  EXPECT_EQ(find(), Json());
  put("reference_value", R"({"version":"0.1.0","name":"rim","expiration":"2027-11-22T03:30:16Z","value":"bad"})");
  EXPECT_EQ(find(), Json());
  EXPECT_EQ(ask().life.as_array()->at(0).find_string("state")[0], "revoked");
}

TEST_F(ReferenceLifeTest, KeepsARevocationWhateverIsWrittenMeanwhile) {
  for (int round = 0; round < 50; ++round) {
    ASSERT_EQ(code_of(values_.erase("rim")), "ok");
    std::latch start(3);
    std::thread setter([&] {
      start.arrive_and_wait();
      for (int i = 0; i < 20; ++i) static_cast<void>(values_.set("rim", Json::array({"good", "bad"})).has_value());
    });
    std::thread adder([&] {
      ReferenceValues another(store_, clock_);
      start.arrive_and_wait();
      for (int i = 0; i < 20; ++i) static_cast<void>(another.add("rim", "bad").has_value());
    });
    start.arrive_and_wait();
    EXPECT_EQ(revoke("bad"), "ok");
    for (int i = 0; i < 20; ++i) {
      const Json seen = find();
      EXPECT_TRUE(seen.is_null() || seen == Json::array({"good"})) << to_text(seen);
    }
    setter.join();
    adder.join();
    const Json left = find();
    EXPECT_TRUE(left.is_null() || left == Json::array({"good"})) << to_text(left);
  }
}

TEST_F(ReferenceLifeTest, RevokesEverythingOfANameAndWhatIsNotThereYet) {
  EXPECT_EQ(revoke(), "reference.unknown");
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"a", "b"}))), "ok");
  ASSERT_EQ(stage("c"), "ok");
  ASSERT_EQ(revoke("never-seen"), "ok");
  ASSERT_EQ(revoke(), "ok");
  for (const char* value : {"a", "b", "c", "never-seen"}) {
    EXPECT_EQ(code_of(values_.add("rim", value)), "reference.revoked") << value;
  }
  EXPECT_EQ(find(), Json());
  ASSERT_EQ(code_of(values_.add("rim", "d")), "ok");
  EXPECT_EQ(find(), Json::array({"d"}));
  EXPECT_EQ(peers_value(), Json::array({"d"}));
}

TEST_F(ReferenceLifeTest, RevokesASingleValueThatIsNoList) {
  ASSERT_EQ(code_of(values_.set("rim", 7)), "ok");
  ASSERT_EQ(revoke(7), "ok");
  EXPECT_EQ(find(), Json());
  EXPECT_EQ(code_of(values_.set("rim", 7)), "reference.revoked");
  ASSERT_EQ(code_of(values_.set("rim", 8)), "ok");
  EXPECT_EQ(find(), Json(8));
}

TEST_F(ReferenceLifeTest, LetsACandidateEndWithItsSuppliersWord) {
  const Instant end = clock_.now() + 60s;
  ASSERT_EQ(say(change(LifeState::kCandidate, "a", end)), "ok");
  ASSERT_EQ(activate(), "ok");
  EXPECT_EQ(find(), Json::array({"a"}));
  clock_.set(end);
  EXPECT_EQ(find(), Json());
  ASSERT_EQ(say(change(LifeState::kCandidate, "b", clock_.now() + 1s)), "ok");
  clock_.advance(1s);
  EXPECT_EQ(activate("b"), "reference.end");
}

TEST_F(ReferenceLifeTest, StagesWhatASupplierSends) {
  ProvenanceTrust trust;
  trust.corim.keys = {crypto::PrivateKey::from_pem(test::kSignerKeyPem)->public_key()};
  ReferenceValues values(store_, clock_, trust);
  const std::int64_t end = to_unix_seconds(clock_.now()) + 3600;
  namespace parts = corim::testing;
  const Buffer document = parts::sign(*crypto::PrivateKey::from_pem(test::kSignerKeyPem),
                                      parts::simple_manifest({{4, parts::validity(std::nullopt, end)}}));
  const std::string message = make_provenance("corim", codec::to_base64(document));
  const std::string name = "ACME/RoadRunner/firmware/digests";
  EXPECT_EQ(values.stage(message, {"alice", "01jd", ""}).value(), std::vector<std::string>{name});
  EXPECT_EQ(find(name), Json());
  const LifeEntry entry = values.snapshot().value()->life(name).at(0);
  EXPECT_EQ(entry.reason, "supplied by ACME Ltd.");
  EXPECT_EQ(entry.ends_at, from_unix_seconds(end));
  EXPECT_EQ(code_of(values_.stage(message, {})), "provenance.untrusted");

  EXPECT_EQ(values.accept(message).value(), std::vector<std::string>{name});
  EXPECT_EQ(values.snapshot().value()->all().at(name).expires_at, from_unix_seconds(end));
  EXPECT_NE(find(name), Json());
  EXPECT_TRUE(values.snapshot().value()->life(name).empty()) << "no candidate any more";
}

TEST_F(ReferenceLifeTest, ForecastsWhatEndsInTheOrderOfTheirEnds) {
  const Instant now = clock_.now();
  ASSERT_EQ(code_of(values_.set("late", "x", now + 100h)), "ok");
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"a", "b", "c"}), now + 50h)), "ok");
  ASSERT_EQ(code_of(values_.set("gone", "x", now - 1h)), "ok");
  ASSERT_EQ(deprecate("b", now + 10h), "ok");
  ASSERT_EQ(revoke("c"), "ok");
  ASSERT_EQ(stage("d"), "ok");
  const std::vector<Ending> endings = values_.snapshot().value()->endings(now, now + 60h);
  ASSERT_EQ(endings.size(), 2U);
  EXPECT_EQ(endings[0].value, Json("b"));
  EXPECT_STREQ(endings[0].cause, "deprecated");
  EXPECT_EQ(endings[0].at, now + 10h);
  EXPECT_EQ(endings[1].value, Json("a"));
  EXPECT_STREQ(endings[1].cause, "expires");
  EXPECT_TRUE(values_.snapshot().value()->endings(now, now + 9h).empty());
}

// What cannot be read may say that a value was revoked.
TEST_F(ReferenceLifeTest, LetsNothingCountOfWhichItCannotReadWhatWasSaid) {
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"a"}))), "ok");
  for (
      const char* record :
      {"", "{", "[]", R"({"name":"rim"})", R"({"name":"other","values":[]})", R"({"name":"rim","values":{}})",
       R"({"name":"rim","values":[{}]})",
       R"({"name":"rim","values":[{"value":1,"state":"x","at":"2027-01-01T00:00:00Z"}]})",
       R"({"name":"rim","values":[{"value":1,"state":"revoked","at":"yesterday"}]})",
       R"({"name":"rim","values":[{"value":1,"state":"active","at":"2027-01-01T00:00:00Z","ends":"never"}]})",
       R"({"name":"rim","values":[{"value":1,"state":"active","at":"2027-01-01T00:00:00Z","ends":7}]})",
       R"({"name":"rim","values":[{"value":1,"state":"active","at":"2027-01-01T00:00:00Z"},{"value":1,"state":"revoked","at":"2027-01-01T00:00:00Z"}]})"}) {
    put("reference_value_life", record);
    EXPECT_EQ(find(), Json()) << record;
    EXPECT_STREQ(ask().failure->code, "reference.damaged") << record;
    EXPECT_EQ(revoke("a"), "reference.damaged") << record;
    EXPECT_EQ(code_of(values_.set("rim", "b")), "reference.damaged") << record;
    EXPECT_EQ(code_of(values_.add("rim", "b")), "reference.damaged") << record;
  }
  EXPECT_EQ(values_.erase("rim").value(), true);
  EXPECT_EQ(ask().failure, std::nullopt);
}

TEST_F(ReferenceLifeTest, HoldsNoMoreOfANameThanItsLimit) {
  Json many = Json::array();
  for (std::size_t i = 0; i < limits::kLifeEntries; ++i) many.push_back(std::int64_t(i));
  ASSERT_EQ(stage(many), "ok");
  EXPECT_EQ(stage("one more"), "reference.too-many");
  EXPECT_EQ(revoke(Json(Json::Array(limits::kLifeEntries + 1, "x"))), "reference.too-many");
  EXPECT_EQ(activate(), "ok");
  EXPECT_EQ(stage("one more"), "ok") << "of active ones nothing needs to be said";
  EXPECT_EQ(find().as_array()->size(), limits::kLifeEntries);
}

TEST_F(ReferenceLifeTest, FailsWithTheStore) {
  ASSERT_EQ(code_of(values_.set("rim", Json::array({"a"}))), "ok");
  store_.fail(true);
  EXPECT_EQ(revoke("a"), "store.full");
  store_.fail(false);
  EXPECT_EQ(find(), Json::array({"a"}));
  EXPECT_EQ(code_of(values_.change({LifeState::kRevoked, "ä", "a", {}, {}})), "store.key");
}

TEST(Lifecycle, FindsAValueWhereverItStands) {
  const Json tree = *parse_json(R"({"a":[{"b":"x"},7],"c":{"d":[1,2]}})");
  for (const Json& value : {Json("x"), Json(7), Json::array({1, 2}), Json(2), tree}) EXPECT_TRUE(occurs(value, tree));
  for (const Json& value : {Json("a"), Json("X"), Json(3), Json::array({1}), Json()}) EXPECT_FALSE(occurs(value, tree));
}

}  // namespace
}  // namespace avouch::appraise
