// The policies in src/appraise/policies, claim by claim: what affirms, and everything that must not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/file.h"
#include "base/limits.h"
#include "policy/policy.h"

namespace avouch::policy {
namespace {

using ::testing::ElementsAre;

constexpr char kRim[] = "cca.realm.cca-realm-initial-measurement";
constexpr char kRems[] = "cca.realm.cca-realm-extensible-measurements";
const std::string kZeros32 = std::string(43, 'A') + "=";   // 32 zero octets in base64
const std::string kZeros64 = std::string(86, 'A') + "==";  // 64

using References = std::map<std::string, Json>;

std::shared_ptr<const Program> policy(const std::string& file) {
  const auto folder = std::filesystem::path(__FILE__).parent_path().parent_path() / "appraise" / "policies";
  const Result<std::string> source = read_text_file((folder / file).string(), limits::kPolicyBytes);
  EXPECT_TRUE(source.has_value()) << source.error().detail;
  auto program = compile(file, source.value_or(""));
  EXPECT_TRUE(program.has_value()) << program.error().detail;
  return program.value_or(nullptr);
}

ReferenceLookup lookup_in(const References& references) {
  return [&references](const std::string& name) {
    const auto found = references.find(name);
    return found == references.end() ? Json(nullptr) : found->second;
  };
}

// What a policy says, as {claim: value}.
Json said_by(const std::string& file, const Json& input, const References& references = {}) {
  Result<Evaluation> result =
      policy(file)->evaluate("data.policy.trust_claims", input, Json::object(), lookup_in(references));
  EXPECT_TRUE(result.has_value()) << result.error().detail;
  return result.has_value() ? result->value.value_or(Json()) : Json();
}

Evaluation appraisal(const Json& input, const References& references, const char* rule = "data.policy.trust_claims") {
  static const std::shared_ptr<const Program> program = policy("default_cpu.rego");
  Result<Evaluation> result = program->evaluate(rule, input, Json::object(), lookup_in(references));
  EXPECT_TRUE(result.has_value()) << result.error().detail;
  EXPECT_TRUE(result->value.has_value());
  return result.has_value() ? *std::move(result) : Evaluation{};
}

std::int64_t claim(const char* name, const Json& input, const References& references = {}) {
  const Json claims = appraisal(input, references).value.value_or(Json());
  const Json* value = claims.find(name);
  return value == nullptr ? -1000 : value->as_integer().value_or(-1000);
}

Json realm(const std::string& rim = "rim==", const std::string& rem = kZeros64) {
  return Json::object({{"cca-realm-initial-measurement", rim},
                       {"cca-realm-extensible-measurements", Json::array({kZeros64, rem, kZeros64, kZeros64})}});
}

Json platform(const char* lifecycle = "secured", const char* endorsed = "matched") {
  return Json::object({{"cca-platform-instance-id", "AQ=="},
                       {"cca-platform-lifecycle-state", lifecycle},
                       {"cca-platform-endorsed", endorsed}});
}

Json cca(Json realm_claims = realm(), Json platform_claims = platform()) {
  return Json::object(
      {{"cca", Json::object({{"realm", std::move(realm_claims)}, {"platform", std::move(platform_claims)}})}});
}

Json sample(Json svn = "1", Json minor = 4, Json debug = false) {
  return Json::object(
      {{"sample", Json::object({{"svn", std::move(svn)},
                                {"launch_digest", "abcde"},
                                {"platform_version", Json::object({{"major", 1}, {"minor", std::move(minor)}})},
                                {"debug", std::move(debug)}})}});
}

References sample_references() {
  return {{"launch_digest", Json::array({"abcde"})},
          {"svn", Json::array({"1"})},
          {"major_version", 1},
          {"minimum_minor_version", 4}};
}

TEST(DefaultCpu, AssertsNothingOfEvidenceThatItDoesNotKnow) {
  for (const Json& input : {Json::object(), Json::object({{"snp", Json::object({{"measurement", "x"}})}}), Json(),
                            Json::object({{"cca", nullptr}, {"sample", nullptr}}), Json("cca")}) {
    const Evaluation evaluation = appraisal(input, {});
    EXPECT_EQ(*evaluation.value, Json::object({{"instance-identity", 0},
                                               {"configuration", 36},
                                               {"executables", 33},
                                               {"file-system", 0},
                                               {"hardware", 97},
                                               {"runtime-opaque", 0},
                                               {"storage-opaque", 0},
                                               {"sourced-data", 0}}))
        << to_text(input);
  }
}

TEST(DefaultCpuCca, AffirmsARealmWithAnApprovedInitialMeasurement) {
  EXPECT_EQ(*appraisal(cca(), {{kRim, Json::array({"other", "rim=="})}}).value, Json::object({{"instance-identity", 2},
                                                                                              {"configuration", 2},
                                                                                              {"executables", 3},
                                                                                              {"file-system", 0},
                                                                                              {"hardware", 2},
                                                                                              {"runtime-opaque", 2},
                                                                                              {"storage-opaque", 0},
                                                                                              {"sourced-data", 0}}));
}

TEST(DefaultCpuCca, OnlyWarnsOfExecutablesWithoutAnApprovedInitialMeasurement) {
  for (const References& references :
       {References{}, References{{kRim, nullptr}}, References{{kRim, Json::array()}},
        References{{kRim, Json::array({"other"})}}, References{{kRim, "rim"}}, References{{kRim, "rim==x"}},
        References{{kRim, 1}}, References{{kRim, true}}, References{{kRim, Json::object({{"rim==", true}})}},
        References{{"cca_rim", "rim=="}}, References{{kRems, Json::array({"rim=="})}}}) {
    EXPECT_EQ(*appraisal(cca(), references).value, Json::object({{"instance-identity", 2},
                                                                 {"configuration", 2},
                                                                 {"executables", 33},
                                                                 {"file-system", 0},
                                                                 {"hardware", 2},
                                                                 {"runtime-opaque", 2},
                                                                 {"storage-opaque", 0},
                                                                 {"sourced-data", 0}}));
  }
}

TEST(DefaultCpuCca, TakesAReferenceValueAsAListOrAlone) {
  EXPECT_EQ(claim("executables", cca(), {{kRim, "rim=="}}), 3);
  EXPECT_EQ(claim("executables", cca(), {{kRim, Json::array({"rim=="})}}), 3);
}

TEST(DefaultCpuCca, NeverTakesAnAbsentMeasurementForAnAbsentReferenceValue) {
  Json realm_claims = realm();
  realm_claims.set("cca-realm-initial-measurement", nullptr);
  EXPECT_EQ(claim("executables", cca(realm_claims)), 33);
  realm_claims.erase("cca-realm-initial-measurement");
  EXPECT_EQ(claim("executables", cca(realm_claims)), 33);
  EXPECT_EQ(claim("executables", cca(realm_claims), {{kRim, Json::array({nullptr})}}), 33);
}

TEST(DefaultCpuCca, DemandsThatExtendedMeasurementsAreApproved) {
  const References rim_alone = {{kRim, "rim=="}};
  EXPECT_EQ(claim("executables", cca(realm("rim==", kZeros32)), rim_alone), 3);
  for (const std::string& rem :
       {std::string("AAAB"), "B" + kZeros32, kZeros64.substr(0, 85) + "B==", std::string("app=")}) {
    const Json input = cca(realm("rim==", rem));
    EXPECT_EQ(claim("executables", input, rim_alone), 33) << rem;
    EXPECT_EQ(claim("executables", input, {{kRim, "rim=="}, {kRems, Json::array({"other"})}}), 33) << rem;
    EXPECT_EQ(claim("executables", input, {{kRim, "rim=="}, {kRems, Json::array({"other", rem})}}), 3) << rem;
    EXPECT_EQ(claim("executables", input, {{kRim, "rim=="}, {kRems, rem}}), 3) << rem;
    EXPECT_EQ(claim("executables", input, {{kRems, rem}}), 33) << rem;
  }
}

TEST(DefaultCpuCca, DemandsFourExtensibleMeasurements) {
  for (const Json& measurements : {Json::array(), Json::array({kZeros64}), Json(nullptr), Json(kZeros64),
                                   Json::array({kZeros64, kZeros64, kZeros64, nullptr})}) {
    Json realm_claims = realm();
    realm_claims.set("cca-realm-extensible-measurements", measurements);
    EXPECT_EQ(claim("executables", cca(realm_claims), {{kRim, "rim=="}}), 33) << to_text(measurements);
  }
}

TEST(DefaultCpuCca, RefusesHardwareThatIsNotAsEndorsed) {
  EXPECT_EQ(claim("hardware", cca()), 2);
  EXPECT_EQ(claim("configuration", cca()), 2);
  for (const Json& claims : {platform("secured", "missing"), platform("secured", "mismatched"), platform("secured", ""),
                             platform("non-psa-rot-debug"), platform("unknown"), platform(""), Json::object()}) {
    EXPECT_EQ(claim("hardware", cca(realm(), claims), {{kRim, "rim=="}}), 97) << to_text(claims);
    EXPECT_EQ(claim("configuration", cca(realm(), claims), {{kRim, "rim=="}}), 36) << to_text(claims);
  }
}

TEST(DefaultCpuCca, KnowsTheInstanceOnlyByItsIdentity) {
  EXPECT_EQ(claim("instance-identity", cca()), 2);
  EXPECT_EQ(claim("instance-identity", cca(realm(), Json::object())), 0);
}

TEST(DefaultCpuCca, CallsMemoryOpaqueOnlyForARealm) {
  EXPECT_EQ(claim("runtime-opaque", cca()), 2);
  EXPECT_EQ(claim("runtime-opaque", cca(Json::object())), 0);
}

TEST(DefaultCpuCca, LooksUpNoReferenceValueOfAnotherTee) {
  std::vector<std::string> names;
  for (const Lookup& lookup : appraisal(cca(), {{kRim, "rim=="}}).lookups) names.push_back(lookup.name);
  EXPECT_THAT(names, ElementsAre(kRim, kRems));
}

TEST(DefaultCpuSample, AffirmsWhatMatchesEveryReferenceValue) {
  EXPECT_EQ(*appraisal(sample(), sample_references()).value, Json::object({{"instance-identity", 0},
                                                                           {"configuration", 2},
                                                                           {"executables", 3},
                                                                           {"file-system", 0},
                                                                           {"hardware", 2},
                                                                           {"runtime-opaque", 0},
                                                                           {"storage-opaque", 0},
                                                                           {"sourced-data", 0}}));
}

TEST(DefaultCpuSample, RefusesHardwareIfAnyReferenceValueIsMissingOrDiffers) {
  EXPECT_EQ(claim("hardware", sample("1", 5), sample_references()), 2);
  for (const char* name : {"svn", "major_version", "minimum_minor_version"}) {
    for (const Json& wrong : {Json(nullptr), Json::array(), Json("2"), Json(9), Json::array({9, "2"})}) {
      References references = sample_references();
      references[name] = wrong;
      EXPECT_EQ(claim("hardware", sample(), references), 97) << name << " " << to_text(wrong);
    }
  }
  EXPECT_EQ(claim("hardware", sample("2"), sample_references()), 97);
  EXPECT_EQ(claim("hardware", sample("1", 3), sample_references()), 97);
  EXPECT_EQ(claim("hardware", sample("1", "5"), sample_references()), 97);
  EXPECT_EQ(claim("hardware", sample("1", nullptr), sample_references()), 97);
}

TEST(DefaultCpuSample, OnlyWarnsOfAnotherLaunchDigest) {
  References references = sample_references();
  for (const Json& wrong : {Json(nullptr), Json("abcd"), Json::array({"abcdef"})}) {
    references["launch_digest"] = wrong;
    EXPECT_EQ(claim("executables", sample(), references), 33);
  }
  references["launch_digest"] = "abcde";
  EXPECT_EQ(claim("executables", sample(), references), 3);
}

TEST(DefaultCpuSample, OnlyWarnsOfADebugConfiguration) {
  EXPECT_EQ(claim("configuration", sample("1", 4, false)), 2);
  EXPECT_EQ(claim("configuration", sample("1", 4, true)), 36);
  EXPECT_EQ(claim("configuration", sample("1", 4, nullptr)), 36);
}

TEST(DefaultCpuExtensions, NameTheWorkloadOfTheInitData) {
  const auto extensions = [](const Json& input) {
    return to_text(*appraisal(input, {}, "data.policy.extensions").value);
  };
  EXPECT_EQ(extensions(cca()), R"([{"key":-18,"name":"ear.trustee.identifiers","value":{"validated":{}}}])");
  const Result<Json> input = parse_json(R"({"init_data_claims": {"agent_policy_claims": {"containers": [
      {"OCI": {"Annotations": {"io.kubernetes.cri.image-name": "nginx"}, "Process": {"User": {"UID": 65535}}}},
      {"OCI": {"Annotations": {}}}]}}})");
  ASSERT_TRUE(input.has_value());
  EXPECT_EQ(extensions(*input), R"([{"key":-18,"name":"ear.trustee.identifiers","value":{"validated":)"
                                R"({"container_images":["nginx"],"container_uids":[65535]}}}])");
}

