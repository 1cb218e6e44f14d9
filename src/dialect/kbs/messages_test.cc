#include "dialect/kbs/messages.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "broker/ear_fixture.h"
#include "codec/hex.h"
#include "crypto/digest.h"
#include "testing/code_of.h"

namespace avouch::dialect::kbs {
namespace {

using testing::code_of;

std::string auth_code(const std::string& body) {
  return code_of(parse_auth_request(body));
}
std::string version_code(const std::string& version) {
  return auth_code(to_text(Json::object({{"version", version}, {"tee", "sample"}, {"extra-params", ""}})));
}

TEST(KbsAuthRequest, ReadsVersionAndTeeWhateverTheExtraParams) {
  for (const char* extra : {R"("")", "{}", "null", "[1]", R"({"supported-hash-algorithms":["sha384"]})"}) {
    const auto request =
        parse_auth_request(std::string(R"({"version":"0.4.0","tee":"cca","unknown":1,"extra-params":)") + extra + "}");
    ASSERT_TRUE(request.has_value()) << extra;
    EXPECT_EQ(request->version, "0.4.0");
    EXPECT_EQ(request->tee, "cca");
  }
}

TEST(KbsAuthRequest, AcceptsEvery04Version) {
  for (const char* version : {"0.4.0", "0.4.1", "0.4.17", "0.4.2147483647", "0.4.0+x", "0.4.0+build.7"}) {
    EXPECT_EQ(version_code(version), "ok") << version;
  }
}

TEST(KbsAuthRequest, RefusesEveryOtherVersion) {
  for (const char* version : {"0.0.0", "0.0.9", "0.5.0", "0.40.0", "1.0.0", "1.4.0", "4.0.0"}) {
    EXPECT_EQ(version_code(version), "kbs.auth.version") << version;
  }
}

TEST(KbsAuthRequest, RefusesPreReleasesAsVersionsNotSpoken) {
  EXPECT_EQ(version_code("0.4.0-rc1"), "kbs.auth.version");
  EXPECT_EQ(version_code("0.4.0-rc1+x"), "kbs.auth.version");
  EXPECT_EQ(version_code("0.4.0-"), "kbs.auth.version-syntax");
}

TEST(KbsAuthRequest, RefusesWhatIsNoSemanticVersion) {
  for (const char* version :
       {"",       "abc",    "0.4",        "0",       "0.4.0.0",  "0.04.0", "00.4.0", "0.4.00",
        " 0.4.0", "0.4.0 ", "v0.4.0",     "0.4.-1",  "0..0",     "0.4.",   ".4.0",   "0.4.99999999999999999999",
        "+x",     "0.4.0+", "0.4.0-a..b", "0.4.0-.", "0.4.0+a b"}) {
    EXPECT_EQ(version_code(version), "kbs.auth.version-syntax") << version;
  }
}

TEST(KbsAuthRequest, RefusesMissingDuplicateAndWrongMembers) {
  for (const char* body : {
           "",
           "{",
           "null",
           "[]",
           "\"text\"",
           "{}",
           R"({"version":"0.4.0","tee":"sample"})",
           R"({"version":"0.4.0","extra-params":""})",
           R"({"tee":"sample","extra-params":""})",
           R"({"version":4,"tee":"sample","extra-params":""})",
           R"({"version":"0.4.0","tee":["sample"],"extra-params":""})",
           R"({"version":"0.4.0","tee":null,"extra-params":""})",
           R"({"version":"0.4.0","tee":"sample","extra_params":""})",
           R"({"version":"0.4.0","version":"0.4.0","tee":"sample","extra-params":""})",
           R"({"version":"0.4.0","tee":"cca","tee":"sample","extra-params":""})",
           R"({"version":"0.4.0","tee":"sample","extra-params":""} )"
           "x",
           R"({"version":"0.4.0","tee":"sample","extra-params":""}{})",
       }) {
    EXPECT_EQ(auth_code(body), "kbs.auth.shape") << body;
  }
}

class KbsAttestRequest : public ::testing::Test {
 protected:
  const crypto::PrivateKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const Json jwk = broker::tee_public_jwk(key);
  Json message(const Json& with_jwk) const {
    return Json::object({{"init-data", nullptr},
                         {"runtime-data", Json::object({{"nonce", "bm9uY2U="}, {"tee-pubkey", with_jwk}})},
                         {"tee-evidence", Json::object({{"primary_evidence", Json::object({{"svn", "1"}})},
                                                        {"additional_evidence", ""}})}});
  }
  static std::string code(const Json& json, bool allow_rsa1_5 = false) {
    return code_of(parse_attest_request(to_text(json), allow_rsa1_5));
  }
};

TEST_F(KbsAttestRequest, ReadsWhatAGuestSends) {
  const auto request = parse_attest_request(to_text(message(jwk)), false);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->nonce, "bm9uY2U=");
  EXPECT_EQ(request->filtered_jwk, jwk);
  EXPECT_EQ(request->primary_evidence, Json::object({{"svn", "1"}}));
  EXPECT_EQ(request->additional_evidence, "");
  EXPECT_FALSE(request->init_data.has_value());
}

TEST_F(KbsAttestRequest, TakesInitDataThatIsAbsentNullOrWhole) {
  Json json = message(jwk);
  json.erase("init-data");
  EXPECT_EQ(code(json), "ok");
  json.set("init-data", Json::object({{"format", "toml"}, {"body", "version = \"0.1.0\""}}));
  const auto request = parse_attest_request(to_text(json), false);
  ASSERT_TRUE(request.has_value() && request->init_data.has_value());
  EXPECT_EQ(request->init_data->first, "toml");
  EXPECT_EQ(request->init_data->second, "version = \"0.1.0\"");
}

TEST_F(KbsAttestRequest, RefusesInitDataOfAnotherShape) {
  for (const char* text : {"\"toml\"", "{}", R"({"format":"toml"})", R"({"body":""})", R"({"format":1,"body":""})",
                           R"({"format":"toml","body":{}})", "[]", "7"}) {
    Json json = message(jwk);
    json.set("init-data", *parse_json(text));
    EXPECT_EQ(code(json), "kbs.attest.shape") << text;
  }
}

TEST_F(KbsAttestRequest, RefusesAMessageThatLacksAMember) {
  for (const char* member : {"runtime-data", "tee-evidence"}) {  // without the first, it is no older shape either
    Json json = message(jwk);
    json.erase(member);
    EXPECT_EQ(code(json), "kbs.attest.shape") << member;
  }
  for (const char* member : {"nonce", "tee-pubkey"}) {
    Json json = message(jwk);
    json.find("runtime-data")->erase(member);
    EXPECT_EQ(code(json), "kbs.attest.shape") << member;
  }
  for (const char* member : {"primary_evidence", "additional_evidence"}) {
    Json json = message(jwk);
    json.find("tee-evidence")->erase(member);
    EXPECT_EQ(code(json), "kbs.attest.shape") << member;
  }
}

TEST_F(KbsAttestRequest, RefusesMembersOfAnotherKind) {
  const std::pair<const char*, const char*> wrong[] = {
      {"nonce", "runtime-data"}, {"tee-pubkey", "runtime-data"}, {"additional_evidence", "tee-evidence"}};
  for (const auto& [member, parent] : wrong) {
    for (const Json& value : {Json(7), Json(nullptr), Json::array(), Json(true)}) {
      Json json = message(jwk);
      json.find(parent)->set(member, value);
      EXPECT_EQ(code(json), "kbs.attest.shape") << member << " " << to_text(value);
    }
  }
  Json json = message(jwk);
  json.set("tee-evidence", "a text, as before 0.2");
  EXPECT_EQ(code(json), "kbs.attest.shape");
}

TEST_F(KbsAttestRequest, RefusesTrailingTextAndDuplicates) {
  const std::string good = to_text(message(jwk));
  EXPECT_EQ(code_of(parse_attest_request(good + "x", false)), "json.syntax");
  EXPECT_EQ(code_of(parse_attest_request(good + good, false)), "json.syntax");
  EXPECT_EQ(code_of(parse_attest_request(R"({"runtime-data":{},"runtime-data":{}})", false)), "json.duplicate");
}

TEST_F(KbsAttestRequest, RefusesEvidenceOfDevicesThatNobodyVerifies) {
  for (const char* additional : {"not json", R"({"sampledevice":{}})", " ", "{ }", "null"}) {
    Json json = message(jwk);
    json.find("tee-evidence")->set("additional_evidence", additional);
    EXPECT_EQ(code(json), "kbs.attest.additional") << additional;
  }
  Json json = message(jwk);
  json.find("tee-evidence")->set("additional_evidence", "{}");
  EXPECT_EQ(code(json), "ok");
}

TEST_F(KbsAttestRequest, DropsMembersOfTheKeyThatDoNotCount) {
  Json longer = jwk;
  longer.set("kid", "mine").set("use", "enc");
  const auto request = parse_attest_request(to_text(message(longer)), false);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->filtered_jwk, jwk);
}

