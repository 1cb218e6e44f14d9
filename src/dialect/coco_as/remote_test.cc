#include "dialect/coco_as/remote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/ear_fixture.h"
#include "dialect/coco_as/as_fixture.h"
#include "testing/code_of.h"

namespace avouch::dialect::coco_as {
namespace {

using testing::code_of;
using ::testing::HasSubstr;

// A broker's half, and behind it a service that the calls of the one go to without a network.
class RemoteVerifierTest : public ::testing::Test {
 protected:
  RemoteVerifierTest() { trust(as_.signer.public_key()); }

  void trust(const crypto::PublicKey& key) {
    broker::EarTrust trust;
    trust.keys = {{key, ""}};
    ears_ = std::make_unique<broker::EarVerifier>(std::move(trust));
    verifier_ =
        std::make_unique<RemoteVerifier>(RemoteVerifier::Parts{call_, "http://as.example:50004", rooms_, as_.sessions,
                                                               as_.reference_values, *ears_, as_.decisions, as_.clock});
  }
  net::GrpcReply pass_on(std::string_view service, std::string_view method, Bytes message) {
    ++calls_;
    if (failure_.has_value()) return tl::unexpected(*failure_);
    if (forged_.has_value()) return protobuf::Writer().text(1, *forged_).take();
    if (service == AttestationService::kName) return as_.service.call(method, message, "192.0.2.9:1");
    return tl::unexpected(net::GrpcStatus{net::GrpcCode::kUnimplemented, ""});
  }

  appraise::Submission submission(const char* tee = "sample") {
    const appraise::Challenge challenge = as_.sessions.issue(tee);
    appraise::Submission out;
    out.ticket = challenge.ticket;
    out.peer = "192.0.2.1:4711";
    out.runtime_claims = Json::object(
        {{"additional-evidence", ""}, {"nonce", codec::to_base64(challenge.session.nonce)}, {"tee-pubkey", jwk_}});
    out.evidence = to_buffer(as_bytes(to_text(sample_evidence(out.runtime_claims))));
    return out;
  }
  std::string attest(const appraise::Submission& submission) {
    const auto result = verifier_->attest(submission);
    if (result.has_value()) return "ok";
    EXPECT_EQ(as_.decisions.find(result.error().decision_id)->at("/error/code")->as_string() == nullptr, false);
    return result.error().error.code;
  }

