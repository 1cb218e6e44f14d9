// What was recorded of Trustee (trustee 78962cd4, August 2026), asked of ours in the same order: same status, same type
// of error, same shape of body. Where ours answers otherwise on purpose, kDifferences says so. What concerns the
// connection rather than the request (484 to 486, 489, 491) is in tests/e2e/test_trustee_wire.py.
#include "dialect/kbs/replay_fixture.h"

#include "dialect/kbs/replay_differences.h"

namespace avouch::dialect::kbs {
namespace {

const Difference* difference_of(int number) {
  const auto* found = std::find_if(std::begin(kDifferences), std::end(kDifferences),
                                   [&](const Difference& entry) { return entry.number == number; });
  return found == std::end(kDifferences) ? nullptr : found;
}

void compare(const Recording& recording, const net::HttpResponse& response) {
  if (const Difference* difference = difference_of(recording.number)) {
    EXPECT_EQ(outcome(recording.response), difference->theirs) << recording.name;
    EXPECT_EQ(outcome(response), difference->ours) << recording.name << ": " << difference->reason.why;
    return;
  }
  EXPECT_EQ(outcome(response), outcome(recording.response)) << recording.name;
  EXPECT_EQ(shape_of(response.body), shape_of(recording.response.body)) << recording.name;
  if (const auto allowed = recording.response.header("allow")) {
    EXPECT_EQ(response.header("Allow"), allowed) << recording.name;
  }
  EXPECT_EQ(response.header("Set-Cookie").has_value(), recording.response.header("set-cookie").has_value())
      << recording.name;
}

bool is_of_the_connection(int number) {
  return (484 <= number && number <= 486) || number == 489 || number == 491;
}

void compare_all(Replay& server) {
  for (const Recording& recording : server.all()) compare(recording, server.ask(recording));
}

// A server of the shipped policies: attestations of four TEEs and what is released to them.
TEST(KbsReplay, AnswersGuestsOfShippedPoliciesAsRecorded) {
  NEEDS_VECTORS();
  Replay server(recordings(1, 25));
  ASSERT_EQ(server.all().size(), 20U);
  server.kbs().set_policy(ledger::default_policies().at("resource_default"));
  compare_all(server);
}

TEST(KbsReplay, AnswersTheCommandLineClientAsRecorded) {
  NEEDS_VECTORS();
  Replay server(recordings(101, 189));
  ASSERT_EQ(server.all().size(), 89U);
  server.kbs().set_policy(ledger::default_policies().at("resource_default"));
  compare_all(server);
}

// What was done between two recordings and is on no record of its own.
void prepare(Replay& server, const Recording& next) {
  static const std::map<int, const char*> kResourcePolicies{
      {466, "package policy\nallow := \"yes\"\n"},
      {467, "package policy\nx := true\n"},
      {469, "package policy\nallow := 1/0\n"},
      {470, "package policy\nimport rego.v1\ndefault allow := false\nallow if data.query.a == \"b\"\n"},
      {487, kAllowAll},
  };
  constexpr std::string_view kPolicy = "attestation policy: ";
  const auto policy = kResourcePolicies.find(next.number);
  if (policy != kResourcePolicies.end()) {
    EXPECT_EQ(server.set_resource_policy(policy->second), "200 ") << next.name;
  }
  if (next.note.starts_with(kPolicy)) {
    EXPECT_EQ(server.set_attestation_policy("package policy\nimport rego.v1\n" + next.note.substr(kPolicy.size())),
              "200 ")
        << next.name;
  }
}

TEST(KbsReplay, AnswersRequestsMadeByHandAsRecorded) {
  NEEDS_VECTORS();
  Replay server(recordings(301, 491));
  ASSERT_EQ(server.all().size(), 191U);
  EXPECT_TRUE(server.kbs().reference_values.set("launch_digest", Json::array({"abcde"})).has_value());
  EXPECT_TRUE(server.kbs().reference_values.set("svn", Json::array({"1"})).has_value());
  for (const Recording& recording : server.all()) {
    if (is_of_the_connection(recording.number)) continue;
    prepare(server, recording);
    compare(recording, server.ask(recording));
  }
}

// The peer took a policy of another package (468) and denied everything from then on.
TEST(KbsReplay, RefusesAPolicyOfAnotherPackageWhenItIsSet) {
  NEEDS_VECTORS();
  EXPECT_EQ(Replay({}).set_resource_policy("package other\ndefault allow := true\n"), "401 PolicyEngineError");
}

TEST(KbsReplay, ReleasesNothingToAForgedTpm) {
  NEEDS_VECTORS();
  Replay server(recordings(521, 524));
  ASSERT_EQ(server.all().size(), 4U);
  server.kbs().set_policy(ledger::default_policies().at("resource_default"));
  compare_all(server);
}

// With what compare() asks of each: a difference that is none any more fails.
TEST(KbsReplay, ListsEachDifferenceOnceAndOnlyDifferences) {
  for (std::size_t i = 0; i < std::size(kDifferences); ++i) {
    EXPECT_STRNE(kDifferences[i].theirs, kDifferences[i].ours) << kDifferences[i].number;
    EXPECT_TRUE(i == 0 || kDifferences[i - 1].number < kDifferences[i].number) << kDifferences[i].number;
  }
}

}  // namespace
}  // namespace avouch::dialect::kbs
