#include "appraise/why.h"

#include <gmock/gmock.h>

#include "appraise/why_fixture.h"

namespace avouch::appraise {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A release that was refused, as the broker records it.
std::string refuse_release(CcaVerifier& verifier, const std::string& attestation_id) {
  ledger::Decision release = verifier.decisions.begin("release", "192.0.2.7", "default/key/one");
  release.error = Error{Blame::kPolicy, "release.denied", "the resource policy says no"};
  release.facts.set("attestation_id", attestation_id);
  verifier.decisions.record(release);
  return release.id;
}

// As the peer's client does after a denial: it asks again with a token of its own.
std::string refuse_foreign_token(CcaVerifier& verifier) {
  ledger::Decision release = verifier.decisions.begin("release", "192.0.2.7", "default/key/one");
  release.error = Error{Blame::kEvidence, "ear.untrusted-key", "the token names no key that this broker trusts"};
  verifier.decisions.record(release);
  return release.id;
}

TEST_F(WhyTest, TakesTheDenialAndNotTheForeignTokensAfterIt) {
  const std::string attestation = attest();
  verifier_.clock.advance(std::chrono::seconds(1));
  const std::string denial = refuse_release(verifier_, attestation);
  verifier_.clock.advance(std::chrono::seconds(1));
  refuse_foreign_token(verifier_);
  EXPECT_EQ(text(explain(""), "id"), denial);
}

TEST_F(WhyTest, ExplainsTheNewestForeignTokenWhereThereIsNothingElse) {
  refuse_foreign_token(verifier_);
  verifier_.clock.advance(std::chrono::seconds(1));
  const std::string newest = refuse_foreign_token(verifier_);
  EXPECT_EQ(text(explain(""), "id"), newest);
}

TEST_F(WhyTest, LeadsFromAReleaseToTheAttestationBehindIt) {
  const std::string attestation = attest();
  const std::string release = refuse_release(verifier_, attestation);
  const Json why = explain(release);
  EXPECT_EQ(text(why, "id"), release);
  EXPECT_EQ(*why.at("/attestation/id"), Json(attestation));
  EXPECT_THAT(decisive(why), ElementsAre(CcaVerifier::kRimName));
  EXPECT_THAT(text(why, "next"), HasSubstr("avouch refval approve " + attestation));
  const Json approved = verifier_.why.approve(release, "admin", "192.0.2.9").value();
  EXPECT_EQ(text(approved, "from"), attestation);
}

TEST_F(WhyTest, ExplainsAReleaseWhoseAttestationIsGoneByItself) {
  const Json why = explain(refuse_release(verifier_, "01jdz3k5c8q4w7x2ab"));
  EXPECT_EQ(why.find("attestation"), nullptr);
  EXPECT_EQ(*why.find("references"), Json::array());
  EXPECT_THAT(text(why, "cause"), HasSubstr("the resource policy says no"));
}

TEST_F(WhyTest, TakesTheNewestThatFellShortWhenNoIdIsGiven) {
  EXPECT_EQ(code_of(verifier_.why.explain("")), "decision.unknown");
  const std::string fell_short = attest();
  verifier_.clock.advance(std::chrono::seconds(1));
  verifier_.endorse_realm();
  ASSERT_EQ(status(attest()), "affirming");
  verifier_.clock.advance(std::chrono::seconds(1));
  ledger::Decision act = verifier_.decisions.begin("admin", "", "policy set");
  act.outcome = "granted";
  verifier_.decisions.record(act);
  EXPECT_EQ(text(explain(""), "id"), fell_short);
  verifier_.clock.advance(std::chrono::seconds(1));
  const std::string refused = refuse_release(verifier_, fell_short);
  EXPECT_EQ(text(explain(""), "id"), refused);
}

TEST_F(WhyTest, KnowsNoOtherIds) {
  attest();
  for (const char* id : {"x", "01jdz3k5c8q4w7x2ab", "../x", "\n"}) {
    EXPECT_EQ(code_of(verifier_.why.explain(id)), "decision.unknown") << id;
    EXPECT_EQ(code_of(verifier_.why.approve(id, "admin", "192.0.2.9")), "decision.unknown") << id;
  }
}

// A store may be written, or damaged, by others: whatever a record has become, asking about it ends nothing.
TEST_F(WhyTest, OutlivesRecordsThatWereDamagedInTheStore) {
  const std::string id = attest();
  verifier_.decisions.flush();
  const Json whole = verifier_.decisions.find(id).value();
  const auto damage = [&](const char* member, const Json& value) {
    Json record = whole;
    record.set(member, value);
    EXPECT_EQ(code_of(verifier_.store.put("decision", id, as_bytes(to_text(record)), store::Expiry::never())), "ok");
  };
  for (const char* member : {"compared", "findings", "lookups", "input", "policy", "error", "status", "subject"}) {
    for (const Json& value : {Json(), Json(1), Json("x"), Json::array({1, "x", Json::object()}), Json::object()}) {
      damage(member, value);
      EXPECT_EQ(code_of(verifier_.why.explain(id)), "ok") << member << to_text(value);
    }
  }
  for (const char* lacking : {"name", "state", "measured", "rule"}) {
    Json reference = Json::object(
        {{"name", "n"}, {"claim", "c"}, {"measured", 1}, {"state", "missing"}, {"rule", "r"}, {"decisive", true}});
    reference.erase(lacking);
    damage("compared", Json::array({reference}));
    EXPECT_EQ(code_of(verifier_.why.explain(id)), "ok") << lacking;
    EXPECT_NE(code_of(verifier_.why.approve(id, "admin", "192.0.2.9")), "store.corrupt") << lacking;
  }
}

TEST_F(WhyTest, DoesNotLetStrangersAtTheAdministratorsDoorHideWhatWasRefused) {
  const std::string attestation = attest();
  verifier_.clock.advance(std::chrono::seconds(1));
  for (const char* code : {"admin.no-token", "admin.token"}) {
    ledger::Decision act = verifier_.decisions.begin("admin", "192.0.2.9", "GET /avouch/v1/decisions");
    act.error = Error{Blame::kRequest, code, "no"};
    verifier_.decisions.record(act);
  }
  EXPECT_EQ(text(explain(""), "id"), attestation);
}

TEST_F(WhyTest, GivesTheRefusalOfAReleaseItsOwnCauseWhateverTheEvidenceSaid) {
  ledger::Decision release = verifier_.decisions.begin("release", "192.0.2.7", "default/key/one");
  release.error = Error{Blame::kRequest, "resource.unknown", "there is no resource default/key/one"};
  release.facts.set("attestation_id", attest());
  verifier_.decisions.record(release);
  const Json why = explain(release.id);
  EXPECT_EQ(why.find("causes")->as_array()->size(), 1U);
  EXPECT_EQ(text(why, "command"), "kbs-client config set-resource --path default/key/one --resource-file FILE");
}

// An id in a result is its issuer's word: it may name anything that is on record.
TEST_F(WhyTest, FollowsAnIdToNothingButAnAttestation) {
  const std::string other = refuse_release(verifier_, "01jdz3k5c8q4w7x2ab");
  EXPECT_EQ(explain(refuse_release(verifier_, other)).find("attestation"), nullptr);
}

}  // namespace
}  // namespace avouch::appraise
