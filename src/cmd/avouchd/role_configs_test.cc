// The configs of the roles apart: the learning path's as they are, and those of August 2026.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "cmd/avouchd/config.h"
#include "cmd/avouchd/fronts.h"
#include "cmd/avouchd/inputs.h"
#include "testing/code_of.h"

namespace avouch::cmd {
namespace {

using testing::code_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string file_of(const std::string& text, const std::string& name) {
  const std::string file = ::testing::TempDir() + "avouch-roles-" + name;
  EXPECT_TRUE(write_file(file, as_bytes(text), 0600).has_value());
  return file;
}
Result<Config> kbs(const std::string& text) {
  return read_config(file_of(text, "kbs-config.toml"));
}
Result<Config> as(const std::string& text) {
  return read_as_config(file_of(text, "as-config.json"));
}
Result<Config> rvps(const std::string& text) {
  return read_rvps_config(file_of(text, "rvps.json"));
}
std::string detail_of(const Result<Config>& config) {
  return config.has_value() ? "ok" : config.error().detail;
}

// Arm's learning path, word for word as far as it counts.
constexpr const char* kPathKbs = R"([http_server]
sockets = ["0.0.0.0:8080"]
insecure_http = true
[attestation_token]
insecure_key = true
[attestation_service]
type = "coco_as_grpc"
as_addr = "http://as:50004"
[admin]
type = "Simple"
[[admin.personas]]
id = "demo_admin"
public_key_path = "/opt/confidential-containers/kbs/user-keys/public.pub"
[[plugins]]
name = "resource"
type = "LocalFs"
dir_path = "/opt/confidential-containers/kbs/repository"
)";
constexpr const char* kPathAs = R"({
  "work_dir": "/opt/confidential-containers/attestation-service",
  "policy_engine": "opa",
  "rvps_config": {
    "type": "GrpcRemote",
    "address": "http://rvps:50003"
  },
  "attestation_token_broker": {
    "policy_dir": "/opt/confidential-containers/attestation-service/cca",
    "duration_min": 30
  }
})";
constexpr const char* kPathRvps = R"({
    "storage": {
	"type":"LocalFs",
	"file_path": "/opt/confidential-containers/attestation-service/reference_values"
    }
})";

TEST(RoleConfigs, TakeTheLearningPathsBroker) {
  const Result<Config> config = kbs(kPathKbs);
  ASSERT_TRUE(config.has_value()) << detail_of(config);
  EXPECT_EQ(config->verifier_address, "http://as:50004");
  EXPECT_EQ(config->resource_folder, "/opt/confidential-containers/kbs/repository");
  EXPECT_THAT(config->plugins, ElementsAre("resource"));
  EXPECT_TRUE(config->december_2025);
  EXPECT_TRUE(config->insecure_header_jwk);
  EXPECT_FALSE(config->own_admin);
}

TEST(RoleConfigs, TakeTheLearningPathsVerifierAndLeaveItOpenAsThen) {
  const Result<Config> config = as(kPathAs);
  ASSERT_TRUE(config.has_value()) << detail_of(config);
  EXPECT_EQ(config->role, Role::kVerifier);
  EXPECT_EQ(config->references_address, "http://rvps:50003");
  EXPECT_EQ(config->policy_folder, "/opt/confidential-containers/attestation-service/cca");
  EXPECT_EQ(config->data_folder, "/opt/confidential-containers/attestation-service/avouch");
  EXPECT_EQ(config->signer.lifetime, std::chrono::minutes(30));
  EXPECT_TRUE(is_open_to_writes(*config));
}

TEST(RoleConfigs, TakeTheLearningPathsReferenceValues) {
  const Result<Config> config = rvps(kPathRvps);
  ASSERT_TRUE(config.has_value()) << detail_of(config);
  EXPECT_EQ(config->role, Role::kReferenceValues);
  EXPECT_EQ(config->data_folder, "/opt/confidential-containers/attestation-service/reference_values/avouch");
  EXPECT_TRUE(is_open_to_writes(*config));
}

TEST(RoleConfigs, ReadWhoseManifestsCount) {
  constexpr const char* kCorim =
      R"("extractors": {"swid_extractor": {}, "corim": {"trusted_keys": ["a.pem"], "trusted_certs": ["b.pem", "c.pem"]}})";
  const Result<Config> keeper = rvps("{" + std::string(kCorim) + "}");
  ASSERT_TRUE(keeper.has_value()) << detail_of(keeper);
  EXPECT_EQ(keeper->corim_suppliers.key_files, std::vector<std::string>{"a.pem"});
  EXPECT_EQ(keeper->corim_suppliers.certificate_files.size(), 2U);
  EXPECT_FALSE(keeper->corim_suppliers.allow_unsigned);
  const Result<Config> verifier = as(R"({"rvps_config": {"extractors": {"corim": {"allow_unsigned": true}}}})");
  ASSERT_TRUE(verifier.has_value()) << detail_of(verifier);
  EXPECT_TRUE(verifier->corim_suppliers.allow_unsigned);
  EXPECT_EQ(code_of(rvps(R"({"extractors": {"corim": {"trusted_key": []}}})")), "config.unknown-key");
  EXPECT_EQ(code_of(rvps(R"({"extractors": {"in-toto": {}}})")), "config.unknown-key");
  EXPECT_EQ(code_of(rvps(R"({"extractors": {"corim": {"allow_unsigned": "yes"}}})")), "config.type");
  EXPECT_EQ(code_of(as("{\"rvps_config\": {\"type\": \"GrpcRemote\", " + std::string(kCorim) + "}}")),
            "config.conflict")
      << "it is the provider that verifies them";
}

