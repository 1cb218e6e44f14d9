// Guests of every version of the protocol that was ever deployed.
#include <gtest/gtest.h>

#include "codec/hex.h"
#include "crypto/digest.h"
#include "dialect/kbs/messages.h"

namespace avouch::dialect::kbs {
namespace {

constexpr const char* kKey =
    R"({"kty":"EC","crv":"P-256","alg":"ECDH-ES+A256KW","x":"NNb20fhmyvd6f-0UVfSF31a_J0iGWAI1VFbvMBT_iqY",)"
    R"("y":"On8_citgngh77F8gkabrUa00GHFp_pq8IZTzQlcrkV8"})";

std::string older(const std::string& evidence) {
  return std::string(R"({"tee-pubkey":)") + kKey + R"(,"tee-evidence":)" + evidence + "}";
}

std::string digest_of(const std::string& text) {
  return codec::to_hex(crypto::digest(crypto::Hash::kSha384, as_bytes(text)).bytes());
}

// The canonical form of the key: members sorted, as the guests' JSON library has them.
constexpr const char* kSortedKey =
    R"({"alg":"ECDH-ES+A256KW","crv":"P-256","kty":"EC","x":"NNb20fhmyvd6f-0UVfSF31a_J0iGWAI1VFbvMBT_iqY",)"
    R"("y":"On8_citgngh77F8gkabrUa00GHFp_pq8IZTzQlcrkV8"})";

TEST(KbsGenerations, AcceptsEveryVersionThatWasDeployedAndNoOther) {
  for (const char* version : {"0.1.0", "0.1.1", "0.2.0", "0.3.0", "0.4.0", "0.4.1", "0.4.0+build"}) {
    const std::string body = std::string(R"({"version":")") + version + R"(","tee":"cca","extra-params":""})";
    EXPECT_TRUE(parse_auth_request(body).has_value()) << version;
  }
  for (const char* version : {"0.0.9", "0.5.0", "1.0.0", "1.4.0", "0.4.0-rc1", "0.4", "00.4.0", ""}) {
    const std::string body = std::string(R"({"version":")") + version + R"(","tee":"cca","extra-params":""})";
    EXPECT_FALSE(parse_auth_request(body).has_value()) << version;
  }
}

TEST(KbsGenerations, Version010CarriesEvidenceAsText) {
  const Result<AttestRequest> request = parse_attest_request(older(R"("{\"svn\":\"1\"}")"), false);
  ASSERT_TRUE(request.has_value()) << request.error().detail;
  EXPECT_EQ(request->primary_evidence, Json::object({{"svn", "1"}}));
  EXPECT_FALSE(request->nonce.has_value());
  EXPECT_EQ(codec::to_hex(report_data(*request, "N")),
            digest_of(std::string(R"({"nonce":"N","tee-pubkey":)") + kSortedKey + "}"));
}

TEST(KbsGenerations, Versions011And020CarryEvidenceAsValue) {
  const Result<AttestRequest> request = parse_attest_request(older(R"({"svn":"1"})"), false);
  ASSERT_TRUE(request.has_value()) << request.error().detail;
  EXPECT_EQ(request->primary_evidence, Json::object({{"svn", "1"}}));
  EXPECT_EQ(codec::to_hex(report_data(*request, "N")),
            digest_of(std::string(R"({"nonce":"N","tee-pubkey":)") + kSortedKey + "}"));
}

TEST(KbsGenerations, Version030BindsTheAdditionalEvidence) {
  const Result<AttestRequest> request =
      parse_attest_request(older(R"({"primary_evidence":{"svn":"1"},"additional_evidence":""})"), false);
  ASSERT_TRUE(request.has_value()) << request.error().detail;
  EXPECT_EQ(request->primary_evidence, Json::object({{"svn", "1"}}));
  EXPECT_EQ(codec::to_hex(report_data(*request, "N")),
            digest_of(std::string(R"({"additional-evidence":"","nonce":"N","tee-pubkey":)") + kSortedKey + "}"));
}

TEST(KbsGenerations, RefusesEvidenceOfDevicesInEveryGeneration) {
  const Result<AttestRequest> request =
      parse_attest_request(older(R"({"primary_evidence":{},"additional_evidence":"{\"gpu\":1}"})"), false);
  ASSERT_FALSE(request.has_value());
  EXPECT_STREQ(request.error().code, "kbs.attest.additional");
}

TEST(KbsGenerations, ReadsNoOlderShapeBesideRuntimeData) {
  std::string body = older(R"({"svn":"1"})");
  body.insert(1, R"("runtime-data":null,)");
  const Result<AttestRequest> request = parse_attest_request(body, false);
  ASSERT_FALSE(request.has_value());
  EXPECT_STREQ(request.error().code, "kbs.attest.shape");
}

TEST(KbsGenerations, RefusesTextThatIsNoEvidence) {
  EXPECT_FALSE(parse_attest_request(older(R"("not json")"), false).has_value());
  EXPECT_FALSE(parse_attest_request(R"({"tee-evidence":{}})", false).has_value());
}

}  // namespace
}  // namespace avouch::dialect::kbs
