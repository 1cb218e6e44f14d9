#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/policy.h"

namespace avouch::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Json kNothing = Json::object();
constexpr char kRim[] = "cca.realm.cca-realm-initial-measurement";

// Explains x. The first line of `rules` is line 3.
Explanation explanation(const std::string& rules, const Json& input = kNothing, const Json& reference = nullptr) {
  const auto program = compile("test.rego", "package policy\nimport rego.v1\n" + rules);
  EXPECT_TRUE(program.has_value()) << program.error().detail;
  if (!program.has_value()) return {};
  const auto lookup = [&](const std::string&) { return reference; };
  Result<Explanation> out = (*program)->explain("data.policy.x", input, kNothing, lookup);
  EXPECT_TRUE(out.has_value()) << out.error().detail;
  return out.has_value() ? *std::move(out) : Explanation{};
}

TEST(RegoExplain, GivesTheSameValueAndLookupsAsAnEvaluation) {
  const Explanation why = explanation("x := query_reference_value(\"a\") + 1", kNothing, 41);
  EXPECT_EQ(why.value, Json(42));
  ASSERT_EQ(why.lookups.size(), 1U);
  EXPECT_EQ(why.lookups[0].name, "a");
  EXPECT_EQ(why.lookups[0].value, Json(41));
  EXPECT_EQ(explanation("x := 1 if input.a").value, std::nullopt);
  EXPECT_EQ(explanation("y := 1").value, std::nullopt);
}

TEST(RegoExplain, NamesTheClaimThatAReferenceValueIsComparedWith) {
  for (const char* rules : {
           "x if input.cca.realm[\"cca-realm-initial-measurement\"] in query_reference_value(\"rim\")",
           "x if query_reference_value(\"rim\") == input.cca.realm[\"cca-realm-initial-measurement\"]",
           "x if { realm := input.cca.realm; m := realm[\"cca-realm-initial-measurement\"]; m in "
           "query_reference_value(\"rim\") }",
           "x if { good := query_reference_value(\"rim\"); input.cca.realm[\"cca-realm-initial-measurement\"] in good "
           "}",
           "realm := input.cca.realm\nx if realm[\"cca-realm-initial-measurement\"] in query_reference_value(\"rim\")",
           "f(a, b) if a in b\nx if f(input.cca.realm[\"cca-realm-initial-measurement\"], "
           "query_reference_value(\"rim\"))",
           "x if input.cca.realm[\"cca-realm-initial-measurement\"] in data.reference[\"rim\"]",
           "x if input.cca.realm[\"cca-realm-initial-measurement\"] in data.reference.rim",
       }) {
    const Explanation why = explanation(rules);
    ASSERT_EQ(why.reads.size(), 1U) << rules;
    EXPECT_EQ(why.reads[0].name, "rim") << rules;
    EXPECT_EQ(why.reads[0].rule, "x") << rules;
    EXPECT_THAT(why.reads[0].claims, ElementsAre(kRim)) << rules;
  }
}

TEST(RegoExplain, KeepsApartReadsOfDifferentStatements) {
  const Explanation why = explanation(
      "x if {\n  input.a == query_reference_value(\"one\")\n  input.b.c in query_reference_value(\"two\")\n}");
  ASSERT_EQ(why.reads.size(), 2U);
  EXPECT_EQ(why.reads[0].line, 4);
  EXPECT_THAT(why.reads[0].claims, ElementsAre("a"));
  EXPECT_EQ(why.reads[1].line, 5);
  EXPECT_THAT(why.reads[1].claims, ElementsAre("b.c"));
}

TEST(RegoExplain, FollowsItemsOfAListToTheList) {
  const Explanation why = explanation(
      "x if { every item in input.list { item in query_reference_value(\"r\") } }\n"
      "y if { event := input.log[_]; digest := event.digests[_]; digest.value == query_reference_value(\"d\") }");
  ASSERT_EQ(why.reads.size(), 2U);
  EXPECT_THAT(why.reads[0].claims, ElementsAre("list"));
  EXPECT_THAT(why.reads[1].claims, ElementsAre("log"));
}

TEST(RegoExplain, TellsLinesThatHeldFromLinesThatDidNot) {
  const Json input = Json::object({{"a", 1}, {"b", 2}});
  const Explanation why = explanation("x if {\n  input.a == 1\n  input.b == 3\n  input.c == 4\n}", input);
  EXPECT_THAT(why.lines_that_held, ElementsAre(4));
  EXPECT_THAT(why.lines_that_failed, ElementsAre(3, 5, 6));  // 3: the rule itself
}

TEST(RegoExplain, CountsALineInALoopAsHeldIfItHeldOnce) {
  const Json input = Json::object({{"list", Json::array({1, 2, 3})}});
  const Explanation why = explanation("x if {\n  some i in input.list\n  i == 2\n  i == 9\n}", input);
  EXPECT_THAT(why.lines_that_held, ElementsAre(4, 5));
  EXPECT_THAT(why.lines_that_failed, ElementsAre(3, 6));
}

TEST(RegoExplain, LeavesOutRulesThatTheValueDoesNotNeed) {
  const Explanation why = explanation("y if input.a == 1\nx if input.b == 1", Json::object({{"b", 1}}));
  EXPECT_THAT(why.lines_that_held, ElementsAre(4));
  EXPECT_THAT(why.lines_that_failed, IsEmpty());
}

TEST(RegoExplain, ListsAbsentPathsWithTheLikeliestMisspellingFirst) {
  const Json realm = Json::object({{"cca-realm-initial-measurement", "x"}});
  const Json input = Json::object({{"cca", Json::object({{"realm", realm}})}});
  const Explanation why = explanation(
      "x if { input.snp; input.snp.measurement == 1 }\n"
      "y if input.cca.realm[\"cca-realm-initial-measurment\"] == 1\n"
      "z if input.cca.realm[\"cca-realm-initial-measurement\"] == 1",
      input);
  EXPECT_THAT(why.absent_paths, ElementsAre("cca.realm.cca-realm-initial-measurment", "snp", "snp.measurement"));
}

TEST(RegoExplain, FailsAsAnEvaluationDoes) {
  const auto program = compile("test.rego", "package policy\nx := numbers.range(1, 10000000000)");
  ASSERT_TRUE(program.has_value());
  const auto why =
      (*program)->explain("data.policy.x", kNothing, kNothing, [](const std::string&) { return Json(nullptr); });
  ASSERT_FALSE(why.has_value());
  EXPECT_STREQ(why.error().code, "policy.memory");
}

}  // namespace
}  // namespace avouch::policy
