#include "dialect/coco_as/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "dialect/coco_as/as_fixture.h"

namespace avouch::dialect::coco_as {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kEvaluate = "AttestationEvaluate";
constexpr const char* kFailed = "ABORTED Attestation evaluation failed: \n0: ";

class AttestationServiceTest : public ::testing::Test {
 protected:
  std::string outcome(const Buffer& message) const { return as_.outcome(as_.call(kEvaluate, message)); }
  // The failure of one item.
  std::string item_outcome(const Buffer& item) const { return outcome(protobuf::Writer().bytes(1, item).take()); }
  Json submod(const Buffer& message, const char* name = "cpu0") const {
    const Json payload = as_.payload(as_.call(kEvaluate, message));
    const Json* submods = payload.find("submods");
    const Json* found = submods == nullptr ? nullptr : submods->find(name);
    EXPECT_NE(found, nullptr);
    return found == nullptr ? Json() : *found;
  }

  AsFixture as_;
  const Json runtime_ = Json::object({{"b", 1}, {"a", Json::object({{"d", "e"}})}});
};

TEST_F(AttestationServiceTest, IssuesATokenOverFreshEvidence) {
  const Json cpu = submod(AsFixture::request(runtime_));
  EXPECT_EQ(*cpu.at("/ear.veraison.annotated-evidence/runtime_data_claims"), runtime_);
  EXPECT_EQ(*cpu.find("ear.appraisal-policy-id"), Json("default"));
  EXPECT_EQ(as_.newest_code(), "granted");
}

TEST_F(AttestationServiceTest, HashesRuntimeDataByTheAlgorithmAskedFor) {
  for (const auto& [name, hash] : {std::pair{"sha256", crypto::Hash::kSha256},
                                   {"sha384", crypto::Hash::kSha384},
                                   {"sha512", crypto::Hash::kSha512}}) {
    const Buffer item = protobuf::Writer()
                            .text(1, "sample")
                            .text(3, encoded(sample_evidence(runtime_, hash)))
                            .text(5, to_text(runtime_))
                            .text(8, name)
                            .take();
    EXPECT_EQ(item_outcome(item), "ok") << name;
  }
}

TEST_F(AttestationServiceTest, BindsRawRuntimeDataOctetForOctet) {
  const Json evidence = Json::object({{"svn", "1"}, {"report_data", "AQID"}});
  const auto item = [&](Bytes raw) {
    return protobuf::Writer().text(1, "sample").text(3, encoded(evidence)).text(4, codec::to_base64url(raw)).take();
  };
  EXPECT_EQ(item_outcome(item(Buffer{1, 2, 3})), "ok");
  EXPECT_THAT(item_outcome(item(Buffer{1, 2, 4})), HasSubstr("Verifier evaluate failed: sample.report-data-mismatch"));
  EXPECT_THAT(item_outcome(item(Buffer(65, 1))), HasSubstr("as.runtime-data"));
  EXPECT_THAT(item_outcome(item({})), HasSubstr("as.runtime-data"));
}

TEST_F(AttestationServiceTest, TakesTheLastOfRuntimeDataThatExcludeEachOther) {
  const Json evidence = sample_evidence(runtime_);
  const Buffer structured_last =
      protobuf::Writer().text(1, "sample").text(3, encoded(evidence)).text(4, "AQID").text(5, to_text(runtime_)).take();
  EXPECT_EQ(item_outcome(structured_last), "ok");
  const Buffer raw_last =
      protobuf::Writer().text(1, "sample").text(3, encoded(evidence)).text(5, to_text(runtime_)).text(4, "AQID").take();
  EXPECT_THAT(item_outcome(raw_last), HasSubstr("sample.report-data-mismatch"));
}

TEST_F(AttestationServiceTest, RefusesEvidenceThatNothingBindsToTheRequest) {
  const Buffer item = protobuf::Writer().text(1, "sample").text(3, encoded(sample_evidence(runtime_))).take();
  EXPECT_THAT(item_outcome(item), HasSubstr("as.unbound"));
  const Evaluator lenient{{as_.appraiser, as_.rooms, as_.policies, as_.signer, as_.decisions}, ReadOptions{true}};
  const Buffer request = protobuf::Writer().bytes(1, item).take();
  EXPECT_EQ(AsFixture::outcome(AttestationService(lenient).call(kEvaluate, request, "")), "ok");
}

TEST_F(AttestationServiceTest, GivesCompositeEvidenceASubmoduleEachAndWantsEachFresh) {
  const Buffer good = AsFixture::item(runtime_);
  const Buffer both = protobuf::Writer().bytes(1, good).bytes(1, AsFixture::item(Json::object({{"x", 2}}))).take();
  EXPECT_EQ(*submod(both, "cpu1").at("/ear.veraison.annotated-evidence/runtime_data_claims/x"), Json(2));
  const Buffer stale = protobuf::Writer()
                           .text(1, "sample")
                           .text(3, encoded(sample_evidence(Json::object({{"y", 3}}))))
                           .text(5, to_text(runtime_))
                           .take();
  EXPECT_THAT(outcome(protobuf::Writer().bytes(1, good).bytes(1, stale).take()), HasSubstr("report-data-mismatch"));
}

TEST_F(AttestationServiceTest, JudgesByEveryPolicyThatIsNamed) {
  ASSERT_TRUE(as_.policies.set("strict_cpu", "package policy\nimport rego.v1\ntrust_claims := {\"hardware\": 97}\n")
                  .has_value());
  const Buffer request =
      protobuf::Writer().bytes(1, AsFixture::item(runtime_)).text(2, "strict").text(2, "default").take();
  const Json cpu = submod(request);
  EXPECT_EQ(*cpu.find("ear.appraisal-policy-id"), Json("strict,default"));
  EXPECT_EQ(*cpu.at("/avouch.appraisals/strict/ear.status"), Json("contraindicated"));
  const Buffer unknown = protobuf::Writer().bytes(1, AsFixture::item(runtime_)).text(2, "nope").take();
  EXPECT_THAT(outcome(unknown), HasSubstr("Policy not found: there is no policy nope_cpu"));
}

TEST_F(AttestationServiceTest, BindsInitDataByDigestAndByText) {
  const auto with = [&](std::uint32_t number, const std::string& text) {
    return protobuf::Writer()
        .text(1, "sample")
        .text(3, encoded(sample_evidence(runtime_)))
        .text(5, to_text(runtime_))
        .text(number, text)
        .take();
  };
  const std::string toml = "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n\"aa.toml\" = \"x = 1\"\n";
  const Json cpu = submod(protobuf::Writer().bytes(1, with(7, toml)).take());
  EXPECT_EQ(*cpu.at("/ear.veraison.annotated-evidence/init_data_claims/aa.toml/x"), Json(1));
  EXPECT_EQ(item_outcome(with(6, codec::to_base64url(Buffer(32, 7)))), "ok");
  EXPECT_THAT(item_outcome(with(6, "?")), HasSubstr("base64.syntax"));
  EXPECT_THAT(item_outcome(with(7, "version = 1")), HasSubstr("initdata."));
}

TEST_F(AttestationServiceTest, NamesTheCauseOfARefusalButNothingOfEvidenceOrPolicy) {
  EXPECT_THAT(outcome({}), StartsWith(std::string(kFailed) + "No verification requests provided. (as.shape)"));
  const Buffer faulty = protobuf::Writer().bytes(1, AsFixture::item(runtime_)).text(2, "faulty").take();
  ASSERT_TRUE(as_.policies
                  .set("faulty_cpu",
                       "package policy\nimport rego.v1\ntrust_claims := {\"hardware\": x} if x := \"secret words\"\n")
                  .has_value());
  EXPECT_THAT(outcome(faulty), HasSubstr("Policy evaluation failed: appraisal.claim-value; decision "));
  EXPECT_THAT(outcome(faulty), Not(HasSubstr("secret words")));
}

TEST_F(AttestationServiceTest, RefusesMessagesThatAreNone) {
  const Json evidence = sample_evidence(runtime_);
  const auto item = [](const char* tee, const std::string& sent, const std::string& runtime, const char* hash) {
    return protobuf::Writer().text(1, tee).text(3, sent).text(5, runtime).text(8, hash).take();
  };
  EXPECT_THAT(item_outcome(item("", encoded(evidence), "{}", "")), HasSubstr("as.shape"));
  EXPECT_THAT(item_outcome(item("sample", "a+b=", "{}", "")), HasSubstr("base64.syntax"));
  EXPECT_THAT(item_outcome(item("sample", "e30", "{}", "")), HasSubstr("sample.svn"));
  EXPECT_THAT(item_outcome(item("sample", "Zm9v", "{}", "")), HasSubstr("as.evidence"));
  EXPECT_THAT(item_outcome(item("sample", encoded(evidence), "{", "")), HasSubstr("json.syntax"));
  EXPECT_THAT(item_outcome(item("sample", encoded(evidence), "{}", "md5")), HasSubstr("as.hash"));
  EXPECT_THAT(item_outcome(item("nonsense", encoded(evidence), "{}", "")), HasSubstr("tee.unknown"));
  EXPECT_THAT(item_outcome(item("cca", encoded(evidence), "{}", "")), HasSubstr("kbs.evidence.shape"));
  EXPECT_THAT(outcome(Buffer{0x0a, 0x05, 0x01}), HasSubstr("protobuf.short"));
  EXPECT_EQ(as_.newest_code(), "protobuf.short");
  EXPECT_EQ(AsFixture::outcome(as_.call("Nonsense", {})), "UNIMPLEMENTED ");
}

TEST_F(AttestationServiceTest, BoundsHowMuchOneCallMayAskFor) {
  protobuf::Writer items, ids;
  for (std::size_t i = 0; i <= limits::kVerificationRequests; ++i) {
    items.bytes(1, AsFixture::item(runtime_));
    ids.text(2, "default");
  }
  EXPECT_THAT(outcome(items.take()), HasSubstr("as.too-many"));
  EXPECT_THAT(outcome(ids.take()), HasSubstr("as.too-many"));
}

TEST_F(AttestationServiceTest, SaysUnavailableWhereTryingAgainMayHelp) {
  as_.store.fail(true);
  EXPECT_THAT(outcome(AsFixture::request(runtime_)), StartsWith("UNAVAILABLE Attestation evaluation failed"));
}

TEST_F(AttestationServiceTest, TakesPoliciesInAndPutsThatOnRecord) {
  const std::string text = "package policy\nimport rego.v1\ntrust_claims := {\"hardware\": 2}\n";
  const auto set = [&](const char* id, const std::string& policy) {
    return AsFixture::outcome(as_.call("SetAttestationPolicy", protobuf::Writer().text(1, id).text(2, policy).take()));
  };
  EXPECT_EQ(set("default_cpu", codec::to_base64url(as_bytes(text))), "ok");
  EXPECT_EQ(*submod(AsFixture::request(runtime_)).find("ear.status"), Json("affirming"));
  EXPECT_EQ(*as_.decisions.newest(2, "")->back().find("subject"), Json("set attestation policy default_cpu"));
  EXPECT_THAT(set("default_cpu", codec::to_base64(as_bytes(text))), HasSubstr("as.policy"));
  EXPECT_THAT(set("default_cpu", codec::to_base64url(as_bytes("package policy\nfoo bar"))), HasSubstr("policy.syntax"));
  EXPECT_THAT(set("../x", codec::to_base64url(as_bytes(text))), HasSubstr("policy.id"));
}

TEST_F(AttestationServiceTest, AddsNothingToTheChallengeOfATeeThatItVerifies) {
  const auto challenge = [&](const char* tee) {
    return as_.call("GetAttestationChallenge",
                    protobuf::Writer().entry(1, {"tee", tee}).entry(1, {"tee_params", "{}"}).take());
  };
  const net::GrpcReply reply = challenge("sample");
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(protobuf::Reader(*reply).next()->text().value(), "");
  EXPECT_THAT(AsFixture::outcome(challenge("nonsense")), StartsWith("ABORTED Challenge: "));
  EXPECT_THAT(AsFixture::outcome(as_.call("GetAttestationChallenge", protobuf::Writer().entry(1, {"tee", "x"}).take())),
              HasSubstr("tee and tee_params"));
}

}  // namespace
}  // namespace avouch::dialect::coco_as
