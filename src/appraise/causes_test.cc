#include "appraise/causes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/json_text.h"
#include "tee/rooms.h"

namespace avouch::appraise {
namespace {

using ::testing::HasSubstr;

// The causes of a release of a/b/c that the resource policy denied, after an attestation in which nothing was compared.
Json::Array causes_of_denial(const ReleaseView& view) {
  const Json denial = Json::object({{"code", "release.denied"}, {"detail", "the policy said no"}});
  const Json release = Json::object({{"id", "the-release"},
                                     {"kind", "release"},
                                     {"subject", "a/b/c"},
                                     {"policy", Json::object({{"id", "resource-policy"}})},
                                     {"error", denial}});
  const Json attestation = Json::object({{"id", "the-attestation"}, {"kind", "attest"}, {"status", "affirming"}});
  const AttestationView seen;
  const std::optional<ReleaseView> denied = view;
  const Json not_revoked;
  return causes_of({release, attestation, seen, denied, false, not_revoked}, Remedies(tee::Rooms(false).remedies()));
}

Json short_claim(const char* submod, const char* claim, int value) {
  return Json::object(
      {{"submod", submod}, {"status", "warning"}, {"claim", claim}, {"value", value}, {"meaning", "not known"}});
}

TEST(Causes, OfADenialNameEveryClaimThatFellShortAndTheAttestationToAskAbout) {
  ReleaseView view;
  view.fell_short = {short_claim("cpu0", "executables", 33), short_claim("gpu0", "hardware", 97)};
  const Json::Array causes = causes_of_denial(view);
  ASSERT_EQ(causes.size(), 1U);
  EXPECT_EQ(text_of(causes[0], "code"), "release.not-affirming");
  EXPECT_THAT(text_of(causes[0], "cause"), HasSubstr("cpu0 is warning: executables 33 (not known); gpu0 is warning: "
                                                     "hardware 97 (not known)"));
  EXPECT_EQ(text_of(causes[0], "command"), "avouch why the-attestation");
}

TEST(Causes, OfADenialByARuleNameItsLinesAndNotTheEvidence) {
  ReleaseView view;
  view.is_for_the_evidence = false;
  view.fell_short = {short_claim("cpu0", "executables", 33)};
  view.lines = {Json::object({{"line", 5}, {"text", "a == 1"}}), Json::object({{"line", 7}, {"text", "b == 2"}})};
  const Json::Array causes = causes_of_denial(view);
  ASSERT_EQ(causes.size(), 1U);
  EXPECT_EQ(text_of(causes[0], "code"), "release.rule");
  EXPECT_THAT(text_of(causes[0], "cause"), HasSubstr("line 5, `a == 1`, did not hold; line 7, `b == 2`, did not hold"));
  EXPECT_THAT(text_of(causes[0], "command"), HasSubstr("avouch policy get resource-policy"));
}

TEST(Causes, OfADenialByNoLineSayThatNothingIsAllowed) {
  ReleaseView view;
  view.is_for_the_evidence = false;
  EXPECT_THAT(text_of(causes_of_denial(view).at(0), "cause"), HasSubstr("no rule of it allows anything"));
}

TEST(Causes, OfADenialThatNothingExplainsRepeatItsOwnWords) {
  const Json::Array causes = causes_of_denial(ReleaseView());
  ASSERT_EQ(causes.size(), 1U);
  EXPECT_EQ(text_of(causes[0], "code"), "release.denied");
  EXPECT_THAT(text_of(causes[0], "cause"), HasSubstr("the policy said no"));
}

}  // namespace
}  // namespace avouch::appraise