Json submods(std::initializer_list<Json> statuses) {
  Json out = Json::object();
  int count = 0;
  for (const Json& status : statuses) {
    out.set("cpu" + std::to_string(count++), Json::object({{"ear.status", status}}));
  }
  return Json::object({{"submods", out}});
}

Json allowed(const char* file, const Json& input, const Json& plugin = "resource") {
  const Result<Evaluation> result = policy(file)->evaluate(
      "data.policy.allow", input, Json::object({{"plugin", plugin}}), [](const std::string&) { return Json(nullptr); });
  EXPECT_TRUE(result.has_value());
  return result.has_value() && result->value.has_value() ? *result->value : Json();
}

std::vector<Json> unaffirmed() {
  return {Json::object(),
          Json(),
          Json::object({{"submods", Json::object()}}),
          Json::object({{"submods", Json::array()}}),
          Json::object({{"submods", "affirming"}}),
          Json::object({{"submods", nullptr}}),
          Json::object({{"ear.status", "affirming"}}),
          Json::object({{"submods", Json::object({{"cpu0", Json::object()}})}}),
          Json::object({{"submods", Json::object({{"cpu0", "affirming"}})}}),
          submods({"warning"}),
          submods({"contraindicated"}),
          submods({"none"}),
          submods({"Affirming"}),
          submods({nullptr}),
          submods({2}),
          submods({"affirming", "warning"}),
          submods({"warning", "affirming"}),
          submods({"affirming", "affirming", nullptr})};
}

