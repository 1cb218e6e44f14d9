// What `avouch why` says of measured values that were endorsed once, or are about to be.
#include "appraise/why_fixture.h"

namespace avouch::appraise {
namespace {

using namespace std::chrono_literals;

class WhyLifeTest : public WhyTest {
 protected:
  void say(LifeState state, std::optional<Instant> ends_at = std::nullopt) {
    const auto changed = verifier_.reference_values.change(
        {state, CcaVerifier::kRimName, CcaVerifier::kRim, ends_at, {"alice", "01jd", "leaked"}});
    ASSERT_EQ(code_of(changed), "ok");
  }
  Json first_cause() {
    verifier_.clock.advance(1ms);
    return *explain(attest()).at("/causes/0");
  }
};

TEST_F(WhyLifeTest, NamesWhoRevokedAValueAndWhen) {
  ASSERT_EQ(code_of(verifier_.reference_values.add(CcaVerifier::kRimName, CcaVerifier::kRim)), "ok");
  EXPECT_EQ(status(attest()), "affirming");
  const std::string at = to_rfc3339(verifier_.clock.now());
  say(LifeState::kRevoked);
  const Json cause = first_cause();
  EXPECT_EQ(text(cause, "code"), "reference.revoked");
  EXPECT_NE(text(cause, "cause").find("revoked by alice at " + at + " (leaked)"), std::string::npos) << to_text(cause);
  EXPECT_EQ(cause.find("command"), nullptr) << "nothing to approve";
  const std::string id = attest();
  EXPECT_EQ(code_of(verifier_.why.approve(id, "bob", "")), "reference.revoked");
  EXPECT_EQ(status(attest()), "warning");
}

TEST_F(WhyLifeTest, SaysUntilWhenADeprecatedValueCountedAndHowToLetItCountOn) {
  ASSERT_EQ(code_of(verifier_.reference_values.add(CcaVerifier::kRimName, CcaVerifier::kRim)), "ok");
  const Instant end = verifier_.clock.now() + 60s;
  say(LifeState::kDeprecated, end);
  const Json counted = explain(attest());
  EXPECT_EQ(text(counted, "status"), "affirming");
  const Json noted = reference(counted, CcaVerifier::kRimName);
  EXPECT_EQ(text(*noted.find("life"), "state"), "deprecated") << "where it counts it is noted";
  EXPECT_EQ(text(*noted.find("life"), "ends"), to_rfc3339(end));
  verifier_.clock.set(end);
  const Json cause = first_cause();
  EXPECT_EQ(text(cause, "code"), "reference.ended");
  EXPECT_NE(text(cause, "cause").find(to_rfc3339(end)), std::string::npos);
  EXPECT_EQ(text(cause, "command").rfind("avouch refval activate " + std::string(CcaVerifier::kRimName), 0), 0U);
}

TEST_F(WhyLifeTest, SaysThatACandidateWaitsToBeActivated) {
  say(LifeState::kCandidate);
  const Json cause = first_cause();
  EXPECT_EQ(text(cause, "code"), "reference.candidate");
  EXPECT_NE(text(cause, "command").find(CcaVerifier::kRim), std::string::npos);
  say(LifeState::kActive);
  EXPECT_EQ(status(attest()), "affirming");
}

TEST_F(WhyLifeTest, PutsOnRecordOnlyWhatIsAboutTheMeasuredValues) {
  const auto staged =
      verifier_.reference_values.change({LifeState::kCandidate, CcaVerifier::kRimName, "another", {}, {}});
  ASSERT_EQ(code_of(staged), "ok");
  const std::string id = attest();
  EXPECT_EQ(text(*explain(id).at("/causes/0"), "code"), "reference.missing");
  const Json record = *verifier_.decisions.find(id);
  for (const Json& lookup : *record.find("lookups")->as_array()) EXPECT_EQ(lookup.find("life"), nullptr);
}

}  // namespace
}  // namespace avouch::appraise
