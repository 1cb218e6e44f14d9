#include "appraise/appraiser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "codec/hex.h"
#include "format/jwk.h"
#include "format/jws.h"
#include "testing/cca_verifier.h"

namespace avouch::appraise {
namespace {

class AppraiserTest : public ::testing::Test {
 protected:
  AppraiserTest() { verifier_.endorse_platform(); }

  // The payload of the token of an attestation that has to succeed.
  Json token(const Submission& submission) {
    const auto result = verifier_.appraiser.attest(submission);
    EXPECT_TRUE(result.has_value()) << result.error().error.code << ": " << result.error().error.detail;
    if (!result.has_value()) return {};
    const Result<jose::Jws> jws = jose::parse_jws(result->token);
    EXPECT_TRUE(jws.has_value() && jose::verify_jws(*jws, verifier_.signer.public_key()).has_value());
    return jws->payload;
  }
  Json submod(const Submission& submission) { return *token(submission).at("/submods/cpu0"); }

  // The code of a refusal, whose record has to say the same.
  std::string refusal(const Submission& submission, Blame blame) {
    return refusal(verifier_.appraiser, submission, blame);
  }
  std::string refusal(Appraiser& appraiser, const Submission& submission, Blame blame) {
    const auto result = appraiser.attest(submission);
    if (result.has_value()) return "granted";
    const Error& error = result.error().error;
    EXPECT_EQ(error.blame, blame) << error.code;
    const Result<Json> record = verifier_.decisions.find(result.error().decision_id);
    EXPECT_TRUE(record.has_value());
    if (!record.has_value()) return "no record";
    EXPECT_EQ(*record->find_string("outcome"), "refused");
    EXPECT_EQ(*record->find_string("peer"), submission.peer);
    EXPECT_EQ(*record->at("/error/code"), Json(error.code));
    EXPECT_EQ(*record->at("/error/detail"), Json(error.detail));
    EXPECT_EQ(record->find("vector"), nullptr) << "a refusal has no result";
    return error.code;
  }

  void set_policy(const std::string& rules) {
    const Status set = verifier_.policies.set("default_cpu", "package policy\nimport rego.v1\n" + rules);
    ASSERT_TRUE(set.has_value()) << set.error().detail;
  }

