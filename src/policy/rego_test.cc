#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/limits.h"
#include "policy/policy.h"

namespace avouch::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Json kNothing = Json::object();

Json no_reference(const std::string&) {
  return nullptr;
}

std::shared_ptr<const Program> compiled(const std::string& rules) {
  Result<std::shared_ptr<const Program>> program = compile("test.rego", "package policy\nimport rego.v1\n" + rules);
  EXPECT_TRUE(program.has_value()) << program.error().detail;
  return program.value_or(nullptr);
}

Error refusal(const std::string& source) {
  Result<std::shared_ptr<const Program>> program = compile("test.rego", source);
  EXPECT_FALSE(program.has_value()) << source;
  return program.has_value() ? Error{Blame::kInternal, "", ""} : program.error();
}

Result<Evaluation> evaluation(const std::string& rules, const Json& input = kNothing,
                              const ReferenceLookup& lookup = no_reference) {
  return compiled(rules)->evaluate("data.policy.x", input, kNothing, lookup);
}

// The value of x as text; "undefined"; or the code of the failure.
std::string value_of(const std::string& rules, const Json& input = kNothing,
                     const ReferenceLookup& lookup = no_reference) {
  const Result<Evaluation> result = evaluation(rules, input, lookup);
  if (!result.has_value()) return result.error().code;
  return result->value.has_value() ? to_text(*result->value) : "undefined";
}

std::string repeated(const std::string& text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

// x0, x1 := step(x0), x2 := step(x1), ... and x, the last. In `step` every % stands for the one before.
std::string chain(const std::string& first, const std::string& step, int links) {
  std::string out = "x0 := " + first + "\n";
  for (int i = 1; i <= links; ++i) {
    out += "x" + std::to_string(i) + " := ";
    for (const char letter : step) out += letter == '%' ? "x" + std::to_string(i - 1) : std::string(1, letter);
    out += "\n";
  }
  return out + "x := x" + std::to_string(links) + "\n";
}

TEST(RegoEvaluate, GivesTheValueOfTheRule) {
  EXPECT_EQ(value_of("x := {\"a\": [1, true, null, \"s\"]}"), R"({"a":[1,true,null,"s"]})");
  EXPECT_EQ(value_of("x := input.a + 1", Json::object({{"a", 41}})), "42");
  EXPECT_EQ(value_of("default x := false\nx if input.a"), "false");
  EXPECT_EQ(value_of("x contains 1\nx contains 2"), "[1,2]");
}

TEST(RegoEvaluate, ReadsTheDataDocument) {
  const auto program = compiled("x := data.plugin");
  const Result<Evaluation> result =
      program->evaluate("data.policy.x", kNothing, Json::object({{"plugin", "resource"}}), no_reference);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->value, Json("resource"));
}

TEST(RegoEvaluate, HasNoValueWhereTheRuleIsUndefinedOrDoesNotExist) {
  EXPECT_EQ(value_of("x := 1 if input.a"), "undefined");
  EXPECT_EQ(value_of("y := 1"), "undefined");
  EXPECT_EQ(value_of(""), "undefined");
  EXPECT_EQ(value_of("x := query_reference_value(input.absent)"), "undefined");
}

// The engine's compiler would let these hold: definedness.rs makes it check.
TEST(RegoEvaluate, FailsWhereAVariableOrAnItemIsUndefined) {
  const Json input = Json::object({{"l", Json::array({Json::object({{"m", 2}}), Json::object()})}});
  EXPECT_EQ(value_of("x if { y := input.absent }", input), "undefined");
  EXPECT_EQ(value_of("x if { y := input.absent; not y }", input), "undefined");
  EXPECT_EQ(value_of("x if { every c in input.l { y := c.m } }", input), "undefined");
  EXPECT_EQ(value_of("x := [y | y := input.l[_].m]", input), "[2]");
  EXPECT_EQ(value_of("x := [c.m | some c in input.l]", input), "[2]");
  EXPECT_EQ(value_of("x := {k: c.m | some k, c in input.l}", input), R"({"0":2})");
  EXPECT_EQ(value_of("x[k] := c.m if some k, c in input.l", input), R"({"0":2})");
  EXPECT_EQ(value_of("f(a) := a.m\nx := [f(c) | some c in input.l]", input), "[2]");
  EXPECT_EQ(value_of("x := count([1 | y := input.l[_].m; z := [w | w := y; w > 1]; count(z) == 1])", input), "1");
}

