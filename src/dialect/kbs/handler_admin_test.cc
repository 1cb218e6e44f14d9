// The administrative half: who may, what it changes, and what it answers to bad input.
#include "dialect/kbs/handler_fixture.h"

namespace avouch::dialect::kbs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string policy_body(std::string_view source, const char* id = "default_cpu") {
  return to_text(
      Json::object({{"type", "rego"}, {"policy_id", id}, {"policy", codec::to_base64url(as_bytes(source))}}));
}

std::string values_body(std::string_view values) {
  return to_text(
      Json::object({{"version", "0.1.0"}, {"type", "sample"}, {"payload", codec::to_base64(as_bytes(values))}}));
}

TEST(KbsAdmin, RefusesEveryTokenThatIsNotAnAdministrators) {
  HandlerFixture kbs;
  const crypto::PrivateKey stranger = crypto::PrivateKey::generate_ed25519();
  const Instant now = kbs.clock.now();
  const Json claims = Json::object({{"iss", broker::kOwnIssuer}, {"role", "admin"}});
  const Json header = Json::object({{"alg", "EdDSA"}, {"typ", "JWT"}});
  const auto with_exp = [&](Json from, std::chrono::seconds from_now) {
    return from.set("exp", to_unix_seconds(now + from_now));
  };
  const std::chrono::minutes good(5);
  const auto sign = [&](const Json& what) { return broker::sign_ear(header, what, kbs.admin_key); };
  const std::pair<const char*, std::string> tokens[] = {
      {"expired", sign(with_exp(claims, -good))},
      {"expired this second", sign(with_exp(claims, std::chrono::seconds(0)))},
      {"without an end", sign(claims)},
      {"of another issuer", sign(with_exp(Json::object({{"iss", "someone"}, {"role", "admin"}}), good))},
      {"of no issuer", sign(with_exp(Json::object({{"role", "admin"}}), good))},
      {"of another key", broker::sign_ear(header, with_exp(claims, good), stranger)},
      {"an attestation result", kbs.attested().second},
      {"garbage", "a.b.c"},
      {"nothing", ""},
      {"of algorithm none",
       "eyJhbGciOiJub25lIn0." + codec::to_base64url(as_bytes(to_text(with_exp(claims, good)))) + "."},
  };
  ASSERT_EQ(kbs.ask("POST", kSecretPath, {HandlerFixture::bearer(sign(with_exp(claims, good)))}, "x").status, 200);
  for (const auto& [what, token] : tokens) {
    const net::HttpResponse plugin = kbs.ask("POST", kSecretPath, {HandlerFixture::bearer(token)}, "x");
    EXPECT_EQ(outcome(plugin), "401 AdminAuthInitialization") << what;
    const net::HttpResponse built_in = kbs.ask("GET", "/kbs/v0/resource-policy", {HandlerFixture::bearer(token)});
    EXPECT_EQ(outcome(built_in), "401 AdminAuthAccess") << what;
    if (*what == 'n') continue;  // an empty token is no token
    EXPECT_EQ(detail_of(plugin),
              "failed to initialize [admin] configuration: Admin access denied: Cannot verify token with any of the "
              "issuers")
        << what;
  }
}

TEST(KbsAdmin, RefusesTokensWithoutARoleOrWithTheWrongOne) {
  const HandlerFixture kbs;
  for (const char* role : {"", "reader", "Admin", "admin ", "root"}) {
    EXPECT_EQ(outcome(kbs.ask("POST", kSecretPath, {HandlerFixture::bearer(kbs.admin_token(role))}, "x")),
              "401 AdminAuthInitialization")
        << role;
    EXPECT_EQ(kbs.newest_code(), "admin.role") << role;
  }
}

TEST(KbsAdmin, SaysWhenThereIsNoBearerToken) {
  const HandlerFixture kbs;
  for (const auto& headers : {std::vector<net::HeaderField>{},
                              {{"Authorization", "Basic YTpi"}},
                              {{"Authorization", "Bearer"}},
                              {kbs.as_admin(), kbs.as_admin()}}) {
    EXPECT_EQ(detail_of(kbs.ask("GET", "/kbs/v0/resource-policy", headers)),
              "admin access denied for endpoint resource-policy: Failed to parse HTTP Auth Bearer header");
    EXPECT_EQ(detail_of(kbs.ask("POST", kSecretPath, headers, "x")),
              "failed to initialize [admin] configuration: Failed to parse HTTP Auth Bearer header");
  }
}