  testing::CcaVerifier verifier_;
};

TEST_F(AppraiserTest, WarnsOfARealmThatNobodyEndorsed) {
  const Json result = submod(verifier_.submission());
  EXPECT_EQ(*result.find_string("ear.status"), "warning");
  EXPECT_EQ(*result.find("ear.trustworthiness-vector"), Json::object({{"instance-identity", 2},
                                                                      {"configuration", 2},
                                                                      {"executables", 33},
                                                                      {"file-system", 0},
                                                                      {"hardware", 2},
                                                                      {"runtime-opaque", 2},
                                                                      {"storage-opaque", 0},
                                                                      {"sourced-data", 0}}));
}

TEST_F(AppraiserTest, AffirmsAnEndorsedRealmOnAnEndorsedPlatform) {
  verifier_.endorse_realm();
  const Json result = submod(verifier_.submission());
  EXPECT_EQ(*result.find_string("ear.status"), "affirming");
  EXPECT_EQ(*result.at("/ear.trustworthiness-vector/executables"), Json(3));
  EXPECT_EQ(*result.find_string("ear.appraisal-policy-id"), "default");
  EXPECT_EQ(*result.at("/ear.veraison.annotated-evidence/cca/realm/cca-realm-initial-measurement"),
            Json(testing::CcaVerifier::kRim));
}

TEST_F(AppraiserTest, LeadsFromATokenToTheRecordOfItsDecision) {
  verifier_.endorse_realm();
  const auto result = verifier_.appraiser.attest(verifier_.submission());
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(*jose::parse_jws(result->token)->payload.find_string("jti"), result->decision_id);
  const Json record = verifier_.decisions.find(result->decision_id).value();
  EXPECT_EQ(*record.find_string("outcome"), "granted");
  EXPECT_EQ(*record.find_string("kind"), "attest");
  EXPECT_EQ(*record.find_string("subject"), "cca");
  EXPECT_EQ(*record.find_string("status"), "affirming");
  EXPECT_EQ(*record.at("/policy/id"), Json("default_cpu"));
  EXPECT_EQ(*record.at("/policy/sha256"), Json(verifier_.policies.get("default_cpu")->digest));
  EXPECT_EQ(*record.at("/lookups/1/name"), Json(testing::CcaVerifier::kRimName));
  EXPECT_EQ(*record.at("/compared/0/state"), Json("matched"));
  EXPECT_TRUE(record.find("error")->is_null());
  EXPECT_TRUE(record.find("findings")->as_array()->empty());
}

TEST_F(AppraiserTest, ShowsThePolicyWhatTheGuestBound) {
  Submission submission = verifier_.submission();
  submission.runtime_claims = Json::object({{"nonce", "n"}});
  submission.init_data_claims = Json::object({{"aa.toml", "x"}});
  const Json result = submod(submission);
  EXPECT_EQ(*result.at("/ear.veraison.annotated-evidence/runtime_data_claims/nonce"), Json("n"));
  EXPECT_EQ(*result.at("/ear.veraison.annotated-evidence/init_data_claims/aa.toml"), Json("x"));
}

TEST_F(AppraiserTest, RefusesATeeThatItDoesNotVerify) {
  for (const auto& [tee, code] : {std::pair{"nonsense", "tee.unknown"}, std::pair{"", "tee.unknown"},
                                  std::pair{"snp", "tee.unsupported"}, std::pair{"sample", "tee.sample-off"}}) {
    Submission submission = verifier_.submission();
    submission.ticket = verifier_.sessions.issue(tee).ticket;
    EXPECT_EQ(refusal(submission, Blame::kRequest), code);
  }
}

TEST_F(AppraiserTest, RefusesAPlatformThatNobodyEndorsed) {
  verifier_.platform = tee::cca::emulator::Platform::make();
  EXPECT_EQ(refusal(verifier_.submission(), Blame::kEvidence), "cca.platform.unknown");
}

TEST_F(AppraiserTest, RefusesAPlatformFromTheMomentItIsRevoked) {
  const std::string key = verifier_.platform_endorsements().trust_anchors[0].key;
  EXPECT_EQ(refusal(verifier_.submission(), Blame::kEvidence), "granted");
  ASSERT_TRUE(verifier_.endorsements.revoke_trust_anchor(key).value());
  EXPECT_EQ(refusal(verifier_.submission(), Blame::kEvidence), "cca.platform.unknown");
}

TEST_F(AppraiserTest, RefusesAPlatformThatSignsWithAnotherKeyThanEndorsed) {
  tee::EndorsedRecords records = verifier_.platform_endorsements();
  ASSERT_TRUE(verifier_.endorsements.revoke_trust_anchor(records.trust_anchors[0].key).value());
  records.trust_anchors[0].content =
      jose::jwk_from_public_key(crypto::PrivateKey::generate_ec(crypto::Curve::kP384).public_key());
  ASSERT_TRUE(verifier_.endorsements.add(records).has_value());
  EXPECT_EQ(refusal(verifier_.submission(), Blame::kEvidence), "cca.platform.signature");
}

TEST_F(AppraiserTest, RefusesEvidenceMadeForAnotherSession) {
  Submission submission = verifier_.submission();
  submission.evidence = verifier_.submission().evidence;
  EXPECT_EQ(refusal(submission, Blame::kEvidence), "cca.realm.challenge-mismatch");
}

TEST_F(AppraiserTest, RefusesAReplay) {
  const Submission submission = verifier_.submission();
  EXPECT_EQ(refusal(submission, Blame::kRequest), "granted");
  EXPECT_EQ(refusal(submission, Blame::kRequest), "session.used");
}

TEST_F(AppraiserTest, UsesANonceUpAlsoWhenItRefuses) {
  const Submission good = verifier_.submission();
  Submission bad = good;
  bad.evidence.back() ^= 1;
  EXPECT_EQ(refusal(bad, Blame::kEvidence), "cca.realm.signature");
  EXPECT_EQ(refusal(good, Blame::kRequest), "session.used");
}

TEST_F(AppraiserTest, RefusesATicketThatIsNotOursOrTooOld) {
  Submission submission = verifier_.submission();
  verifier_.clock.advance(std::chrono::seconds(300));
  EXPECT_EQ(refusal(submission, Blame::kRequest), "session.expired");
  submission.ticket = "bm90IG91cnM";
  EXPECT_EQ(refusal(submission, Blame::kRequest), "session.unknown");
  submission.ticket.clear();
  EXPECT_EQ(refusal(submission, Blame::kRequest), "session.unknown");
}

TEST_F(AppraiserTest, RefusesEvidenceWithABitFlippedAnywhere) {
  verifier_.endorse_realm();
  const std::size_t size_bytes = verifier_.submission().evidence.size();
  for (std::size_t at = 0; at < size_bytes; at += 23) {
    Submission submission = verifier_.submission();
    ASSERT_EQ(submission.evidence.size(), size_bytes);
    submission.evidence[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    const auto result = verifier_.appraiser.attest(submission);
    ASSERT_FALSE(result.has_value()) << at;
    EXPECT_EQ(result.error().error.blame, Blame::kEvidence) << at << result.error().error.code;
  }
}

TEST_F(AppraiserTest, RefusesEvidenceThatIsNone) {
  for (const Buffer& evidence : {Buffer{}, Buffer{0xff}, Buffer(1'000, 0x00), Buffer(300'000, 0x9f)}) {
    Submission submission = verifier_.submission();
    submission.evidence = evidence;
    EXPECT_NE(refusal(submission, Blame::kEvidence), "granted");
  }
}

TEST_F(AppraiserTest, RefusesARealmStartedWithOtherInitData) {
  Submission submission = verifier_.submission();
  submission.init_data = Buffer(48, 0x11);
  EXPECT_EQ(refusal(submission, Blame::kEvidence), "cca.realm.init-data");
  verifier_.realm.personalization_value = Buffer(48, 0x11);
  verifier_.realm.personalization_value.resize(64);
  submission = verifier_.submission();
  submission.init_data = Buffer(48, 0x11);
  EXPECT_EQ(refusal(submission, Blame::kEvidence), "granted");
  submission = verifier_.submission();
  submission.init_data = Buffer(48, 0x12);
  EXPECT_EQ(refusal(submission, Blame::kEvidence), "cca.realm.init-data");
}

TEST_F(AppraiserTest, RefusesABindingOfNothing) {
  Submission submission = verifier_.submission();
  submission.report_data = [](const Session&) { return Result<Buffer>(Buffer{}); };
  EXPECT_EQ(refusal(submission, Blame::kInternal), "binding.report-data");
  submission = verifier_.submission();
  submission.report_data = [](const Session&) -> Result<Buffer> { return Error{Blame::kRequest, "test.nonce", ""}; };
  EXPECT_EQ(refusal(submission, Blame::kRequest), "test.nonce");
}

TEST_F(AppraiserTest, ContraindicatesFirmwareThatIsNotAsEndorsed) {
  testing::CcaVerifier other;
  tee::EndorsedRecords records = other.platform_endorsements();
  Json& components = *records.platform_references[0].content.find("sw-components");
  components.as_array()->front().set("measurement-value", codec::to_hex(Buffer(32, 0x99)));
  ASSERT_TRUE(other.endorsements.add(records).has_value());
  other.endorse_realm();
  const Json record = other.attest();
  EXPECT_EQ(*record.find_string("outcome"), "granted");
  EXPECT_EQ(*record.find_string("status"), "contraindicated");
  EXPECT_EQ(*record.at("/vector/hardware"), Json(97));
  EXPECT_EQ(*record.at("/vector/executables"), Json(33));
  EXPECT_EQ(*record.at("/findings/0/code"), Json("cca.platform.firmware-mismatched"));
  EXPECT_EQ(*record.at("/compared/0/state"), Json("mismatched"));
}

TEST_F(AppraiserTest, ContraindicatesAPlatformThatIsNotSecuredWhateverThePolicySays) {
  verifier_.platform.set_lifecycle(0x4000);
  set_policy(R"(trust_claims := {"hardware": 2, "instance-identity": 2, "executables": 2})");
  const Json record = verifier_.attest();
  EXPECT_EQ(*record.find_string("status"), "contraindicated");
  EXPECT_EQ(*record.find("vector"), Json::object({{"instance-identity", 97}, {"executables", 2}, {"hardware", 97}}));
  EXPECT_EQ(*record.at("/findings/0/code"), Json("cca.platform.not-secured"));
}

TEST_F(AppraiserTest, StopsAPolicyThatRunsAway) {
  for (const char* rules : {
           "trust_claims := {\"hardware\": 2} if { some a in numbers.range(1, 100000); some b in numbers.range(1, "
           "100000); a * b == -1 }",
           "trust_claims := {\"hardware\": count(numbers.range(1, 10000000000))}",
       }) {
    set_policy(rules);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(refusal(verifier_.submission(), Blame::kPolicy),
                ::testing::AnyOf("policy.time", "policy.steps", "policy.memory"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10)) << rules;
  }
  ASSERT_TRUE(verifier_.policies.erase("default_cpu").value());
  EXPECT_EQ(refusal(verifier_.submission(), Blame::kPolicy), "granted");
}

TEST_F(AppraiserTest, RefusesWithoutAPolicy) {
  ledger::Policies none(verifier_.store, "no_policy", {});
  Appraiser appraiser({verifier_.rooms, verifier_.sessions, verifier_.endorsements, verifier_.reference_values, none,
                       verifier_.signer, verifier_.decisions, verifier_.clock});
  EXPECT_EQ(refusal(appraiser, verifier_.submission(), Blame::kPolicy), "policy.unknown");
}

TEST_F(AppraiserTest, RefusesWhenAPolicySaysNonsense) {
  set_policy("trust_claims := {\"hardware\": 300}");
  EXPECT_EQ(refusal(verifier_.submission(), Blame::kPolicy), "appraisal.claim-value");
  set_policy("trust_claims := {\"hardware\": 2} if input.snp");
  EXPECT_EQ(refusal(verifier_.submission(), Blame::kPolicy), "appraisal.claims");
}

TEST_F(AppraiserTest, RefusesWhileTheStoreIsGone) {
  const Submission submission = verifier_.submission();
  verifier_.store.fail(true);
  const auto result = verifier_.appraiser.attest(submission);
  ASSERT_FALSE(result.has_value());
  EXPECT_STREQ(result.error().error.code, "store.full");
  EXPECT_EQ(result.error().error.blame, Blame::kUnavailable);
}

}  // namespace
}  // namespace avouch::appraise