TEST(RegoEvaluate, KeepsIntegersOf64Bits) {
  const Json input = Json::object({{"a", std::uint64_t{18446744073709551615U}}});
  EXPECT_EQ(value_of("x := input.a", input), "18446744073709551615");
}

TEST(RegoEvaluate, RefusesDataThatHidesTheRules) {
  const auto program = compiled("x := 1");
  const Json data = Json::object({{"policy", Json::object({{"x", 2}})}});
  const Result<Evaluation> result = program->evaluate("data.policy.x", kNothing, data, no_reference);
  ASSERT_FALSE(result.has_value());
  EXPECT_STREQ(result.error().code, "policy.evaluation");
}

TEST(RegoEvaluate, FaultsOnRulesThatContradictEachOther) {
  const std::string conflict = "y := 1 if input == {}\ny := 2 if input != 3\n";
  for (const std::string& rules : {conflict + "x := y", conflict + "x := {\"a\": y}", conflict + "x if not y"}) {
    const Result<Evaluation> result = evaluation(rules);
    ASSERT_FALSE(result.has_value()) << rules;
    EXPECT_EQ(result.error().blame, Blame::kPolicy);
    EXPECT_STREQ(result.error().code, "policy.evaluation");
    EXPECT_THAT(result.error().detail, HasSubstr("test.rego:4:1"));
    EXPECT_THAT(result.error().detail, HasSubstr("conflict"));
  }
}

TEST(RegoEvaluate, SurvivesAPanicOfTheEngine) {
  EXPECT_EQ(value_of("x := sprintf(\"%\u0663d\", [1])"), "policy.evaluation");
  EXPECT_EQ(value_of("x := 1"), "1");
}

TEST(RegoLookup, AnswersWithAnyValueAndRecordsIt) {
  const ReferenceLookup lookup = [](const std::string& name) {
    return name == "svn" ? Json::array({"1", "2"}) : Json(nullptr);
  };
  const Result<Evaluation> result =
      evaluation("x := [query_reference_value(\"svn\"), query_reference_value(\"none\")]", kNothing, lookup);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(to_text(*result->value), R"([["1","2"],null])");
  ASSERT_EQ(result->lookups.size(), 2U);
  EXPECT_EQ(result->lookups[0].name, "svn");
  EXPECT_EQ(result->lookups[0].value, Json::array({"1", "2"}));
  EXPECT_EQ(result->lookups[1].name, "none");
  EXPECT_TRUE(result->lookups[1].value.is_null());
}

TEST(RegoLookup, AsksForEachNameOnceSoThatAnEvaluationSeesOneAnswer) {
  int calls = 0;
  const ReferenceLookup lookup = [&](const std::string&) { return Json(++calls); };
  EXPECT_EQ(value_of("x := [query_reference_value(\"a\") | some i in [1, 2, 3]]", kNothing, lookup), "[1,1,1]");
  EXPECT_EQ(calls, 1);
}

TEST(RegoLookup, FaultsOnANameThatIsNoString) {
  const Result<Evaluation> result = evaluation("x := query_reference_value(5)");
  ASSERT_FALSE(result.has_value());
  EXPECT_STREQ(result.error().code, "policy.evaluation");
  EXPECT_THAT(result.error().detail, HasSubstr("line 3"));
}

TEST(RegoLookup, StopsAPolicyThatAsksForTooMany) {
  EXPECT_EQ(value_of("x := [1 | some i in numbers.range(0, 10000); query_reference_value(format_int(i, 10))]"),
            "policy.lookups");
}

TEST(RegoLimits, StopAnEndlessLoopInTime) {
  const auto start = std::chrono::steady_clock::now();
  const std::string code =
      value_of("x := count([1 | some i in numbers.range(1, 99999); some j in numbers.range(1, 99999); i * j == -1])");
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_TRUE(code == "policy.steps" || code == "policy.time") << code;
  EXPECT_LT(took, 8 * limits::kPolicyTime);  // Sanitizers and a busy machine, not the limit, take the rest.
}