TEST(KbsAdmin, ChangesNothingForThoseItRefuses) {
  const HandlerFixture kbs;
  kbs.ask("POST", kSecretPath, {}, "changed");
  kbs.ask("DELETE", kSecretPath);
  kbs.ask("POST", "/kbs/v0/resource-policy", {}, policy_body("package policy\ndefault allow := false\n"));
  EXPECT_EQ(kbs.opened(kbs.ask("GET", kSecretPath, {HandlerFixture::bearer(kbs.attested().second)})), kSecretText);
}

// A reader's rule allows "reference-value/.+" whatever the method, so a write there must not be one of its paths.
TEST(KbsAdmin, LetsNoReaderWriteUnderAPathThatItMayRead) {
  const HandlerFixture kbs;
  const net::HeaderField reader = HandlerFixture::bearer(kbs.admin_token("reader"));
  for (const char* target : {"/kbs/v0/reference-value/x", "/kbs/v0/reference-value/", "/kbs/v0/reference-value%2Fx"}) {
    EXPECT_EQ(outcome(kbs.ask("POST", target, {reader}, values_body(R"({"svn":["9"]})"))), "404 PluginNotFound")
        << target;
  }
  EXPECT_EQ(outcome(kbs.ask("GET", "/kbs/v0/reference-value/svn", {kbs.as_admin()})), "401 RvpsError");
}

TEST(KbsAdmin, AppliesRulesToThePathThatIsRoutedHoweverItIsSpelled) {
  FixtureOptions options;
  options.more_rules = {{"editor", "^/kbs/v0/(?!resource-policy).+$"}};
  const HandlerFixture kbs(options);
  const net::HeaderField editor = HandlerFixture::bearer(kbs.admin_token("editor"));
  EXPECT_EQ(kbs.ask("POST", kSecretPath, {editor}, "x").status, 200);
  for (const char* target : {"/kbs/v0/resource-policy", "/kbs/v0/%72esource-policy", "/kbs/v0/resource%2Dpolicy"}) {
    EXPECT_EQ(outcome(kbs.ask("POST", target, {editor}, policy_body(kAllowAll))), "401 AdminAuthAccess") << target;
  }
  EXPECT_EQ(kbs.ask("POST", "/kbs/v0/%72esource-policy", {kbs.as_admin()}, policy_body(kAllowAll)).status, 200);
}

TEST(KbsAdmin, DeniesOrAllowsEverybodyWhereTheConfigSaysSo) {
  FixtureOptions options;
  options.admin_mode = broker::AdminOptions::Mode::kDenyAll;
  const HandlerFixture closed(options);
  EXPECT_EQ(outcome(closed.ask("POST", kSecretPath, {closed.as_admin()}, "x")), "401 AdminAuthInitialization");
  options.admin_mode = broker::AdminOptions::Mode::kInsecureAllowAll;
  const HandlerFixture open(options);
  EXPECT_EQ(open.ask("POST", kSecretPath, {}, "x").status, 200);
  EXPECT_EQ(open.ask("POST", kSecretPath, {HandlerFixture::bearer("junk")}, "x").status, 200);
}

TEST(KbsAdmin, TakesPersonasOfDecember2025WithoutRoles) {
  const crypto::PrivateKey persona = crypto::PrivateKey::generate_ed25519();
  FixtureOptions options;
  options.more_issuers = {{"operator", {persona.public_key()}, "", "", broker::kAdminRole}};
  const HandlerFixture kbs(options);
  const Instant now = kbs.clock.now();
  const std::string token = *broker::make_admin_token(persona, "", "", now, std::chrono::hours(2));
  EXPECT_EQ(kbs.ask("POST", kSecretPath, {HandlerFixture::bearer(token)}, "x").status, 200);
  const std::string reader = *broker::make_admin_token(persona, "x", "reader", now, std::chrono::hours(2));
  EXPECT_EQ(kbs.ask("POST", kSecretPath, {HandlerFixture::bearer(reader)}, "x").status, 200) << "its role is fixed";
}