TEST(DefaultResource, AllowsOnlyIfEverySubmoduleIsAffirming) {
  EXPECT_EQ(allowed("resource_default.rego", submods({"affirming"})), Json(true));
  EXPECT_EQ(allowed("resource_default.rego", submods({"affirming", "affirming"})), Json(true));
  for (const Json& input : unaffirmed())
    EXPECT_EQ(allowed("resource_default.rego", input), Json(false)) << to_text(input);
}

TEST(DefaultResource, AllowsNoOtherPlugin) {
  for (const Json& plugin : {Json("pkcs11"), Json(""), Json(nullptr), Json::array({"resource"})}) {
    EXPECT_EQ(allowed("resource_default.rego", submods({"affirming"}), plugin), Json(false));
    EXPECT_EQ(allowed("resource_allow_all.rego", submods({"affirming"}), plugin), Json(false));
  }
}

TEST(ResourceAffirming, AllowsAnyPluginIfEverySubmoduleIsAffirming) {
  EXPECT_EQ(allowed("resource_affirming.rego", submods({"affirming"}), "pkcs11"), Json(true));
  for (const Json& input : unaffirmed()) {
    EXPECT_EQ(allowed("resource_affirming.rego", input), Json(false)) << to_text(input);
  }
}

TEST(ResourceAllowAll, AllowsWhateverTheEvidenceSays) {
  EXPECT_EQ(allowed("resource_allow_all.rego", submods({"contraindicated"})), Json(true));
}