TEST(RegoLimits, StopWhatWouldFillTheMemory) {
  for (const std::string& rules : {
           chain("\"abcdefgh\"", "concat(\"\", [%, %])", 40),
           chain("\"aaaaaaaaaaaaaaaa\"", "replace(%, \"a\", \"aaaaaaaaaaaaaaaa\")", 10),
           chain("[1, 2, 3, 4]", "array.concat(%, %)", 40),
           chain("123456789123456789", "% * %", 40),
           std::string("a := numbers.range(1, 300)\nx := {[i, j, k] | some i in a; some j in a; some k in a}"),
           std::string("x := numbers.range(1, 10000000000000)"),
           std::string("x := numbers.range(-9223372036854775808, 9223372036854775807)"),
           std::string("x := numbers.range_step(1, 20, 0)"),
           std::string("x := bits.lsh(1, 4000000000)"),
           std::string("x := sprintf(\"%4000000000d\", [1])"),
           std::string("x := regex.match(\"((a{1000}){1000}){1000}\", \"a\")"),
       }) {
    EXPECT_EQ(value_of(rules), "policy.memory") << rules.substr(0, 200);
  }
}

// Sixty lines make a value of 2^60 parts that takes no memory until it is written out.
TEST(RegoLimits, RefuseAValueThatIsHugeWrittenOut) {
  EXPECT_EQ(value_of(chain("[0]", "[%, %]", 60)), "policy.memory");
  EXPECT_EQ(value_of(chain("[0]", "[%, %]", 60) + "y := 1\n"), "policy.memory");
  const std::string values = chain("[0]", "[%, %]", 60);
  EXPECT_EQ(value_of(values.substr(0, values.rfind("x := ")) + "x := json.marshal(x60)"), "policy.memory");
}

TEST(RegoLimits, RefuseAValueDeeperThanOurJson) {
  EXPECT_EQ(value_of(chain("[0]", "[%]", 20)).front(), '[');
  EXPECT_EQ(value_of(chain("[0]", "[%]", 1000)), "policy.evaluation");
}

TEST(RegoLimits, LeaveNothingBehindForTheNextEvaluation) {
  const std::string greedy = chain("\"abcdefgh\"", "concat(\"\", [%, %])", 40);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(value_of(greedy), "policy.memory");
  EXPECT_EQ(value_of("x := concat(\"\", [\"a\", \"b\"])"), "\"ab\"");
}

TEST(RegoCompile, KeepsTheSource) {
  EXPECT_EQ(compiled("x := 1")->source(), "package policy\nimport rego.v1\nx := 1");
}

TEST(RegoCompile, SaysWhereTheSyntaxIsWrong) {
  const Error error = refusal("package policy\n\nallow := 1 +* 2\n");
  EXPECT_EQ(error.blame, Blame::kRequest);
  EXPECT_STREQ(error.code, "policy.syntax");
  EXPECT_THAT(error.detail, HasSubstr("test.rego:3:13"));
  EXPECT_THAT(error.detail, HasSubstr("allow := 1 +* 2"));
}

TEST(RegoCompile, RefusesWhatIsNoPolicy) {
  for (const char* source :
       {"", "\n", "x := 1", "package", "package policy\nx { true }", "package policy\nx := \"",
        "package policy\nx := nosuch(1)", "package policy\nx := y", "{", "\xff\xfe",
        "package policy\nx := query_reference_value()", "package policy\ntrust_claims[\"hardware\"] := 2"}) {
    EXPECT_STREQ(refusal(source).code, "policy.syntax") << source;
  }
}

TEST(RegoCompile, RefusesEveryTruncationThatCutsARule) {
  const std::string source = "package policy\nallow if { input.a == [1, {\"b\": 2}] }";
  const std::size_t head = std::string("package policy\n").size();
  ASSERT_TRUE(compile("test.rego", source).has_value());
  for (std::size_t length = head + 8; length < source.size(); ++length) {
    EXPECT_STREQ(refusal(source.substr(0, length)).code, "policy.syntax") << length;
  }
}

TEST(RegoCompile, RefusesAnotherPackage) {
  for (const char* source : {"package other\nx := 1", "package policy.sub\nx := 1", "package policies"}) {
    const Error error = refusal(source);
    EXPECT_STREQ(error.code, "policy.package") << source;
    EXPECT_EQ(error.blame, Blame::kRequest);
  }
}

TEST(RegoCompile, RefusesASourceOverTheLimit) {
  const std::string source = "package policy\n#";
  EXPECT_STREQ(refusal(source + std::string(limits::kPolicyBytes, 'x')).code, "policy.size");
}

TEST(RegoCompile, RefusesASourceThatHidesItsEndBehindANul) {
  const std::string hidden("\0\nallow := false\n", 17);
  EXPECT_STREQ(refusal("package policy\nallow := true\n" + hidden).code, "policy.nul");
}