  AsFixture as_;
  tee::Rooms rooms_{false};  // the broker itself verifies nothing
  net::GrpcCall call_ = [this](std::string_view service, std::string_view method, Bytes message) {
    return pass_on(service, method, message);
  };
  std::unique_ptr<broker::EarVerifier> ears_;
  std::unique_ptr<RemoteVerifier> verifier_;
  crypto::PrivateKey tee_key_ = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  Json jwk_ = jose::RecipientKey::from_jwk(broker::tee_public_jwk(tee_key_), false)->filtered_jwk();
  std::optional<net::GrpcStatus> failure_;
  std::optional<std::string> forged_;
  int calls_ = 0;
};

TEST_F(RemoteVerifierTest, BringsTheTokenThatTheServiceSigned) {
  const auto result = verifier_->attest(submission());
  ASSERT_TRUE(result.has_value()) << result.error().error.detail;
  EXPECT_EQ(result->session.tee, "sample");
  const Json cpu = *as_.payload(result->token).at("/submods/cpu0");
  EXPECT_EQ(*cpu.at("/ear.veraison.annotated-evidence/runtime_data_claims/tee-pubkey"), jwk_);
  const Json record = as_.decisions.find(result->decision_id).value();
  EXPECT_EQ(*record.find("verifier"), Json("http://as.example:50004"));
  EXPECT_EQ(*record.find("remote_decision"), *as_.payload(result->token).find("jti"));
}

TEST_F(RemoteVerifierTest, SendsTheInitDataThemselves) {
  appraise::Submission sent = submission();
  sent.init_data_text = "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n\"aa.toml\" = \"x = 1\"\n";
  const auto result = verifier_->attest(sent);
  ASSERT_TRUE(result.has_value()) << result.error().error.detail;
  EXPECT_EQ(*as_.payload(result->token).at("/submods/cpu0/ear.veraison.annotated-evidence/init_data_claims/aa.toml/x"),
            Json(1));
}

TEST_F(RemoteVerifierTest, BelievesNoTokenOfAKeyThatTheBrokerDoesNotTrust) {
  trust(crypto::PrivateKey::generate_ec(crypto::Curve::kP256).public_key());
  EXPECT_EQ(attest(submission()), "ear.untrusted-key");
}

TEST_F(RemoteVerifierTest, BelievesNoTokenAboutAnotherGuest) {
  const auto others = verifier_->attest(submission());
  ASSERT_TRUE(others.has_value());
  forged_ = others->token;
  jwk_ =
      jose::RecipientKey::from_jwk(broker::tee_public_jwk(crypto::PrivateKey::generate_ec(crypto::Curve::kP256)), false)
          ->filtered_jwk();
  EXPECT_EQ(attest(submission()), "as.other-key");
  forged_ = "nonsense";
  EXPECT_THAT(attest(submission()), HasSubstr("jws."));
}

TEST_F(RemoteVerifierTest, TellsARefusalFromAServiceThatIsNotThere) {
  appraise::Submission stale = submission();
  stale.evidence = to_buffer(as_bytes(to_text(sample_evidence(Json::object()))));
  const auto refused = verifier_->attest(stale);
  ASSERT_FALSE(refused.has_value());
  EXPECT_STREQ(refused.error().error.code, "as.refused");
  EXPECT_EQ(refused.error().error.blame, Blame::kEvidence);
  EXPECT_THAT(refused.error().error.detail, HasSubstr("sample.report-data-mismatch"));
  for (const net::GrpcCode code : {net::GrpcCode::kUnavailable, net::GrpcCode::kDeadlineExceeded,
                                   net::GrpcCode::kInternal, net::GrpcCode::kUnimplemented}) {
    failure_ = net::GrpcStatus{code, "gone"};
    const auto lost = verifier_->attest(submission());
    ASSERT_FALSE(lost.has_value());
    EXPECT_STREQ(lost.error().error.code, "as.unavailable");
    EXPECT_EQ(lost.error().error.blame, Blame::kUnavailable);
  }
}

TEST_F(RemoteVerifierTest, UsesASessionUpBeforeItAsks) {
  const appraise::Submission once = submission();
  EXPECT_EQ(attest(once), "ok");
  EXPECT_EQ(attest(once), "session.used");
  EXPECT_EQ(calls_, 1);
}

TEST_F(RemoteVerifierTest, LeavesItToTheServiceWhichTeesAreVerified) {
  for (const char* tee : {"cca", "sample", "snp", "tdx"}) EXPECT_EQ(code_of(verifier_->expects(tee)), "ok") << tee;
  EXPECT_EQ(code_of(verifier_->expects("se")), "tee.unsupported");
  EXPECT_EQ(code_of(verifier_->expects("nonsense")), "tee.unknown");
}

TEST_F(RemoteVerifierTest, PassesPoliciesAndReferenceValuesOn) {
  EXPECT_EQ(code_of(verifier_->set_policy("x_cpu", "package policy\nimport rego.v1\ntrust_claims := {}\n")), "ok");
  EXPECT_EQ(code_of(as_.policies.get("x_cpu")), "ok");
  EXPECT_EQ(code_of(verifier_->set_policy("x_cpu", "package policy\nfoo bar")), "as.refused");
  EXPECT_EQ(verifier_->reference_value("svn").value(), std::nullopt);
  const std::string payload = codec::to_base64(as_bytes(R"({"svn":["1"]})"));
  const std::string message = R"({"version":"0.1.0","type":"sample","payload":")" + payload + "\"}";
  EXPECT_EQ(*verifier_->accept_reference_values(message), std::vector<std::string>{"svn"});
  EXPECT_EQ(verifier_->reference_value("svn").value(), Json::array({"1"}));
  EXPECT_EQ(code_of(verifier_->accept_reference_values("{}")), "provenance.shape");
  as_.store.fail(true);
  EXPECT_EQ(code_of(verifier_->reference_value("svn")), "store.full");
  failure_ = net::GrpcStatus{net::GrpcCode::kUnavailable, "gone"};
  EXPECT_EQ(code_of(verifier_->set_policy("x_cpu", "package policy\n")), "as.unavailable");
}

}  // namespace
}  // namespace avouch::dialect::coco_as
