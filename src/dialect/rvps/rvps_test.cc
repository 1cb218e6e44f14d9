// The services of reference values, and who asks them from elsewhere: one against the other, without a network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "appraise/judge.h"
#include "codec/base64.h"
#include "codec/protobuf.h"
#include "dialect/rvps/messages.h"
#include "dialect/rvps/remote.h"
#include "dialect/rvps/service.h"
#include "testing/code_of.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace avouch::dialect::rvps {
namespace {

using testing::code_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string sample(const std::string& values) {
  return to_text(
      Json::object({{"version", "0.1.0"}, {"type", "sample"}, {"payload", codec::to_base64(as_bytes(values))}}));
}

class RvpsTest : public ::testing::Test {
 protected:
  static std::string outcome(const net::GrpcReply& reply) {
    return reply.has_value() ? "ok" : std::string(net::to_string(reply.error().code)) + " " + reply.error().message;
  }
  net::GrpcReply query(const std::string& name) {
    return peers_.call("QueryReferenceValue", protobuf::Writer().text(1, name).take(), "192.0.2.1:1");
  }
  net::GrpcReply accept(const std::string& message) {
    return peers_.call("RegisterReferenceValue", protobuf::Writer().text(1, message).take(), "192.0.2.1:1");
  }
  appraise::ReferenceAnswer ask(const std::vector<std::string>& names, const std::string& name) {
    return remote_.references(names).value()->ask(name, clock_.now());
  }

