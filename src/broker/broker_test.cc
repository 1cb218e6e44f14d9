#include "broker/broker.h"

#include <gmock/gmock.h>

#include "broker/ear_fixture.h"
#include "crypto/random.h"
#include "ledger/default_policies.h"
#include "testing/failing_store.h"

namespace avouch::broker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kAllow = "package policy\ndefault allow := true\n";

class BrokerTest : public ::testing::Test {
 protected:
  BrokerTest() {
    EXPECT_TRUE(vault.put(*ResourcePath::parse("a/b/c"), as_bytes("planted-secret")).has_value());
    set(kAllow);
  }
  void set(const std::string& policy) {
    const Status status = policies.set(kResourcePolicyId, policy);
    EXPECT_TRUE(status.has_value()) << status.error().detail;
  }
  VerifiedEar ear(const char* status = "affirming") const {
    EarTrust trust;
    trust.keys = {{signer.public_key(), ""}};
    return *EarVerifier(trust).verify(sign_ear(ear_claims(tee_key, clock.now(), status), signer), clock.now());
  }
  std::string release(const char* path, const char* status = "affirming", PathForm form = PathForm::kSegments) {
    Broker broker({vault, policies, decisions, clock, form});
    const auto result = broker.release(ear(status), {path, Json::object(), "192.0.2.1:1"});
    last_ = result.has_value() ? result->decision_id : result.error().decision_id;
    if (!result.has_value()) return result.error().error.code;
    const Result<Secret> secret = jose::open_jwe(result->jwe, tee_key);
    return secret.has_value() ? std::string(as_text(secret->reveal())) : secret.error().code;
  }

  testing::ManualClock clock;
  const Log log{clock, LogLevel::kOff, LogFormat::kText};
  testing::FailingStore store{clock};
  const crypto::PrivateKey signer = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const crypto::PrivateKey tee_key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  Vault vault{store, Secret(crypto::random_bytes(crypto::kAesKeyBytes))};
  ledger::Policies policies{store, "kbs", {{kResourcePolicyId, ledger::default_policies().at("resource_default")}}};
  ledger::DecisionLog decisions{store, clock, log};
  std::string last_;
};

TEST_F(BrokerTest, ReleasesTheSecretToTheKeyOfTheResult) {
  EXPECT_EQ(release("a/b/c"), "planted-secret");
}

// The peer's default releases to contraindicated machines, and to any machine with a TPM of its own making.
TEST_F(BrokerTest, ReleasesByTheDefaultPolicyToAffirmedMachinesOnly) {
  ASSERT_TRUE(*policies.erase(kResourcePolicyId));
  EXPECT_EQ(release("a/b/c", "affirming"), "planted-secret");
  for (const char* status : {"warning", "contraindicated", "none", "Affirming", ""}) {
    EXPECT_EQ(release("a/b/c", status), "release.denied") << status;
  }
}

TEST_F(BrokerTest, AsksThePolicyBeforeItLooksForTheSecret) {
  EXPECT_EQ(release("a/b/none"), "resource.unknown");
  EXPECT_EQ(release("a/../c"), "resource.path");
  set("package policy\ndefault allow := false\n");
  for (const char* path : {"a/b/c", "a/b/none", "a/../c", ""}) EXPECT_EQ(release(path), "release.denied") << path;
}

TEST_F(BrokerTest, DeniesWhateverAPolicySaysButTrue) {
  for (const char* value : {"\"true\"", "1", "null", "[true]", "{true}", "{\"allow\": true}", "false"}) {
    set(std::string("package policy\nallow := ") + value + "\n");
    EXPECT_EQ(release("a/b/c"), "release.denied") << value;
  }
  set("package policy\nx := true\n");
  EXPECT_EQ(release("a/b/c"), "release.denied");
}

TEST_F(BrokerTest, ShowsPoliciesThePathInEitherForm) {
  set("package policy\nimport rego.v1\ndefault allow := false\nallow if data[\"resource-path\"] == [\"a\", \"b\", "
      "\"c\"]\n");
  EXPECT_EQ(release("a/b/c"), "planted-secret");
  EXPECT_EQ(release("a/b/c", "affirming", PathForm::kText), "release.denied");
  set("package policy\nimport rego.v1\ndefault allow := false\nallow if data[\"resource-path\"] == "
      "\"resource/a/b/c\"\n");
  EXPECT_EQ(release("a/b/c"), "release.denied");
  EXPECT_EQ(release("a/b/c", "affirming", PathForm::kText), "planted-secret");
}

TEST_F(BrokerTest, LosesNoEmptySegmentOnTheWayToThePolicy) {
  set("package policy\nimport rego.v1\ndefault allow := false\nallow if count(data[\"resource-path\"]) == 3\n");
  for (const char* path : {"a/b/c/", "/a/b/c", "a//b/c", "a/b", ""}) EXPECT_EQ(release(path), "release.denied") << path;
}

TEST_F(BrokerTest, PutsOnRecordWhoGotWhatByWhichPolicyAndNeverTheSecret) {
  ASSERT_EQ(release("a/b/c"), "planted-secret");
  const Json granted = *decisions.find(last_);
  EXPECT_EQ(*granted.find("outcome"), Json("granted"));
  EXPECT_EQ(*granted.find("attestation_id"), Json("decision-of-the-test"));
  EXPECT_EQ(*granted.at("/policy/default"), Json(false));
  EXPECT_EQ(*granted.at("/submods/cpu0"), Json("affirming"));
  EXPECT_THAT(to_text(granted), Not(HasSubstr("planted-secret")));
  EXPECT_EQ(release("a/b/none"), "resource.unknown");
  EXPECT_EQ(*decisions.find(last_)->find("outcome"), Json("refused"));
}

TEST_F(BrokerTest, ReleasesNothingWhenTheStoreFailsOrTheRecordWasTamperedWith) {
  ASSERT_TRUE(store.put("repository", "a/b/c", as_bytes("planted-secret"), store::Expiry::never()).has_value());
  EXPECT_EQ(release("a/b/c"), "vault.seal");
  store.fail(true);
  EXPECT_EQ(release("a/b/c"), "store.full");
}

TEST_F(BrokerTest, KeepsOfADenialWhatThePolicySawAndOfAReleaseNothing) {
  set("package policy\nimport rego.v1\ndefault allow := false\nallow if data[\"resource-path\"][0] == \"a\"\n");
  EXPECT_EQ(release("b/b/c"), "release.denied");
  const Json denied = *decisions.find(last_);
  EXPECT_EQ(*denied.at("/data/resource-path/0"), Json("b"));
  EXPECT_EQ(*denied.at("/input/submods/cpu0/ear.status"), Json("affirming"));
  ASSERT_EQ(release("a/b/c"), "planted-secret");
  EXPECT_EQ(decisions.find(last_)->find("input"), nullptr);
  EXPECT_EQ(decisions.find(last_)->find("data"), nullptr);
}

TEST_F(BrokerTest, KeepsWhatAPolicySawThatFailed) {
  set("package policy\nimport rego.v1\nallow := x\nx := true\nx := false if input.submods\n");
  EXPECT_EQ(release("a/b/c"), "policy.evaluation");
  EXPECT_EQ(*decisions.find(last_)->at("/data/plugin"), Json("resource"));
}

}  // namespace
}  // namespace avouch::broker
