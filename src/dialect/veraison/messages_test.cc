#include "dialect/veraison/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/key.h"
#include "dialect/veraison/signed_result.h"
#include "format/jwk.h"
#include "testing/code_of.h"
#include "testing/vectors.h"

namespace avouch::dialect::veraison {
namespace {

using testing::code_of;
using ::testing::Contains;

constexpr const char* kCca = R"(application/eat-collection; profile="http://arm.com/CCA-SSD/1.0.0")";

Json recorded(const std::string& name) {
  return parse_json(testing::vector_text("veraison/" + name + ".json")).value();
}
std::string body_of(const std::string& name) {
  return *recorded(name).at("/response/body/text")->as_string();
}

Json discovery_document() {
  const crypto::PrivateKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  return Json::object(
      {{"ear-verification-key", jose::jwk_from_public_key(key.public_key())},
       {"media-types", Json::array({kCca})},
       {"service-state", "READY"},
       {"api-endpoints", Json::object({{"newChallengeResponseSession", "/challenge-response/v1/newSession"}})}});
}

std::string refusal(const Json& document) {
  return code_of(parse_discovery(to_text(document)));
}

TEST(VeraisonRecorded, DiscoverySessionAndResultReadAsTheyWereRecorded) {
  NEEDS_VECTORS();
  const Discovery service = parse_discovery(body_of("01-wellknown-verification")).value();
  EXPECT_EQ(service.algorithm, "ES256");
  EXPECT_EQ(service.new_session, "/challenge-response/v1/newSession");
  EXPECT_THAT(service.media_types, Contains(kCca));
  const Session opened = parse_session(body_of("16-new-session-relying-party")).value();
  EXPECT_EQ(opened.state, Session::State::kWaiting);
  EXPECT_EQ(opened.nonce.size(), 64U);
  EXPECT_THAT(opened.accept, Contains(kCca));
  const Session done = parse_session(body_of("17-cca-submit-good")).value();
  EXPECT_EQ(done.state, Session::State::kComplete);
  // 2026-11-22T03:16:45Z
  const Result<Json> claims = check_result(done.result, service, opened.nonce, from_unix_seconds(1'795'317'405));
  ASSERT_TRUE(claims.has_value()) << claims.error().detail;
  EXPECT_EQ(*claims->at("/submods/CCA_REALM/ear.status"), Json("affirming"));
  Buffer other = opened.nonce;
  other[0] ^= 1;
  EXPECT_EQ(code_of(check_result(done.result, service, other, from_unix_seconds(1'795'317'405))), "veraison.nonce");
}

TEST(VeraisonRecorded, ProblemsSayWhatTheyAreAbout) {
  NEEDS_VECTORS();
  EXPECT_EQ(problem_in(body_of("29-submit-unknown-media-type")), "no active plugin found for application/foo");
  EXPECT_EQ(problem_in("404 page not found"), "");
  EXPECT_EQ(problem_in(R"({"detail": 1})"), "");
}

TEST(VeraisonDiscovery, RefusesWhatNothingCanBeAskedWith) {
  EXPECT_EQ(refusal(discovery_document()), "ok");
  EXPECT_EQ(code_of(parse_discovery("<html>")), "veraison.protocol");
  EXPECT_EQ(code_of(parse_discovery("[]")), "veraison.protocol");
  EXPECT_EQ(refusal(discovery_document().set("service-state", "INITIALIZING")), "veraison.state");
  EXPECT_EQ(refusal(discovery_document().set("ear-verification-key", Json())), "veraison.no-key");
  EXPECT_EQ(refusal(discovery_document().set("api-endpoints", Json())), "veraison.protocol");
  EXPECT_EQ(refusal(discovery_document().set("media-types", "text")), "veraison.protocol");
  EXPECT_EQ(refusal(discovery_document().set("media-types", Json::array({1}))), "veraison.protocol");
  Json without_key = discovery_document();
  without_key.erase("ear-verification-key");
  EXPECT_EQ(refusal(without_key), "veraison.no-key");
}

TEST(VeraisonDiscovery, RefusesAnEndpointElsewhere) {
  for (const char* path :
       {"https://elsewhere.example/x", "//elsewhere.example/x", "relative", "", "/a b", "/a?b", "/a#b"}) {
    Json document = discovery_document();
    document.find("api-endpoints")->set("newChallengeResponseSession", path);
    EXPECT_EQ(refusal(document), "veraison.protocol") << path;
  }
}

TEST(VeraisonDiscovery, RefusesAKeyThatTravelsWithItsPrivateHalf) {
  Json document = discovery_document();
  document.find("ear-verification-key")->set("d", "AAAA");
  EXPECT_EQ(refusal(document), "veraison.no-key");
}

TEST(VeraisonSession, ReadsItsNonceInEitherAlphabet) {
  const Buffer nonce{0xfb, 0xff, 0xfe, 0xfb, 0xff, 0xfe, 0xfb, 0xff};
  for (const std::string& text : {codec::to_base64(nonce), codec::to_base64url(nonce)}) {
    const Json document = Json::object({{"status", "waiting"}, {"nonce", text}});
    EXPECT_EQ(parse_session(to_text(document)).value().nonce, nonce) << text;
  }
}

TEST(VeraisonSession, RefusesWhatIsNoSession) {
  for (const char* body :
       {"", "{}", R"({"status":"waiting"})", R"({"status":"waiting","nonce":"!!"})",
        R"({"status":"done","nonce":"AAAA"})", R"({"status":"complete","nonce":"AAAA"})",
        R"({"status":"complete","nonce":"AAAA","result":1})", R"({"status":"waiting","nonce":"AAAA","accept":"x"})"}) {
    EXPECT_EQ(code_of(parse_session(body)), "veraison.protocol") << body;
  }
  EXPECT_EQ(parse_session(R"({"status":"failed","nonce":"AAAA","result":"x"})").value().result, "");
}

TEST(VeraisonSession, IsWhereItsLocationSaysOnTheSameServer) {
  const char* const base = "/challenge-response/v1/newSession";
  EXPECT_EQ(session_path("session/1", base).value(), "/challenge-response/v1/session/1");
  EXPECT_EQ(session_path("/other/session/1", base).value(), "/other/session/1");
  for (const char* location : {"", "https://elsewhere.example/1", "//elsewhere.example/1", "a:b", "session/1?x", "a b",
                               "../../admin", "session/../../x", "/a/./b", "session/1\r\nX: y"}) {
    EXPECT_EQ(code_of(session_path(location, base)), "veraison.protocol") << location;
  }
}

}  // namespace
}  // namespace avouch::dialect::veraison