  testing::ManualClock clock_;
  testing::FailingStore store_{clock_};
  const Log log_{clock_, LogLevel::kOff, LogFormat::kText};
  ledger::DecisionLog decisions_{store_, clock_, log_};
  appraise::ReferenceValues values_{store_, clock_};
  ReferenceService peers_{{values_, decisions_, clock_}};
  OwnReferenceService own_{{values_, decisions_, clock_}};
  bool is_ours_ = true;
  std::optional<net::GrpcStatus> failure_;
  std::vector<std::string> calls_;
  RemoteReferenceValues remote_{
      [this](std::string_view service, std::string_view method, Bytes message) -> net::GrpcReply {
        calls_.emplace_back(method);
        if (failure_.has_value()) return tl::unexpected(*failure_);
        if (service == ReferenceService::kName) return peers_.call(method, message, "192.0.2.1:1");
        if (is_ours_) return own_.call(method, message, "192.0.2.1:1");
        return tl::unexpected(net::GrpcStatus{net::GrpcCode::kUnimplemented, ""});
      },
      "http://rvps.example:50003"};
};

TEST_F(RvpsTest, AnswersWhatWasRegistered) {
  EXPECT_EQ(outcome(accept(sample(R"({"a":["x"],"b":7})"))), "ok");
  EXPECT_EQ(read_text(*query("a")).value(), R"(["x"])");
  EXPECT_EQ(read_text(*query("b")).value(), "7");
  EXPECT_TRUE(query("c")->empty());
  EXPECT_EQ(*decisions_.newest(1, "")->front().find("subject"), Json("set 2 reference values"));
}

TEST_F(RvpsTest, AnswersNothingOfAValueThatHasExpired) {
  ASSERT_EQ(outcome(accept(sample(R"({"a":1})"))), "ok");
  clock_.advance(std::chrono::hours(24 * 364));
  EXPECT_EQ(read_text(*query("a")).value(), "1");
  clock_.advance(std::chrono::hours(24 * 2));
  EXPECT_TRUE(query("a")->empty());
}

TEST_F(RvpsTest, RefusesWhatItCannotTakeIn) {
  EXPECT_THAT(outcome(accept("{}")), StartsWith("ABORTED Register reference value: "));
  EXPECT_THAT(outcome(accept(R"({"type":"corim-of-tomorrow","payload":""})")), HasSubstr("provenance.type"));
  EXPECT_THAT(outcome(peers_.call("QueryReferenceValue", Buffer{0x0a, 0x09}, "")), HasSubstr("protobuf.short"));
  EXPECT_EQ(outcome(peers_.call("Nonsense", {}, "")), "UNIMPLEMENTED ");
  EXPECT_EQ(outcome(own_.call("Nonsense", {}, "")), "UNIMPLEMENTED ");
  store_.fail(true);
  EXPECT_THAT(outcome(accept(sample("{\"a\":1}"))), StartsWith("UNAVAILABLE "));
  EXPECT_THAT(outcome(query("a")), StartsWith("UNAVAILABLE "));
}

TEST_F(RvpsTest, ListsAddsAndDeletes) {
  ASSERT_EQ(outcome(own_.call("Add", write_entry({"a", "\"x\"", {}, ""}), "p")), "ok");
  ASSERT_EQ(outcome(own_.call("Add", write_entry({"a", "\"y\"", {}, ""}), "p")), "ok");
  const Buffer list = *own_.call("List", {}, "p");
  const Entry entry = read_entry(protobuf::Reader(list).next()->bytes().value()).value();
  EXPECT_EQ(entry.name, "a");
  EXPECT_EQ(entry.value, R"(["x","y"])");
  EXPECT_TRUE(entry.until.has_value());
  const Buffer name = protobuf::Writer().text(1, "a").take();
  EXPECT_EQ(protobuf::Reader(*own_.call("Delete", name, "p")).next()->varint().value(), 1U);
  EXPECT_EQ(protobuf::Reader(*own_.call("Delete", name, "p")).next()->varint().value(), 0U);
  EXPECT_THAT(outcome(own_.call("Add", write_entry({"a", "{", {}, ""}), "p")), HasSubstr("json.syntax"));
}

TEST_F(RvpsTest, IsAskedAtOnceForAllNamesOfAPolicy) {
  ASSERT_TRUE(values_.set("a", Json(1)).has_value());
  const auto references = remote_.references({"a", "b"}).value();
  EXPECT_EQ(references->ask("a", clock_.now()).value, Json(1));
  EXPECT_TRUE(references->ask("b", clock_.now()).value.is_null());
  EXPECT_THAT(calls_, ElementsAre("Query"));
  EXPECT_TRUE(references->ask("computed", clock_.now()).value.is_null());
  EXPECT_THAT(calls_, ElementsAre("Query", "QueryReferenceValue"));
}

TEST_F(RvpsTest, IsAskedOneByOneWhereItIsThePeers) {
  is_ours_ = false;
  ASSERT_TRUE(values_.set("a", Json(1)).has_value());
  EXPECT_EQ(ask({"a", "b"}, "a").value, Json(1));
  EXPECT_THAT(calls_, ElementsAre("Query", "QueryReferenceValue"));
  EXPECT_TRUE(ask({"a", "b"}, "b").value.is_null());  // and not for all at once again
  EXPECT_THAT(calls_, ElementsAre("Query", "QueryReferenceValue", "QueryReferenceValue"));
}

TEST_F(RvpsTest, TellsOfExpiryAndOfDamage) {
  ASSERT_TRUE(values_.set("old", Json(1), clock_.now() + std::chrono::hours(1)).has_value());
  ASSERT_TRUE(store_.put("reference_value", "bad", as_bytes("{"), store::Expiry::never()).has_value());
  clock_.advance(std::chrono::hours(2));
  const appraise::ReferenceAnswer old = ask({"old"}, "old");
  EXPECT_TRUE(old.value.is_null());
  EXPECT_TRUE(old.expired_at.has_value());
  EXPECT_STREQ(ask({"bad"}, "bad").failure->code, "reference.damaged");
}

TEST_F(RvpsTest, GivesNoRevokedValueOutAndSaysThatItWas) {
  ASSERT_TRUE(values_.set("rim", Json::array({"bad", "good"})).has_value());
  const auto revoked =
      values_.change({appraise::LifeState::kRevoked, "rim", "bad", std::nullopt, {"alice", "01jd", "leaked"}});
  ASSERT_TRUE(revoked.has_value());
  EXPECT_EQ(read_text(*query("rim")).value(), R"(["good"])");
  const appraise::ReferenceAnswer answer = ask({"rim"}, "rim");
  EXPECT_EQ(answer.value, Json::array({"good"}));
  EXPECT_EQ(*answer.life.at("/0/by"), Json("alice"));
  EXPECT_EQ(*answer.life.at("/0/state"), Json("revoked"));
  EXPECT_THAT(outcome(accept(sample(R"({"rim":["bad"]})"))), HasSubstr("(reference.revoked)"));
  EXPECT_EQ(code_of(remote_.add("rim", "bad")), "rvps.refused");
}

TEST_F(RvpsTest, PassesManifestsOnToWhoCanVerifyThem) {
  // Whose manifests count the provider's config says, not ours.
  EXPECT_EQ(code_of(remote_.accept(appraise::make_provenance("corim", "2QH1"))), "rvps.refused");
  EXPECT_THAT(calls_, ElementsAre("RegisterReferenceValue"));
}

TEST_F(RvpsTest, IsNeverTakenForMissingWhenItIsNotThere) {
  failure_ = net::GrpcStatus{net::GrpcCode::kUnavailable, "gone"};
  const auto references = remote_.references({"a", "b"}).value();
  for (const char* name : {"a", "b", "computed"}) {
    const appraise::ReferenceAnswer answer = references->ask(name, clock_.now());
    ASSERT_TRUE(answer.failure.has_value());
    EXPECT_STREQ(answer.failure->code, "rvps.unavailable");
    EXPECT_EQ(answer.failure->blame, Blame::kUnavailable);
  }
  EXPECT_EQ(calls_.size(), 1U);  // who is gone is not waited for again and again
}

TEST_F(RvpsTest, FailsAVerdictThatHangsOnItWhileItIsNotThere) {
  const auto program = policy::compile("p",
                                       "package policy\nimport rego.v1\ndefault executables := 33\n"
                                       "executables := 3 if input.x.y in query_reference_value(\"a\")\n"
                                       "trust_claims := {\"executables\": executables}\n")
                           .value();
  tee::Claims claims;
  claims.tee = "x";
  appraise::Hearing hearing;
  const auto judge = [&] {
    const auto references = remote_.references(program->reference_names()).value();
    return appraise::appraise(claims, Json::object({{"x", Json::object({{"y", "m"}})}}), {"p_cpu", "d", false, program},
                              *references, clock_.now(), hearing);
  };
  failure_ = net::GrpcStatus{net::GrpcCode::kDeadlineExceeded, "slow"};
  EXPECT_EQ(code_of(judge()), "rvps.unavailable");
  failure_.reset();
  EXPECT_EQ(judge()->status, ear::Tier::kWarning);
  ASSERT_TRUE(values_.set("a", Json::array({"m"})).has_value());
  EXPECT_EQ(judge()->status, ear::Tier::kAffirming);
}

TEST_F(RvpsTest, TakesAMeasuredValueInAtEitherKindOfProvider) {
  for (const bool is_ours : {true, false}) {
    is_ours_ = is_ours;
    ASSERT_TRUE(values_.set("a", Json("x")).has_value());
    EXPECT_EQ(code_of(remote_.add("a", "y")), "ok");
    EXPECT_EQ(code_of(remote_.add("a", "y")), "ok");
    EXPECT_EQ(values_.snapshot().value()->find("a", clock_.now()), Json::array({"x", "y"})) << is_ours;
  }
  failure_ = net::GrpcStatus{net::GrpcCode::kUnauthenticated, "token"};
  EXPECT_EQ(code_of(remote_.add("a", "z")), "rvps.unavailable");
  EXPECT_EQ(code_of(remote_.accept(sample("{}"))), "rvps.refused");
}

TEST_F(RvpsTest, TakesNamesThatWereNotAskedForFromNobody) {
  RemoteReferenceValues liar(
      [](std::string_view, std::string_view method, Bytes) -> net::GrpcReply {
        if (method != "Query") return Buffer();
        return protobuf::Writer().bytes(1, write_entry({"other", "1", {}, ""})).take();
      },
      "x");
  EXPECT_TRUE(liar.references({"a"}).value()->ask("other", clock_.now()).value.is_null());
}

}  // namespace
}  // namespace avouch::dialect::rvps