TEST(KbsAdmin, RefusesResourcePoliciesThatItCannotRead) {
  const HandlerFixture kbs;
  for (const char* body : {"", "x", "{}", R"({"policy":1})", R"({"policy":null})", "[]",
                           R"({"policy":"cGFja2FnZSBwb2xpY3kKZGVmYXVsdCBhbGxvdyA9IHRydWUKCg=="})",
                           R"({"policy":"cGFja2FnZSBwb2xp+/k"})"}) {
    const net::HttpResponse response = kbs.ask("POST", "/kbs/v0/resource-policy", {kbs.as_admin()}, body);
    EXPECT_EQ(outcome(response), "401 ParsePolicyError") << body;
    EXPECT_THAT(detail_of(response), ::testing::StartsWith("Failed to parse policy: ")) << body;
  }
}

TEST(KbsAdmin, KeepsTheOldPolicyWhenTheNewOneDoesNotCompile) {
  const HandlerFixture kbs;
  const net::HttpResponse response =
      kbs.ask("POST", "/kbs/v0/resource-policy", {kbs.as_admin()}, policy_body("package policy\nallow := \n"));
  EXPECT_EQ(outcome(response), "401 PolicyEngineError");
  EXPECT_EQ(kbs.ask("GET", kSecretPath, {HandlerFixture::bearer(kbs.attested().second)}).status, 200);
}

TEST(KbsAdmin, AnswersTheResourcePolicyAsIdsAndInDecember2025AsText) {
  const HandlerFixture kbs;
  EXPECT_EQ(kbs.ask("GET", "/kbs/v0/resource-policy", {kbs.as_admin()}).body, R"(["resource-policy"])");
  FixtureOptions options;
  options.kbs.december_2025 = true;
  const HandlerFixture old(options);
  const net::HttpResponse response = old.ask("GET", "/kbs/v0/resource-policy", {old.as_admin()});
  EXPECT_EQ(outcome(response), "200 text/xml");
  EXPECT_EQ(response.body, codec::to_base64url(as_bytes(kAllowAll)));
}

TEST(KbsAdmin, RefusesAttestationPoliciesThatItCannotReadOrName) {
  const HandlerFixture kbs;
  for (const std::string& body :
       {std::string("x"), std::string("{}"), std::string(R"({"policy":"cGFja2FnZSBwb2xpY3k"})"),
        policy_body("package policy", "a b"), policy_body("package policy", "../x"), policy_body("package policy", ""),
        policy_body("no rego")}) {
    const net::HttpResponse response = kbs.ask("POST", "/kbs/v0/attestation-policy", {kbs.as_admin()}, body);
    EXPECT_EQ(outcome(response), "401 AttestationError") << body;
    EXPECT_THAT(detail_of(response), HasSubstr("Set Attestation Policy failed")) << body;
  }
}

TEST(KbsAdmin, JudgesTheNextGuestByTheNewAttestationPolicy) {
  const HandlerFixture kbs;
  const auto set = [&](const char* source) {
    EXPECT_EQ(kbs.ask("POST", "/kbs/v0/attestation-policy", {kbs.as_admin()}, policy_body(source)).status, 200);
  };
  const auto status = [&] {
    const auto ear = kbs.ears.verify(kbs.attested().second, kbs.clock.now());
    const Json* value = ear.has_value() ? ear->claims().at("/submods/cpu0/ear.status") : nullptr;
    return value == nullptr ? std::string("none") : to_text(*value);
  };
  set("package policy\ntrust_claims := {\"hardware\": 2, \"executables\": 3}\n");
  EXPECT_EQ(status(), "\"affirming\"");
  set("package policy\ntrust_claims := {\"hardware\": 97}\n");
  EXPECT_EQ(status(), "\"contraindicated\"");
}

// Each of these once brought the peer down, or wrapped around, or held everybody up.
TEST(KbsAdmin, RefusesGuestsAndStaysUpUnderAnAttestationPolicyThatIsFaulty) {
  const HandlerFixture kbs;
  for (const char* source : {
           "package policy\ntrust_claims := {\"no-such-claim\": 2}\n",
           "package policy\ntrust_claims := {\"hardware\": \"2\"}\n",
           "package policy\ntrust_claims := {\"hardware\": 300}\n",
           "package policy\ntrust_claims := {\"hardware\": 258}\n",
           "package policy\ntrust_claims := {\"hardware\": 2.5}\n",
           "package policy\ntrust_claims := 7\n",
           "package policy\ntrust_claims := {}\n",
           "package policy\nimport rego.v1\ntrust_claims := {\"hardware\": count([x | some x in numbers.range(1, "
           "100000); "
           "some y in numbers.range(1, 100000); x == y])}\n",
       }) {
    ASSERT_EQ(kbs.ask("POST", "/kbs/v0/attestation-policy", {kbs.as_admin()}, policy_body(source)).status, 200)
        << source;
    const HandlerFixture::Challenge challenge = kbs.challenge();
    const net::HttpResponse response = kbs.attest(challenge.cookie, kbs.good_answer(challenge.nonce));
    EXPECT_EQ(outcome(response), "401 AttestationError") << source;
    EXPECT_EQ(detail_of(response), "Attestation error: RCAR handshake Attest failed") << source;
  }
}