TEST(RegoCompile, RefusesRulesThatNeedThemselves) {
  for (const char* rules :
       {"x := x", "x := y\ny := x", "f(n) := f(n)\nx := f(1)", "f(n) := x\nx := f(1)", "y := [z | z := x]\nx := y",
        "z := 1\nz := 1 if f(1)\nf(n) := g(n)\ng(n) := f(n)\nx := z"}) {
    const Error error = refusal(std::string("package policy\nimport rego.v1\n") + rules);
    EXPECT_STREQ(error.code, "policy.syntax") << rules;
  }
}

// Each would overflow the stack of a parser that recurses without limit.
TEST(RegoCompile, RefusesSourcesNestedWithoutEnd) {
  for (const std::string& value :
       {repeated("[", 60000) + repeated("]", 60000), repeated("{", 60000), repeated("(\n", 60000),
        repeated("1 +\n", 60000) + "1", repeated("1 ==\n", 40000) + "1", repeated("{1} |\n", 40000) + "{1}",
        "input" + repeated("[0]", 300), "input" + repeated("[0]\n", 5000), repeated("- ", 400) + "1",
        repeated("[a | a := ", 40) + "1" + repeated("]", 40),
        "1 if input.a\n" + repeated("else := 2 if input.b\n", 15000), "1 if " + repeated("not ", 200) + "true"}) {
    EXPECT_STREQ(refusal("package policy\nx := " + value).code, "policy.syntax") << value.substr(0, 40);
  }
}

// The engine's parser reads what stands in brackets twice, so thirty of them would keep it busy for hours.
TEST(RegoCompile, RefusesBracketsThatMakeTheParserReadForHours) {
  for (const std::string& value : {repeated("[", 30), repeated("{", 30), repeated("[", 30) + "1" + repeated("]", 30),
                                   repeated("[", 14) + repeated("1,\n", 2000) + "1" + repeated("]", 14)}) {
    EXPECT_STREQ(refusal("package policy\nx := " + value).code, "policy.syntax") << value;
  }
  EXPECT_EQ(value_of("x := " + repeated("[", 10) + repeated("]", 10)), repeated("[", 10) + repeated("]", 10));
}

TEST(RegoLimits, RefuseNumbersThatWouldBeWrittenOutInFull) {
  EXPECT_STREQ(refusal("package policy\nx := 0e999999999").code, "policy.syntax");
  EXPECT_EQ(value_of("x := to_number(input.a)", Json::object({{"a", "0e999999999"}})), "policy.memory");
  EXPECT_EQ(value_of("x := json.unmarshal(input.a)", Json::object({{"a", "[0e999999999]"}})), "policy.memory");
  EXPECT_EQ(value_of("x := units.parse(input.a)", Json::object({{"a", "\"0e999999999\""}})), "policy.memory");
  for (const char* number : {"1.5e9999", "-1E+9999", "{\"a\":1e-9999}", "[1e9999]", "1 + 2e9999"}) {
    EXPECT_STREQ(refusal(std::string("package policy\nx := ") + number).code, "policy.syntax") << number;
  }
  EXPECT_EQ(value_of("x := to_number(\"12\")"), "12");
}

TEST(RegoLimits, TakeADigestForNoNumber) {
  const std::string digest = "7e123456789e1234569e99999";
  EXPECT_EQ(value_of("# " + digest + "\nx := \"" + digest + "\""), '"' + digest + '"');
  EXPECT_EQ(value_of("x := `" + digest + "`"), '"' + digest + '"');
  EXPECT_EQ(value_of("x := x7e12345\nx7e12345 := 1"), "1");
  EXPECT_EQ(value_of("x := json.unmarshal(input.a)", Json::object({{"a", "[\"" + digest + "\"]"}})),
            "[\"" + digest + "\"]");
}

TEST(RegoCompile, CountsNoBracketsInStringsAndComments) {
  const std::string brackets = repeated("[{(", 100);
  EXPECT_EQ(value_of("# " + brackets + "\nx := \"" + brackets + "\\\"\" if `" + brackets + "` != \"\""),
            to_text(Json(brackets + "\"")));
}

TEST(RegoThreads, ShareOneProgram) {
  const auto program = compiled("x := [i | some i in input.list; i in query_reference_value(\"even\")]");
  const Json input = Json::object({{"list", Json::array({1, 2, 3, 4})}});
  const auto work = [&] {
    for (int i = 0; i < 200; ++i) {
      const Result<Evaluation> result = program->evaluate("data.policy.x", input, kNothing, [](const std::string&) {
        return Json::array({2, 4});
      });
      ASSERT_TRUE(result.has_value());
      ASSERT_EQ(to_text(*result->value), "[2,4]");
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace avouch::policy