TEST(RoleConfigs, ReadWhoseSwidManifestsCount) {
  const Result<Config> keeper = rvps(R"({"extractors": {"swid": {"trusted_certs": ["a.pem"]}}})");
  ASSERT_TRUE(keeper.has_value()) << detail_of(keeper);
  EXPECT_EQ(keeper->swid_suppliers.certificate_files, std::vector<std::string>{"a.pem"});
  EXPECT_FALSE(keeper->swid_suppliers.allow_unsigned);
  EXPECT_TRUE(keeper->corim_suppliers.certificate_files.empty());
  EXPECT_TRUE(rvps(R"({"extractors": {"swid": {"allow_unsigned": true}}})")->swid_suppliers.allow_unsigned);
  EXPECT_EQ(code_of(rvps(R"({"extractors": {"swid": {"trusted_keys": ["a.pem"]}}})")), "config.unknown-key");
  EXPECT_EQ(code_of(rvps(R"({"extractors": {"swid": {"trusted_certs": "a.pem"}}})")), "config.type");
  EXPECT_EQ(code_of(as(R"({"rvps_config": {"type": "GrpcRemote", "extractors": {"swid": {"allow_unsigned": true}}}})")),
            "config.conflict");
}

TEST(RoleConfigs, TakeTheFilesOfAugust2026AndLetNobodyWriteUnasked) {
  Result<Config> verifier = as(R"({"storage_backend": {"storage_type": "LocalFs", "backends": {"local_fs":
      {"dir_path": "/var/lib/as"}}}, "rvps_config": {"type": "BuiltIn", "extractors": {"swid": {}}},
      "attestation_token_broker": {"duration_min": 5, "verbose_token": true, "issuer_name": "me",
      "signer": {"key_path": "k", "cert_path": "c", "cert_url": "https://c"}},
      "verifier_config": {"tpm_verifier": {"trusted_ak_keys_dir": "/etc"}}})");
  ASSERT_TRUE(verifier.has_value()) << detail_of(verifier);
  EXPECT_EQ(verifier->storage, StorageKind::kLocalFs);
  EXPECT_EQ(verifier->signer_key_file, "k");
  EXPECT_TRUE(verifier->references_address.empty());
  Result<Config> keeper = rvps(R"({"storage": {"storage_type": "LocalFs", "backends": {"local_fs":
      {"dir_path": "/var/lib/rvps"}}}, "extractors": {}})");
  ASSERT_TRUE(keeper.has_value()) << detail_of(keeper);
  EXPECT_EQ(keeper->local_fs_folder, "/var/lib/rvps");
  for (Config* config : {&*verifier, &*keeper}) {
    config->addresses = {"127.0.0.1:1", "0.0.0.0:1"};
    EXPECT_FALSE(is_open_to_writes(*config));
    config->addresses = {"127.0.0.1:1", "[::1]:1"};
    EXPECT_TRUE(is_open_to_writes(*config)) << "nobody else reaches it";
  }
  EXPECT_FALSE(is_open_to_writes(*as(R"({"avouch": {"insecure_writes": false}})"))) << "not even on loopback";
  EXPECT_FALSE(is_open_to_writes(*as(R"({"work_dir": "/w", "avouch": {"insecure_writes": false}})")));
  Result<Config> open = as(R"({"avouch": {"insecure_writes": true, "allow_unbound": true}})");
  ASSERT_TRUE(open.has_value());
  open->addresses = {"0.0.0.0:1"};
  EXPECT_TRUE(is_open_to_writes(*open));
  EXPECT_TRUE(open->allow_unbound);
}

TEST(RoleConfigs, NameFileLineKeyAndTheNearestKey) {
  EXPECT_THAT(detail_of(as("{\n  \"rvps_config\": {\n    \"type\": \"BuiltIn\",\n    \"adress\": \"x\"\n  }\n}")),
              HasSubstr("as-config.json:4: rvps_config.adress means nothing; the nearest key that does is "
                        "rvps_config.address"));
  EXPECT_THAT(detail_of(as("{\"type\": [{\"work_dri\": 1}],\n\"work_dri\": \"/x\"}")), HasSubstr(":1: type means"));
  EXPECT_THAT(detail_of(as("{\"rvps_config\":\n{},\n\"work_dri\": \"/x\"}")), HasSubstr(":3: work_dri means nothing"));
  EXPECT_THAT(detail_of(rvps("{\n\n\"storage\": {\"type\": \"Sled\"}}")), HasSubstr("rvps.json:3: storage.type"));
}

