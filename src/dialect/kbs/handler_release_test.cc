// Who gets a secret: tokens and cookies, the resource policy, and what a refusal gives away.
#include "dialect/kbs/handler_fixture.h"

namespace avouch::dialect::kbs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

net::HttpResponse get(const HandlerFixture& kbs, const std::string& token, const std::string& target = kSecretPath) {
  return kbs.ask("GET", target, {HandlerFixture::bearer(token)});
}

TEST(KbsRelease, ShowsAPolicyNoMoreQueryParametersThanItMayHave) {
  const HandlerFixture kbs;
  const auto [cookie, token] = kbs.attested();
  const auto ask = [&](std::size_t count) {
    std::string target = std::string(kSecretPath) + "?a=1";
    for (std::size_t i = 1; i < count; ++i) target += "&b" + std::to_string(i) + "=1";
    return outcome(kbs.ask("GET", target, {HandlerFixture::bearer(token)}));
  };
  EXPECT_EQ(ask(limits::kQueryParameters), "200 application/json");
  EXPECT_EQ(ask(limits::kQueryParameters + 1), "400 InvalidRequestPath");
}

TEST(KbsRelease, SealsTheSecretToTheAttestedKeyByCookieAndByToken) {
  const HandlerFixture kbs;
  const auto [cookie, token] = kbs.attested();
  for (const net::HeaderField& credential : {net::HeaderField{"Cookie", cookie}, HandlerFixture::bearer(token)}) {
    const net::HttpResponse response = kbs.ask("GET", kSecretPath, {credential});
    ASSERT_EQ(outcome(response), "200 application/json") << response.body;
    EXPECT_EQ(kbs.opened(response), kSecretText);
    EXPECT_THAT(response.body, Not(HasSubstr(kSecretText)));
  }
}