TEST(KbsAdmin, SetsAndAnswersReferenceValues) {
  const HandlerFixture kbs;
  const auto get = [&](const char* id) {
    return kbs.ask("GET", std::string("/kbs/v0/reference-value/") + id, {kbs.as_admin()});
  };
  const net::HttpResponse set = kbs.ask("POST", "/kbs/v0/reference-value", {kbs.as_admin()},
                                        values_body(R"({"svn":["1"],"debug":false,"a/b/c":{"x":7}})"));
  EXPECT_EQ(outcome(set), "200 application/json");
  EXPECT_EQ(get("svn").body, R"(["1"])");
  EXPECT_EQ(get("debug").body, "false");
  EXPECT_EQ(get("a/b/c").body, R"({"x":7})");
  EXPECT_EQ(outcome(kbs.ask("POST", "/kbs/v0/reference-value", {kbs.as_admin()},
                            R"({"type":"sample","payload":"eyJleHRyYSI6WyJ4Il19"})")),
            "200 application/json");
  EXPECT_EQ(get("extra").body, R"(["x"])");
}

TEST(KbsAdmin, WritesOneRecordHoweverManyReferenceValuesACallSets) {
  HandlerFixture kbs;
  const auto set = [&kbs](const Json& values) {
    EXPECT_EQ(kbs.ask("POST", "/kbs/v0/reference-value", {kbs.as_admin()}, values_body(to_text(values))).status, 200);
    return kbs.decisions.newest(1'000, "").value();
  };
  std::vector<Json> records = set(Json::object({{"svn", 1}}));
  const std::size_t before = records.size();
  EXPECT_EQ(*records.front().find("subject"), Json("set reference value svn"));
  Json many = Json::object();
  for (int i = 0; i < 150; ++i) many.set("name" + std::to_string(i), i);
  records = set(many);
  EXPECT_EQ(records.size(), before + 1) << "else one call could push all of before off the record";
  EXPECT_EQ(*records.front().find("subject"), Json("set 150 reference values"));
  EXPECT_EQ(records.front().find("names")->as_array()->size(), 100u);
  EXPECT_EQ(*records.front().at("/names/99"), Json("name99"));
}

TEST(KbsAdmin, SaysWhichReferenceValueItDoesNotHave) {
  HandlerFixture kbs;
  const std::string prefix = "RVPS configuration failed: Failed to get reference_values: ";
  const auto get = [&](const char* target) { return kbs.ask("GET", target, {kbs.as_admin()}); };
  EXPECT_EQ(detail_of(get("/kbs/v0/reference-value/a/b/c")),
            prefix + "No reference value found for the given id: a/b/c");
  EXPECT_EQ(outcome(get("/kbs/v0/reference-value")), "401 RvpsError");
  ASSERT_TRUE(kbs.reference_values.set("old", Json(1), kbs.clock.now() + std::chrono::hours(1)).has_value());
  EXPECT_EQ(get("/kbs/v0/reference-value/old").body, "1");
  kbs.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(outcome(get("/kbs/v0/reference-value/old")), "401 RvpsError") << "expired values do not count";
}

TEST(KbsAdmin, CallsADamagedReferenceValueDamagedAndNotMissing) {
  HandlerFixture kbs;
  ASSERT_TRUE(kbs.reference_values.set("good", Json(1)).has_value());
  ASSERT_TRUE(kbs.store.put("reference_value", "bad", as_bytes("{"), store::Expiry::never()).has_value());
  const net::HttpResponse response = kbs.ask("GET", "/kbs/v0/reference-value/bad", {kbs.as_admin()});
  EXPECT_EQ(outcome(response), "503 RvpsError");
  EXPECT_THAT(detail_of(response), Not(HasSubstr("No reference value found")));
  EXPECT_EQ(kbs.ask("GET", "/kbs/v0/reference-value/good", {kbs.as_admin()}).body, "1");
}

TEST(KbsAdmin, RefusesReferenceValuesThatItCannotReadOrName) {
  const HandlerFixture kbs;
  for (const std::string& body :
       {std::string("{"), std::string("{}"), std::string(R"({"version":"0.2.0","type":"sample","payload":"e30="})"),
        std::string(R"({"version":1,"type":"sample","payload":"e30="})"),
        std::string(R"({"type":"nosuch","payload":"e30="})"), std::string(R"({"type":"swid","payload":"e30="})"),
        std::string(R"({"payload":"e30="})"), std::string(R"({"type":"sample"})"),
        std::string(R"({"type":"sample","payload":"***"})"), values_body("["), values_body("[]"),
        values_body(R"({"a b!":1})"), values_body(R"({"a":1,"a":2})")}) {
    const net::HttpResponse response = kbs.ask("POST", "/kbs/v0/reference-value", {kbs.as_admin()}, body);
    EXPECT_EQ(outcome(response), "401 RvpsError") << body;
  }
}

TEST(KbsAdmin, SetsReplacesAndDeletesResources) {
  const HandlerFixture kbs;
  const net::HeaderField guest = HandlerFixture::bearer(kbs.attested().second);
  EXPECT_EQ(kbs.ask("POST", kSecretPath, {kbs.as_admin()}, std::string("a\0b\xff", 4)).status, 200);
  EXPECT_EQ(kbs.opened(kbs.ask("GET", kSecretPath, {guest})), std::string("a\0b\xff", 4));
  EXPECT_EQ(kbs.ask("DELETE", kSecretPath, {kbs.as_admin()}).status, 200);
  EXPECT_EQ(outcome(kbs.ask("DELETE", kSecretPath, {kbs.as_admin()})), "401 PluginInternalError");
  EXPECT_EQ(outcome(kbs.ask("GET", kSecretPath, {guest})), "401 PluginInternalError");
}

TEST(KbsAdmin, RefusesResourcesOfBadNamesAndSizes) {
  const HandlerFixture kbs;
  for (const char* target : {"/kbs/v0/resource/a/b", "/kbs/v0/resource/a/b/c/d", "/kbs/v0/resource/a/../c",
                             "/kbs/v0/resource/a/b/.c", "/kbs/v0/resource//b/c", "/kbs/v0/resource"}) {
    EXPECT_EQ(outcome(kbs.ask("POST", target, {kbs.as_admin()}, "x")), "401 PluginInternalError") << target;
  }
  EXPECT_EQ(kbs.ask("POST", kSecretPath, {kbs.as_admin()}, std::string(limits::kResourceBytes, 'x')).status, 200);
  EXPECT_EQ(kbs.ask("POST", kSecretPath, {kbs.as_admin()}, std::string(limits::kResourceBytes + 1, 'x')).status, 401);
}

TEST(KbsAdmin, PutsOnRecordWhoDidWhatAndNeverTheSecret) {
  const HandlerFixture kbs;
  ASSERT_EQ(kbs.ask("POST", kSecretPath, {kbs.as_admin()}, "planted-secret").status, 200);
  const auto newest = kbs.decisions.newest(1, "granted");
  ASSERT_TRUE(newest.has_value() && !newest->empty());
  const std::string text = to_text(newest->front());
  EXPECT_THAT(text, HasSubstr("set resource default/test/secret"));
  EXPECT_THAT(text, HasSubstr("test (admin)"));
  EXPECT_THAT(text, Not(HasSubstr("planted-secret")));
}

TEST(KbsAdmin, AsksToRetryWhenTheStoreIsGone) {
  HandlerFixture kbs;
  kbs.store.fail(true);
  EXPECT_EQ(kbs.ask("POST", kSecretPath, {kbs.as_admin()}, "x").status, 503);
  EXPECT_EQ(kbs.ask("POST", "/kbs/v0/resource-policy", {kbs.as_admin()}, policy_body(kAllowAll)).status, 503);
  EXPECT_EQ(kbs.ask("POST", "/kbs/v0/reference-value", {kbs.as_admin()}, values_body(R"({"a":1})")).status, 503);
}

}  // namespace
}  // namespace avouch::dialect::kbs
