#include "appraise/decisive.h"

#include <gmock/gmock.h>

#include "appraise/why_fixture.h"
#include "codec/base64.h"

namespace avouch::appraise {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using DecisiveTest = WhyTest;
constexpr const char* kRems = "cca.realm.cca-realm-extensible-measurements";

TEST_F(DecisiveTest, CallsDecisiveOnlyWhatTheVerdictHungOn) {
  // What is read for nothing, what fails beside a condition that no reference can change, and the one that matters.
  set_policy(R"(
trust_claims := {"executables": executables, "hardware": hardware, "configuration": 2}
default executables := 33
executables := 3 if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("matters")
default hardware := 97
hardware := 2 if {
  input.cca.platform["cca-platform-lifecycle-state"] in query_reference_value("in-vain")
  1 == 2
}
hardware := 32 if input.cca.platform["cca-platform-endorsed"] != query_reference_value("for-nothing")
)");
  const Json why = explain(attest());
  EXPECT_THAT(decisive(why), ElementsAre("matters"));
  EXPECT_EQ(*reference(why, "in-vain").find("decisive"), Json(false));
}

TEST_F(DecisiveTest, FindsSeveralReferencesThatAreDecisiveTogether) {
  set_policy(R"(
trust_claims := {"executables": executables}
default executables := 33
executables := 3 if {
  input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("one")
  input.cca.realm["cca-realm-personalization-value"] == query_reference_value("two")
})");
  // "two" wants a single value: with a list it can never hold, so nothing that is approved helps.
  EXPECT_THAT(decisive(explain(attest())), IsEmpty());
  set_policy(R"(
trust_claims := {"executables": executables}
default executables := 33
executables := 3 if {
  input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("one")
  input.cca.realm["cca-realm-personalization-value"] in query_reference_value("two")
})");
  EXPECT_THAT(decisive(explain(attest())), UnorderedElementsAre("one", "two"));
}

TEST_F(DecisiveTest, FindsTheExtensibleMeasurementsThatTheVerdictHungOn) {
  ASSERT_TRUE(verifier_.realm.extend(1, as_bytes("a workload")).has_value());
  const std::string extended = codec::to_base64(verifier_.realm.extensible_measurements[1]);
  const std::string id = attest();
  EXPECT_THAT(decisive(explain(id)), UnorderedElementsAre(CcaVerifier::kRimName, kRems));
  ASSERT_EQ(code_of(verifier_.why.approve(id, "admin", "192.0.2.9")), "ok");
  EXPECT_EQ(endorsed(kRems), Json::array({extended}));
  EXPECT_EQ(status(attest()), "affirming");
}

// Approving what was measured into a list of what is revoked would be the opposite of what is asked.
TEST_F(DecisiveTest, CallsNoReferenceDecisiveThatWouldMakeTheVerdictWorse) {
  set_policy(R"(
trust_claims := {"executables": executables, "hardware": hardware}
default executables := 33
executables := 3 if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("good")
default hardware := 2
hardware := 97 if input.cca.platform["cca-platform-instance-id"] in query_reference_value("revoked")
)");
  const std::string id = attest();
  EXPECT_THAT(decisive(explain(id)), ElementsAre("good"));
  ASSERT_EQ(code_of(verifier_.why.approve(id, "admin", "192.0.2.9")), "ok");
  EXPECT_TRUE(endorsed("revoked").is_null());
  EXPECT_EQ(status(attest()), "affirming");
}

TEST_F(DecisiveTest, SeesPastWhatIsRevokedWhereBothBearOnOneClaim) {
  set_policy(R"(
trust_claims := {"executables": executables}
default executables := 97
executables := 3 if {
  input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("good")
  not revoked
}
revoked if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("revoked")
)");
  EXPECT_THAT(decisive(explain(attest())), ElementsAre("good"));
}

TEST_F(DecisiveTest, CallsOneOfTwoReferencesDecisiveWhereEitherWouldDo) {
  set_policy(R"(
trust_claims := {"executables": executables}
default executables := 33
executables := 3 if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("one")
executables := 3 if input.cca.realm["cca-realm-initial-measurement"] in query_reference_value("two")
)");
  const std::string id = attest();
  EXPECT_EQ(decisive(explain(id)).size(), 1U);
  ASSERT_EQ(code_of(verifier_.why.approve(id, "admin", "192.0.2.9")), "ok");
  EXPECT_EQ(status(attest()), "affirming");
}

}  // namespace
}  // namespace avouch::appraise