TEST(ResourceDenyAll, DeniesWhateverTheEvidenceSays) {
  EXPECT_EQ(allowed("resource_deny_all.rego", submods({"affirming"})), Json(false));
}

// {configuration, executables, hardware, instance-identity, runtime-opaque, storage-opaque}; the other two are 0.
std::vector<std::int64_t> vector_of(const Json& said) {
  std::vector<std::int64_t> out;
  EXPECT_EQ(said.as_object()->size(), 8U);
  for (const char* zero : {"file-system", "sourced-data"}) EXPECT_EQ(*said.find(zero), Json(0));
  for (const char* name :
       {"configuration", "executables", "hardware", "instance-identity", "runtime-opaque", "storage-opaque"}) {
    out.push_back(said.find(name)->as_integer().value_or(-1000));
  }
  return out;
}

TEST(VeraisonCcaPlatform, AffirmsWhatIsSecuredAndEndorsed) {
  EXPECT_THAT(vector_of(said_by("veraison_cca_platform.rego", cca())), ElementsAre(2, 2, 2, 2, 2, 2));
}

TEST(VeraisonCcaPlatform, WarnsOfWhatIsNotEndorsed) {
  for (const char* endorsed : {"missing", "mismatched", ""}) {
    const Json input = cca(realm(), platform("secured", endorsed));
    EXPECT_THAT(vector_of(said_by("veraison_cca_platform.rego", input)), ElementsAre(32, 33, 2, 2, 2, 2)) << endorsed;
  }
}