// Rust clients parse the protected header and write it again, members sorted, before they check the tag.
TEST(KbsRelease, WritesTheProtectedHeaderInTheOctetsThatRustClientsWriteAgain) {
  const HandlerFixture kbs;
  const Json jwe = *parse_json(get(kbs, kbs.attested().second).body);
  ASSERT_EQ(jwe.as_object()->size(), 5u);
  const Buffer header = *codec::from_base64url(*jwe.find_string("protected"));
  const std::string text(as_text(header));
  EXPECT_THAT(text, StartsWith(R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM","epk":{"crv":"P-256","kty":"EC","x":")"));
  EXPECT_EQ(to_sorted_text(*parse_json(text)), text);
  EXPECT_EQ(codec::from_base64url(*jwe.find_string("encrypted_key"))->size(), 40u);
  EXPECT_EQ(codec::from_base64url(*jwe.find_string("iv"))->size(), 12u);
  EXPECT_EQ(codec::from_base64url(*jwe.find_string("tag"))->size(), 16u);
}

TEST(KbsRelease, WritesTheHeaderForRsaKeysWithoutAnEphemeralKey) {
  HandlerFixture kbs;
  kbs.tee_key = crypto::PrivateKey::generate_rsa(2048);
  const net::HttpResponse response = get(kbs, kbs.attested().second);
  const Buffer header = *codec::from_base64url(*parse_json(response.body)->find_string("protected"));
  EXPECT_EQ(as_text(header), R"({"alg":"RSA-OAEP-256","enc":"A256GCM"})");
  EXPECT_EQ(kbs.opened(response), kSecretText);
}

TEST(KbsRelease, SealsToEveryCurveOfThePeersAndP384) {
  HandlerFixture kbs;
  for (const crypto::Curve curve : {crypto::Curve::kP256, crypto::Curve::kP384, crypto::Curve::kP521}) {
    kbs.tee_key = crypto::PrivateKey::generate_ec(curve);
    EXPECT_EQ(kbs.opened(get(kbs, kbs.attested().second)), kSecretText);
  }
}

TEST(KbsRelease, SealsAnEmptySecretToAnEmptyCiphertext) {
  HandlerFixture kbs;
  ASSERT_EQ(kbs.ask("POST", "/kbs/v0/resource/default/test/empty", {kbs.as_admin()}, "").status, 200);
  const net::HttpResponse response = get(kbs, kbs.attested().second, "/kbs/v0/resource/default/test/empty");
  EXPECT_EQ(*parse_json(response.body)->find("ciphertext"), Json(""));
  EXPECT_EQ(kbs.opened(response), "");
}

TEST(KbsRelease, FindsNoTokenWithoutASessionThatWasAttested) {
  const HandlerFixture kbs;
  const std::string authed = kbs.challenge().cookie;
  for (const std::string& cookie :
       {authed, std::string("kbs-session-id=ffffffffffffffffffffffffffffffff"), std::string("kbs-session-id=")}) {
    const net::HttpResponse response = kbs.ask("GET", kSecretPath, {{"Cookie", cookie}});
    EXPECT_EQ(outcome(response), "401 TokenNotFound") << cookie;
    EXPECT_EQ(detail_of(response), "Attestation Token not found");
  }
  EXPECT_EQ(outcome(kbs.ask("GET", kSecretPath, {{"Authorization", "Basic YTpi"}})), "401 TokenNotFound");
}

TEST(KbsRelease, FallsBackFromABadCookieToAGoodToken) {
  const HandlerFixture kbs;
  const std::string token = kbs.attested().second;
  const net::HttpResponse response =
      kbs.ask("GET", kSecretPath, {{"Cookie", "kbs-session-id=ffff"}, HandlerFixture::bearer(token)});
  EXPECT_EQ(kbs.opened(response), kSecretText);
}

TEST(KbsRelease, RefusesTokensThatAreForgedFaultyOrOver) {
  HandlerFixture kbs;
  const std::string token = kbs.attested().second;
  const Json claims = broker::ear_claims(kbs.tee_key, kbs.clock.now());
  std::string flipped = token;
  flipped[flipped.size() / 2] = flipped[flipped.size() / 2] == 'A' ? 'B' : 'A';
  const crypto::PrivateKey stranger = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  for (const std::string& bad : {std::string("a.b.c"), std::string("xyz"), flipped, token + "A",
                                 token.substr(0, token.size() - 4), broker::sign_ear(claims, stranger)}) {
    const net::HttpResponse response = get(kbs, bad);
    EXPECT_EQ(outcome(response), "401 TokenVerifierError") << bad;
    EXPECT_EQ(detail_of(response), "Token Verifier error");
  }
  kbs.clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(outcome(get(kbs, token)), "401 TokenVerifierError");
  EXPECT_EQ(kbs.newest_code(), "jwt.expired");
}

TEST(KbsRelease, RefusesTheCookieOnceItsSessionIsOver) {
  HandlerFixture kbs;
  const std::string cookie = kbs.attested().first;
  kbs.clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(outcome(kbs.ask("GET", kSecretPath, {{"Cookie", cookie}})), "401 TokenNotFound");
}

TEST(KbsRelease, RefusesTheCookieOnceItsTokenIsOverAndTakesAFreshTokenBesideIt) {
  FixtureOptions options;
  options.token_lifetime = std::chrono::minutes(1);
  HandlerFixture kbs(options);
  const std::string cookie = kbs.attested().first;
  kbs.clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(outcome(kbs.ask("GET", kSecretPath, {{"Cookie", cookie}})), "401 TokenVerifierError");
  const std::string fresh = kbs.attested().second;
  EXPECT_EQ(kbs.opened(kbs.ask("GET", kSecretPath, {{"Cookie", cookie}, HandlerFixture::bearer(fresh)})), kSecretText);
}

// Unknown, malformed and denied look alike to those whom the policy lets in, and the policy is asked first.
TEST(KbsRelease, RefusesUnknownAndMalformedPathsInOneForm) {
  HandlerFixture kbs;
  const std::string token = kbs.attested().second;
  const char* targets[] = {
      "/kbs/v0/resource/default/test/none",
      "/kbs/v0/resource/default/secret",
      "/kbs/v0/resource/a/b/c/d",
      "/kbs/v0/resource/../../etc",
      "/kbs/v0/resource/%2e%2e/x/y",
      "/kbs/v0/resource/default%2Ftest/secret/x",
      "/kbs/v0/resource//default/test/secret",
      "/kbs/v0/resource/default/test/a%20b",
      "/kbs/v0/resource/default/test/secret/",
      "/kbs/v0/resource/default/test/.x",
      "/kbs/v0/resource",
      "/kbs/v0/resource/",
      "/kbs/v0/resource/default/test/secret%0a",
      "/kbs/v0/resource/default/test/sec%5cret",
      "/kbs/v0/resource/default/test/%c3%a4",
  };
  for (const char* target : targets) {
    const net::HttpResponse response = get(kbs, token, target);
    EXPECT_EQ(outcome(response), "401 PluginInternalError") << target;
    EXPECT_EQ(detail_of(response), "Plugin internal error") << target;
  }
  kbs.set_policy("package policy\ndefault allow := false\n");
  for (const char* target : targets) EXPECT_EQ(outcome(get(kbs, token, target)), "401 PolicyDeny") << target;
  EXPECT_EQ(outcome(get(kbs, token)), "401 PolicyDeny");
}

TEST(KbsRelease, DecodesThePathOnce) {
  const HandlerFixture kbs;
  const std::string token = kbs.attested().second;
  EXPECT_EQ(get(kbs, token, "/kbs/v0/resource/default/test/%73ecret").status, 200);
  EXPECT_EQ(get(kbs, token, "/kbs/v0/resource/default%2Ftest%2Fsecret").status, 200);
  EXPECT_EQ(get(kbs, token, "/kbs/v0/resource/default/test/%2573ecret").status, 401);
}

TEST(KbsRelease, ShowsPoliciesPluginPathAndQuery) {
  HandlerFixture kbs;
  const std::string token = kbs.attested().second;
  kbs.set_policy(R"(package policy
import rego.v1
default allow := false
allow if {
  data.plugin == "resource"
  data["resource-path"] == ["default", "test", "secret"]
  data.query.a == "b c"
  input.submods.cpu0["ear.veraison.annotated-evidence"].sample.svn == "1"
}
)");
  EXPECT_EQ(get(kbs, token, std::string(kSecretPath) + "?a=b%20c&d").status, 200);
  EXPECT_EQ(outcome(get(kbs, token)), "401 PolicyDeny");
  EXPECT_EQ(outcome(get(kbs, token, std::string(kSecretPath) + "?a=b%zz")), "401 PolicyDeny");
}

TEST(KbsRelease, ShowsPoliciesOfDecember2025ThePathAsOneText) {
  FixtureOptions options;
  options.path_form = broker::PathForm::kText;
  HandlerFixture kbs(options);
  const std::string token = kbs.attested().second;
  kbs.set_policy(
      "package policy\nimport rego.v1\ndefault allow := false\n"
      "allow if data[\"resource-path\"] == \"resource/default/test/secret\"\n");
  EXPECT_EQ(get(kbs, token).status, 200);
  EXPECT_EQ(outcome(get(kbs, token, "/kbs/v0/resource/default/test/other")), "401 PolicyDeny");
}

TEST(KbsRelease, DeniesWhateverAPolicySaysButTrueAndShowsNothingOfIt) {
  HandlerFixture kbs;
  const std::string token = kbs.attested().second;
  for (const char* policy : {
           "package policy\nallow := \"yes_marker\"\n",
           "package policy\nallow := 1\n",
           "package policy\nallow := [true]\n",
           "package policy\nallow := {\"marker\": true}\n",
           "package policy\nallow := null\n",
           "package policy\nmarker := true\n",
           "package policy\nallow := 1 / 0 # marker\n",
           "package policy\nimport rego.v1\nallow if { some x in numbers.range(1, 100000); some y in numbers.range(1, "
           "100000); x * y == -1 } # marker\n",
       }) {
    kbs.set_policy(policy);
    const net::HttpResponse response = get(kbs, token);
    EXPECT_EQ(outcome(response), "401 PolicyDeny") << policy;
    EXPECT_EQ(detail_of(response), "Access denied by policy") << policy;
    EXPECT_THAT(response.body, Not(HasSubstr("marker"))) << policy;
  }
}

TEST(KbsRelease, TellsAGuestNoMoreThanADecisionThatTheOperatorCanLookUp) {
  HandlerFixture kbs;
  kbs.set_policy("package policy\ndefault allow := false\n");
  const net::HttpResponse response = get(kbs, kbs.attested().second);
  const Json body = *parse_json(response.body);
  ASSERT_EQ(body.as_object()->size(), 3u);
  const auto decision = kbs.decisions.find(*body.find_string("decision"));
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(*decision->at("/error/code"), Json("release.denied"));
  EXPECT_EQ(*decision->at("/subject"), Json("default/test/secret"));
}

TEST(KbsRelease, DeniesContraindicatedEvidenceByTheDefaultPolicy) {
  HandlerFixture kbs;
  ASSERT_TRUE(kbs.resource_policies.erase(broker::kResourcePolicyId).value_or(false));
  EXPECT_EQ(outcome(get(kbs, kbs.attested().second)), "401 PolicyDeny") << "no reference value vouches for the sample";
}

TEST(KbsRelease, ReleasesNothingToAForgedTpmQuoteBecauseItVerifiesNone) {
  const HandlerFixture kbs;
  const net::HttpResponse response =
      kbs.ask("POST", "/kbs/v0/auth", {}, R"({"version":"0.4.0","tee":"tpm","extra-params":""})");
  EXPECT_EQ(outcome(response), "401 AttestationError");
}

TEST(KbsRelease, SwitchesTheSampleTeeOffUnlessAskedFor) {
  const tee::Rooms rooms(false);
  EXPECT_EQ(testing::code_of(rooms.find("sample")), "tee.sample-off");
  EXPECT_EQ(testing::code_of(rooms.find("sampledevice")), "tee.unsupported");
}

TEST(KbsRelease, AsksToRetryWhenTheStoreIsGone) {
  HandlerFixture kbs;
  const std::string token = kbs.attested().second;
  kbs.store.fail(true);
  const net::HttpResponse response = get(kbs, token);
  EXPECT_EQ(outcome(response), "503 PluginInternalError");
  EXPECT_EQ(detail_of(response), "Plugin internal error");
  EXPECT_EQ(response.header("Retry-After").value_or(""), "1");
  kbs.store.fail(false);
  EXPECT_EQ(get(kbs, token).status, 200);
}

}  // namespace
}  // namespace avouch::dialect::kbs