TEST_F(KbsAttestRequest, RefusesKeysThatNothingCanBeSealedTo) {
  const auto with = [&](const char* member, const Json& value) {
    Json changed = jwk;
    changed.set(member, value);
    return code(message(changed));
  };
  EXPECT_EQ(with("alg", "none"), "teekey.alg");
  EXPECT_EQ(with("alg", "ECDH-ES"), "teekey.alg");
  EXPECT_EQ(with("alg", "RSA-OAEP-256"), "teekey.alg");
  EXPECT_EQ(with("kty", "OKP"), "jwk.crv");
  EXPECT_EQ(with("crv", "P-192"), "jwk.crv");
  EXPECT_EQ(with("crv", "P-521"), "key.coordinate");
  EXPECT_EQ(with("x", "AAAA"), "key.coordinate");
  EXPECT_EQ(with("x", *jwk.find("y")), "key.point");
  EXPECT_EQ(with("y", "***"), "base64.syntax");
  EXPECT_EQ(with("d", "AAAA"), "jwk.private");
  Json without = jwk;
  without.erase("alg");
  EXPECT_EQ(code(message(without)), "teekey.alg");
}

TEST_F(KbsAttestRequest, TakesRsa15OnlyWhereTheConfigAllowsIt) {
  Json rsa = broker::tee_public_jwk(crypto::PrivateKey::generate_rsa(2048));
  EXPECT_EQ(code(message(rsa)), "ok");
  rsa.set("alg", "RSA1_5");
  EXPECT_EQ(code(message(rsa)), "teekey.alg-forbidden");
  EXPECT_EQ(code(message(rsa), true), "ok");
}

TEST(KbsReportData, IsSha384OverTheCanonicalObject) {
  AttestRequest request;
  request.nonce = "the guest's, which does not count";
  request.filtered_jwk = Json::object({{"kty", "EC"}, {"alg", "a"}});
  request.additional_evidence = "{}";
  const std::string text = R"({"additional-evidence":"{}","nonce":"n","tee-pubkey":{"alg":"a","kty":"EC"}})";
  EXPECT_EQ(codec::to_hex(report_data(request, "n")),
            codec::to_hex(crypto::digest(crypto::Hash::kSha384, as_bytes(text)).bytes()));
}

TEST(KbsError, HasTheMembersOfThePeersAndADecisionWhereThereIsOne) {
  EXPECT_EQ(error_body("PolicyDeny", "no \"luck\"", ""),
            R"({"type":"https://github.com/confidential-containers/kbs/errors/PolicyDeny","detail":"no \"luck\""})");
  EXPECT_EQ(error_body("X", "y", "01abc"),
            R"({"type":"https://github.com/confidential-containers/kbs/errors/X","detail":"y","decision":"01abc"})");
}

}  // namespace
}  // namespace avouch::dialect::kbs
