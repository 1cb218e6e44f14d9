// What was recorded of Veraison (services 6b88102, June 2026), asked of ours in the same order: same status, same
// headers, same members, and results that say the same of every part. Where ours answers otherwise on purpose,
// kDifferences says so.
#include "dialect/veraison/replay_differences.h"
#include "dialect/veraison/replay_fixture.h"

namespace avouch::dialect::veraison {
namespace {

using ::testing::Contains;
using ::testing::UnorderedElementsAreArray;

const Difference* difference_of(int number) {
  const auto* found = std::find_if(std::begin(kDifferences), std::end(kDifferences),
                                   [&](const Difference& entry) { return entry.number == number; });
  return found == std::end(kDifferences) ? nullptr : found;
}

std::vector<std::string> members_of(const Json& object) {
  std::vector<std::string> out;
  if (object.as_object() == nullptr) return out;
  for (const auto& [name, value] : *object.as_object()) out.push_back(name);
  return out;
}

// The peer says of a legacy realm, whose key is a bare point, that it has the profile of 2023. Its token says nothing.
void forget_invented_profile(Json& submod) {
  constexpr std::size_t kBarePointSize = 132;  // 97 octets in Base64
  Json* evidence = submod.find("ear.veraison.annotated-evidence");
  const std::string* key = evidence == nullptr ? nullptr : evidence->find_string("cca-realm-public-key");
  if (key != nullptr && key->size() == kBarePointSize) {
    EXPECT_TRUE(evidence->erase("cca-realm-profile"));
  }
}

// In a result: every submodule as it was, but for the name of an operator's policy; every other member but the time and
// who we are. Ours says besides when it ends, and leads to its decision.
void compare_results(const std::string& name, Json ours, const Json& theirs) {
  for (const auto& [submod, content] : *theirs.find("submods")->as_object()) {
    Json expected = content;
    expected.erase("ear.appraisal-policy-id");
    if (const Json* claims = expected.find("ear.veraison.policy-claims");
        claims != nullptr && *claims == Json::object()) {
      expected.erase("ear.veraison.policy-claims");
    }
    forget_invented_profile(expected);
    Json* found = ours.find("submods")->find(submod);
    ASSERT_NE(found, nullptr) << name << " " << submod;
    EXPECT_TRUE(found->find_string("ear.appraisal-policy-id") != nullptr && found->erase("ear.appraisal-policy-id"));
    EXPECT_EQ(to_sorted_text(*found), to_sorted_text(expected)) << name;
  }
  for (const char* member : {"eat_nonce", "eat_profile"}) EXPECT_EQ(*ours.find(member), *theirs.find(member)) << name;
  EXPECT_EQ(members_of(*ours.find("ear.verifier-id")).size(), 2U);
  std::vector<std::string> expected = members_of(theirs);
  expected.insert(expected.end(), {"exp", "jti"});
  EXPECT_THAT(members_of(ours), UnorderedElementsAreArray(expected)) << name;
}

void compare_bodies(const Recording& recording, const net::HttpResponse& response) {
  const Result<Json> theirs = parse_json(recording.response.body), ours = parse_json(response.body);
  if (!theirs.has_value()) {
    EXPECT_EQ(response.body, recording.response.body) << recording.name;
    return;
  }
  ASSERT_TRUE(ours.has_value()) << recording.name << ": " << response.body;
  EXPECT_THAT(members_of(*ours), UnorderedElementsAreArray(members_of(*theirs))) << recording.name;
  for (const char* same : {"status", "nonce", "evidence", "title", "type", "service-state", "api-endpoints"}) {
    const bool is_random = response.status == 201 && !recording.request.query().starts_with("nonce=");
    if (is_random && std::string_view(same) == "nonce") continue;
    const Json* member = theirs->find(same);
    if (member != nullptr) {
      EXPECT_EQ(*ours->find(same), *member) << recording.name << " " << same;
    }
  }
  if (const std::string* detail = theirs->find_string("detail")) {
    EXPECT_EQ(detail_of(response).substr(0, 25), detail->substr(0, 25)) << recording.name;
  }
  if (const Json* accept = theirs->find("accept")) {
    for (const Json* list : {accept, ours->find("accept")}) {
      EXPECT_THAT(*list->as_array(), Contains(Json(kEvidenceTypes[0]))) << recording.name;
    }
  }
  if (const Json result = result_in(recording.response); !result.is_null()) {
    compare_results(recording.name, result_in(response), result);
  }
}

void compare(const Recording& recording, const net::HttpResponse& response) {
  if (const Difference* difference = difference_of(recording.number)) {
    EXPECT_EQ(outcome(recording.response), difference->theirs) << recording.name;
    EXPECT_EQ(outcome(response), difference->ours) << recording.name << ": " << difference->reason.why;
    return;
  }
  EXPECT_EQ(outcome(response), outcome(recording.response)) << recording.name;
  EXPECT_EQ(response.header("Content-Type"), recording.response.header("Content-Type")) << recording.name;
  for (const char* name : {"Location", "Accept", "Cache-Control", "Expires"}) {
    EXPECT_EQ(response.header(name).has_value(), recording.response.header(name).has_value())
        << recording.name << " " << name;
  }
  compare_bodies(recording, response);
}

TEST(VeraisonReplay, AnswersAsRecorded) {
  NEEDS_VECTORS();
  const std::vector<Recording> all = recordings();
  ASSERT_EQ(all.size(), 63U);
  const auto good = std::find_if(all.begin(), all.end(), [](const auto& recording) { return recording.number == 17; });
  constexpr int kProvisioned = 6;
  Replay server;
  bool is_endorsed = false;
  for (const Recording& recording : all) {
    if (!is_endorsed && recording.number > kProvisioned) {
      server.endorse(*good, "ta-02-ok.json", /*with_realm=*/true);
      is_endorsed = true;
    }
    compare(recording, server.ask(recording));
  }
}

// With nothing endorsed at first; then the platform, and never the realm: that is what the key broker waits for.
TEST(VeraisonReplay, AnswersTheKeyBrokerAsRecorded) {
  NEEDS_VECTORS();
  const std::vector<Recording> all = recordings_of_the_key_broker();
  ASSERT_EQ(all.size(), 156U);
  constexpr std::size_t kFirstAffirmed = 8;
  Replay server;
  for (const Recording& recording : all) {
    if (&recording == &all[kFirstAffirmed]) server.endorse(recording, "ta-tfa.json", /*with_realm=*/false);
    const net::HttpResponse response = server.ask(recording);
    EXPECT_EQ(outcome(response), outcome(recording.response)) << recording.name;
    compare_bodies(recording, response);
  }
}

// With what compare() asks of each: a difference that is none any more fails.
TEST(VeraisonReplay, ListsEachDifferenceOnceAndOnlyDifferences) {
  for (std::size_t i = 0; i < std::size(kDifferences); ++i) {
    EXPECT_STRNE(kDifferences[i].theirs, kDifferences[i].ours) << kDifferences[i].number;
    EXPECT_TRUE(i == 0 || kDifferences[i - 1].number < kDifferences[i].number) << kDifferences[i].number;
  }
}

}  // namespace
}  // namespace avouch::dialect::veraison