TEST(VeraisonCcaPlatform, ContraindicatesWhatIsNotSecured) {
  for (const char* lifecycle : {"non-cca-platform-debug", "unknown", "decommissioned", ""}) {
    const Json input = cca(realm(), platform(lifecycle));
    EXPECT_THAT(vector_of(said_by("veraison_cca_platform.rego", input)), ElementsAre(2, 2, 2, 96, 96, 96)) << lifecycle;
  }
}

TEST(VeraisonCcaPlatform, AffirmsNothingOfEvidenceThatItDoesNotKnow) {
  for (const Json& input : {Json::object(), sample(), Json(), Json::object({{"cca", nullptr}})}) {
    EXPECT_THAT(vector_of(said_by("veraison_cca_platform.rego", input)), ElementsAre(32, 33, 0, 96, 96, 96))
        << to_text(input);
  }
}

TEST(VeraisonCcaRealm, TellsBootFromWhatCameSince) {
  const auto executables = [](const Json& input, const References& references) {
    return vector_of(said_by("veraison_cca_realm.rego", input, references));
  };
  const References rim{{kRim, Json::array({"rim=="})}}, both{{kRim, "rim=="}, {kRems, Json::array({"rem=="})}};
  EXPECT_THAT(executables(cca(), rim), ElementsAre(0, 2, 0, 2, 0, 0));
  EXPECT_THAT(executables(cca(realm("rim==", "rem==")), both), ElementsAre(0, 2, 0, 2, 0, 0));
  EXPECT_THAT(executables(cca(realm("rim==", "rem==")), rim), ElementsAre(0, 3, 0, 2, 0, 0));
  EXPECT_THAT(executables(cca(realm("rim==", "other")), both), ElementsAre(0, 3, 0, 2, 0, 0));
}

TEST(VeraisonCcaRealm, OnlyWarnsWithoutAnApprovedInitialMeasurement) {
  for (const References& references :
       {References{}, References{{kRim, nullptr}}, References{{kRim, Json::array({"other"})}}, References{{kRim, 1}},
        References{{kRems, Json::array({"rim=="})}}}) {
    EXPECT_THAT(vector_of(said_by("veraison_cca_realm.rego", cca(), references)), ElementsAre(0, 33, 0, 2, 0, 0));
  }
}

TEST(VeraisonCcaRealm, AffirmsNothingOfEvidenceThatItDoesNotKnow) {
  for (const Json& input : {Json::object(), sample(), Json(), Json::object({{"cca", nullptr}})}) {
    EXPECT_THAT(vector_of(said_by("veraison_cca_realm.rego", input, {{kRim, Json::array({nullptr})}})),
                ElementsAre(0, 33, 0, 0, 0, 0))
        << to_text(input);
  }
}

}  // namespace
}  // namespace avouch::policy
