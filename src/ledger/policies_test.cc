#include "ledger/policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/limits.h"
#include "ledger/default_policies.h"
#include "testing/code_of.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace avouch::ledger {
namespace {

using testing::code_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string says(int value) {
  return "package policy\nx := " + std::to_string(value);
}

class PoliciesTest : public ::testing::Test {
 protected:
  // What the policy in force answers; 0 if there is none.
  static std::int64_t answer(Policies& policies, const std::string& id = "default_cpu") {
    const Result<ActivePolicy> policy = policies.get(id);
    if (!policy.has_value()) return 0;
    const auto nothing = [](const std::string&) { return Json(nullptr); };
    const Result<policy::Evaluation> value =
        policy->program->evaluate("data.policy.x", Json(), Json::object(), nothing);
    return value.has_value() && value->value.has_value() ? value->value->as_integer().value_or(0) : 0;
  }
  std::int64_t answer() { return answer(policies_); }

  testing::ManualClock clock_;
  testing::FailingStore store_{clock_};
  Policies policies_{store_, "policy", {{"default_cpu", says(1)}}};
};

TEST_F(PoliciesTest, UsesTheDefaultUntilOneIsSet) {
  EXPECT_EQ(answer(), 1);
  EXPECT_TRUE(policies_.get("default_cpu")->is_default);
  ASSERT_EQ(code_of(policies_.set("default_cpu", says(2))), "ok");
  EXPECT_EQ(answer(), 2);
  EXPECT_FALSE(policies_.get("default_cpu")->is_default);
}

TEST_F(PoliciesTest, NamesThePolicyInForceByTheDigestOfItsText) {
  // printf 'package policy\nx := 1' | sha256sum
  EXPECT_EQ(policies_.get("default_cpu")->digest, "2634db1a19f1a13cef92f061efb5a060175fda36e35e30288ab0bb35690dd10b");
  ASSERT_EQ(code_of(policies_.set("default_cpu", says(2))), "ok");
  EXPECT_NE(policies_.get("default_cpu")->digest, "2634db1a19f1a13cef92f061efb5a060175fda36e35e30288ab0bb35690dd10b");
}

TEST_F(PoliciesTest, LiesUnderTheNameThatAConfigGivesItsFile) {
  Policies named(store_, "policy", {{"resource-policy", says(1)}}, {{"resource-policy", "policy.rego"}});
  ASSERT_EQ(code_of(named.set("resource-policy", says(2))), "ok");
  EXPECT_EQ(as_text(**store_.get("policy", "policy.rego")), says(2));
  EXPECT_EQ(answer(named, "resource-policy"), 2);
  EXPECT_THAT(*named.ids(), ElementsAre("resource-policy"));
  EXPECT_TRUE(*named.erase("resource-policy"));
  EXPECT_EQ(answer(named, "resource-policy"), 1);
}

TEST_F(PoliciesTest, ReplacesAPolicyAtOnceForEverybodyOnTheSameStore) {
  Policies other(store_, "policy", {});
  ASSERT_EQ(code_of(policies_.set("default_cpu", says(2))), "ok");
  EXPECT_EQ(answer(other), 2);
  ASSERT_EQ(code_of(policies_.set("default_cpu", says(3))), "ok");
  EXPECT_EQ(answer(other), 3);
  ASSERT_EQ(code_of(other.set("default_cpu", says(4))), "ok");
  EXPECT_EQ(answer(), 4);
}

TEST_F(PoliciesTest, CompilesATextOnceAndKeepsAProgramForThoseWhoStillUseIt) {
  const std::shared_ptr<const policy::Program> before = policies_.get("default_cpu")->program;
  EXPECT_EQ(policies_.get("default_cpu")->program, before);
  ASSERT_EQ(code_of(policies_.set("default_cpu", says(2))), "ok");
  EXPECT_NE(policies_.get("default_cpu")->program, before);
  EXPECT_EQ(before->source(), says(1));
}

TEST_F(PoliciesTest, RefusesAnInvalidPolicyAndKeepsTheOldOne) {
  ASSERT_EQ(code_of(policies_.set("default_cpu", says(2))), "ok");
  EXPECT_EQ(code_of(policies_.set("default_cpu", "package policy\nx := ")), "policy.syntax");
  EXPECT_EQ(code_of(policies_.set("default_cpu", "")), "policy.syntax");
  EXPECT_EQ(code_of(policies_.set("default_cpu", "package other\nx := 1")), "policy.package");
  EXPECT_EQ(code_of(policies_.set("default_cpu", std::string(limits::kPolicyBytes + 1, '#'))), "policy.size");
  EXPECT_EQ(answer(), 2);
}

TEST_F(PoliciesTest, RefusesIdsThatAreNoPlainNames) {
  for (const std::string& id : {std::string(), std::string("a/b"), std::string("../default_cpu"), std::string("."),
                                std::string(".."), std::string(".hidden"), std::string("a b"), std::string("a\0b", 3),
                                std::string("ä"), std::string("a%2fb"), std::string("a\\b"), std::string(129, 'a')}) {
    EXPECT_EQ(code_of(policies_.set(id, says(1))), "policy.id") << id;
  }
  EXPECT_TRUE(store_.list("policy", "", "", 10)->empty());
  EXPECT_EQ(code_of(policies_.set(std::string(128, 'a'), says(1))), "ok");
  EXPECT_EQ(code_of(policies_.set("Az09_-.b", says(1))), "ok");
}

TEST_F(PoliciesTest, RefusesAPolicyThatNobodySet) {
  const Result<ActivePolicy> policy = policies_.get("default_gpu");
  ASSERT_FALSE(policy.has_value());
  EXPECT_STREQ(policy.error().code, "policy.unknown");
  EXPECT_EQ(policy.error().blame, Blame::kPolicy);
}

TEST_F(PoliciesTest, RefusesATextPutIntoTheStoreBehindItsBackThatDoesNotCompile) {
  ASSERT_EQ(answer(), 1);
  ASSERT_TRUE(store_.put("policy", "default_cpu.rego", as_bytes("x"), store::Expiry::never()).has_value());
  const Result<ActivePolicy> policy = policies_.get("default_cpu");
  ASSERT_FALSE(policy.has_value()) << "and does not fall back to the default";
  EXPECT_STREQ(policy.error().code, "policy.invalid");
  EXPECT_EQ(policy.error().blame, Blame::kPolicy);
  EXPECT_THAT(policy.error().detail, HasSubstr("default_cpu"));
  ASSERT_EQ(code_of(policies_.set("default_cpu", says(2))), "ok");
  EXPECT_EQ(answer(), 2);
}

TEST_F(PoliciesTest, ReadsATextThatAPeerLeftInTheStore) {
  ASSERT_TRUE(store_.put("policy", "default_cpu.rego", as_bytes(says(7)), store::Expiry::never()).has_value());
  EXPECT_EQ(answer(), 7);
}

TEST_F(PoliciesTest, GoesBackToTheDefaultWhenErased) {
  ASSERT_EQ(code_of(policies_.set("default_cpu", says(2))), "ok");
  ASSERT_EQ(code_of(policies_.set("mine", says(3))), "ok");
  EXPECT_EQ(policies_.erase("default_cpu").value(), true);
  EXPECT_EQ(policies_.erase("default_cpu").value(), false);
  EXPECT_EQ(answer(), 1);
  EXPECT_EQ(policies_.erase("mine").value(), true);
  EXPECT_EQ(code_of(policies_.get("mine")), "policy.unknown");
}

TEST_F(PoliciesTest, ListsWhatIsSetAndWhatIsDefaultOnce) {
  EXPECT_THAT(policies_.ids().value(), ElementsAre("default_cpu"));
  ASSERT_EQ(code_of(policies_.set("zz", says(2))), "ok");
  ASSERT_EQ(code_of(policies_.set("aa", says(2))), "ok");
  ASSERT_EQ(code_of(policies_.set("default_cpu", says(2))), "ok");
  ASSERT_TRUE(store_.put("policy", "notes.txt", as_bytes("no policy"), store::Expiry::never()).has_value());
  EXPECT_THAT(policies_.ids().value(), ElementsAre("aa", "default_cpu", "zz"));
}

TEST_F(PoliciesTest, FailsWithTheStoreRatherThanFallingBackToTheDefault) {
  ASSERT_EQ(answer(), 1);
  store_.fail(true);
  EXPECT_EQ(code_of(policies_.get("default_cpu")), "store.full");
  EXPECT_EQ(code_of(policies_.set("default_cpu", says(2))), "store.full");
  EXPECT_EQ(code_of(policies_.ids()), "store.full");
}

TEST_F(PoliciesTest, ServesOldOrNewButNothingElseWhileItIsReplaced) {
  std::atomic<bool> done = false;
  std::atomic<int> others = 0;
  std::thread reader([&] {
    while (!done) {
      const std::int64_t seen = answer();
      if (seen != 1 && seen != 2) ++others;
    }
  });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(code_of(policies_.set("default_cpu", says(1 + i % 2))), "ok");
  done = true;
  reader.join();
  EXPECT_EQ(others, 0);
}

TEST(DefaultPolicies, AllCompile) {
  for (const auto& [id, text] : default_policies()) EXPECT_EQ(code_of(policy::compile(id, text)), "ok") << id;
  EXPECT_TRUE(default_policies().contains("default_cpu"));
}

TEST_F(PoliciesTest, KeepsTheTextsThatWereInForceForThoseWhoExplain) {
  const std::string first = policies_.get("default_cpu")->digest;
  ASSERT_EQ(code_of(policies_.set("default_cpu", says(2))), "ok");
  EXPECT_EQ(answer(), 2);
  ASSERT_NE(policies_.kept(first), nullptr);
  EXPECT_EQ(policies_.kept(first)->source(), says(1));
  EXPECT_EQ(policies_.kept(std::string(64, '0')), nullptr);
  EXPECT_EQ(policies_.kept("../x"), nullptr);
  EXPECT_THAT(policies_.ids().value(), ElementsAre("default_cpu"));
}

TEST_F(PoliciesTest, KeepsNoMoreTextsThanItMay) {
  for (std::size_t i = 0; i < limits::kPoliciesKept + 5; ++i) {
    ASSERT_EQ(code_of(policies_.set("default_cpu", says(static_cast<int>(i)))), "ok");
    const std::string digest = policies_.get("default_cpu")->digest;
    EXPECT_NE(policies_.kept(digest), nullptr) << "the one in force stays";
  }
  EXPECT_EQ(store_.list("policy.kept", "", "", 10'000).value().size(), limits::kPoliciesKept);
}

TEST_F(PoliciesTest, UsesAPolicyWhoseTextCannotBeKept) {
  store_.fail(true);
  EXPECT_EQ(answer(), 0) << "without a store there is no policy at all";
  store_.fail(false);
  EXPECT_EQ(answer(), 1);
}

}  // namespace
}  // namespace avouch::ledger