TEST(RoleConfigs, RefuseWhatContradictsItselfOrSaysNothing) {
  EXPECT_EQ(code_of(rvps(R"({"storage": {"type": "LocalFs", "storage_type": "Memory"}})")), "config.conflict");
  EXPECT_EQ(code_of(rvps(R"({"storage": {"type": "Redis"}})")), "config.value");
  EXPECT_EQ(code_of(as(R"({"rvps_config": {"type": "Remote"}})")), "config.value");
  EXPECT_EQ(code_of(as(R"({"attestation_token_broker": {"duration_min": 0}})")), "config.range");
  EXPECT_EQ(code_of(as(R"({"work_dir": 1})")), "config.type");
  EXPECT_EQ(code_of(as("[]")), "config.shape");
  EXPECT_EQ(code_of(as("{")), "json.syntax");
  EXPECT_EQ(code_of(kbs("[attestation_service]\ntype = \"coco_as_grpc\"\n"
                        "[attestation_service.attestation_token_broker]\nduration_min = 5\n")),
            "config.conflict");
  EXPECT_EQ(code_of(kbs("[attestation_service]\ntype = \"coco_as_grpc\"\npool_size = 0\n")), "config.range");
  EXPECT_EQ(code_of(kbs("[policy_engine]\npolicy_path = \"policy.rego\"\n")), "config.value");
}

TEST(RoleConfigs, AreToldApartByTheirKeys) {
  const auto role = [](const std::string& text, const char* name) {
    const Result<Role> found = role_of_config(file_of(text, name));
    return found.has_value() ? static_cast<int>(*found) : -1;
  };
  EXPECT_EQ(role(kPathKbs, "a.toml"), static_cast<int>(Role::kBroker));
  EXPECT_EQ(role(kPathAs, "b.json"), static_cast<int>(Role::kVerifier));
  EXPECT_EQ(role(kPathRvps, "c.json"), static_cast<int>(Role::kReferenceValues));
  EXPECT_EQ(role("{}", "d.json"), static_cast<int>(Role::kBroker));
}

class CcaConfig : public ::testing::Test {
 protected:
  static Result<CcaInputs> load(const std::string& text) {
    Config config;
    config.cca_config_file = file_of(text, "cca.json");
    return load_cca(config, tee::Rooms(false));
  }
  static std::string remote_with(const std::string& members) {
    return R"({"cca-verifier": {"type": "remote")" + members + "}}";
  }
};

TEST_F(CcaConfig, NamesAVerifierElsewhereAndEndorsesNothingThen) {
  const Result<CcaInputs> inputs = load(remote_with(R"(, "address": "https://veraison.example:8443")"));
  ASSERT_TRUE(inputs.has_value()) << inputs.error().detail;
  EXPECT_TRUE(inputs->endorsements.trust_anchors.empty());
  ASSERT_TRUE(inputs->remote.has_value());
  EXPECT_EQ(inputs->remote->address, "https://veraison.example:8443");
  EXPECT_EQ(inputs->remote->trust.roots, net::TlsTrust::Roots::kSystem);
}

TEST_F(CcaConfig, TrustsTheCertificateOfAVerifierElsewhereBesideTheSystems) {
  const std::string pem = file_of("a certificate", "ca.pem");
  const Result<CcaInputs> inputs =
      load(remote_with(R"(, "address": "https://veraison.example", "ca-cert": ")" + pem + "\""));
  ASSERT_TRUE(inputs.has_value()) << inputs.error().detail;
  EXPECT_EQ(inputs->remote->trust.roots, net::TlsTrust::Roots::kSystemAndGiven);
  EXPECT_EQ(inputs->remote->trust.given_pem, "a certificate");
}

TEST_F(CcaConfig, RefusesAVerifierElsewhereThatItCannotAsk) {
  EXPECT_STREQ(load(remote_with("")).error().code, "config.cca");
  EXPECT_STREQ(load(remote_with(R"(, "address": 1)")).error().code, "config.cca");
  EXPECT_STREQ(load(remote_with(R"(, "address": "https://veraison.example", "ca-cert": true)")).error().code,
               "config.cca");
  EXPECT_STREQ(load(remote_with(R"(, "address": "https://veraison.example", "ca-cert": "/nowhere.pem")")).error().code,
               "file.missing");
  EXPECT_STREQ(load(R"({"cca-verifier": {"type": "other"}})").error().code, "config.cca");
}

}  // namespace
}  // namespace avouch::cmd
