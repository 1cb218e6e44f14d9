#include "dialect/manage/manage_fixture.h"
#include "format/jwk.h"

namespace avouch::dialect::manage {
namespace {

using ::testing::HasSubstr;

TEST_F(ManageTest, RefusesEverybodyButAdministratorsOnEveryRoute) {
  for (const char* path : {"decisions", "endorsements", "reference-values", "policies/resource", "policy-test",
                           "resources", "no-such-route", ""}) {
    for (const char* method : {"GET", "POST", "PUT", "DELETE"}) {
      EXPECT_EQ(outcome(method, path, "{}", ""), "401 admin.no-token") << method << path;
      EXPECT_EQ(outcome(method, path, "{}", "nobody"), "403 admin.role") << method << path;
    }
  }
}

TEST_F(ManageTest, DescribesItselfToEverybody) {
  EXPECT_EQ(outcome("GET", "openapi.json", "", ""), "200");
  const Json document = *parse_json(ask("GET", "openapi.json").body);
  EXPECT_EQ(*document.find("openapi"), Json("3.1.0"));
  EXPECT_NE(document.find("paths")->find("/avouch/v1/decisions"), nullptr);
  EXPECT_EQ(outcome("POST", "openapi.json", "", ""), "401 admin.no-token");
  EXPECT_EQ(outcome("GET", "openapi.json/", "", ""), "401 admin.no-token");
}

TEST_F(ManageTest, HoldsEachRoleToItsPathsHoweverTheyAreSpelled) {
  EXPECT_EQ(outcome("GET", "decisions", "", "reader"), "200");
  EXPECT_EQ(outcome("GET", "decisions?limit=1", "", "reader"), "200");
  EXPECT_EQ(outcome("GET", "resources", "", "reader"), "403 admin.role");
  EXPECT_EQ(outcome("GET", "resources", "", "careful"), "200");
  EXPECT_EQ(outcome("GET", "policies/attestation", "", "careful"), "403 admin.role");
  EXPECT_EQ(outcome("GET", "%70olicies/attestation", "", "careful"), "403 admin.role");
}

TEST_F(ManageTest, KnowsNoOtherRouteOrMethod) {
  for (const char* path : {"", "nonsense", "decisions/a", "decisions/a/b", "decisions/a/why/x", "policies",
                           "policies/other", "policies/resource/a/b", "resources/a"}) {
    EXPECT_EQ(outcome("GET", path), "404 manage.route") << path;
  }
  EXPECT_EQ(outcome("DELETE", "nonsense"), "404 manage.route");
  for (const char* path : {"decisions", "endorsements/cca", "reference-values", "policies/resource/resource-policy"}) {
    EXPECT_EQ(outcome("PATCH", path, "{}"), "405 manage.method") << path;
  }
}

TEST_F(ManageTest, SaysWhichMethodsARouteTakes) {
  const auto allowed = [&](const char* method, const char* path) {
    EXPECT_EQ(outcome(method, path, "{}"), "405 manage.method") << path;
    return std::string(ask(method, path, "{}").header("Allow").value_or(""));
  };
  EXPECT_EQ(allowed("DELETE", "decisions"), "GET");
  EXPECT_EQ(allowed("GET", "policy-test"), "POST");
  EXPECT_EQ(allowed("POST", "resources"), "GET");
  EXPECT_EQ(allowed("PATCH", "reference-values/a"), "GET, POST, PUT, DELETE");
  EXPECT_EQ(allowed("GET", "decisions/last/approve"), "POST");
  EXPECT_EQ(allowed("PUT", "openapi.json"), "GET");
}

TEST_F(ManageTest, RefusesALimitThatIsNoNumber) {
  for (const char* limit : {"-1", "1x", "x", "%2B1", "99999999999999999999"}) {
    EXPECT_EQ(outcome("GET", std::string("decisions?limit=") + limit), "400 manage.shape") << limit;
  }
  for (const char* limit : {"", "0", "1", "4294967296"}) {
    EXPECT_EQ(outcome("GET", std::string("decisions?limit=") + limit), "200") << limit;
  }
}

TEST_F(ManageTest, RefusesAnOutcomeThatNoDecisionHas) {
  EXPECT_EQ(outcome("GET", "decisions?outcome=deferred"), "400 manage.shape");
  for (const char* known : {"", "granted", "refused"}) {
    EXPECT_EQ(outcome("GET", std::string("decisions?outcome=") + known), "200") << known;
  }
}

TEST_F(ManageTest, SetsListsAndDeletesReferenceValues) {
  EXPECT_EQ(outcome("PUT", "reference-values/a%2Fb", R"(["x"])"), "200");
  const Json list = *parse_json(ask("GET", "reference-values").body);
  EXPECT_EQ(*list.at("/reference-values/0/name"), Json("a/b"));
  EXPECT_EQ(*list.at("/reference-values/0/value"), Json::array({"x"}));
  EXPECT_EQ(*list.at("/reference-values/0/expired"), Json(false));
  EXPECT_EQ(outcome("DELETE", "reference-values/a%2Fb"), "200");
  EXPECT_EQ(outcome("DELETE", "reference-values/a%2Fb"), "404 reference.unknown");
  EXPECT_EQ(outcome("PUT", "reference-values/x", "{"), "400 json.syntax");
  EXPECT_EQ(outcome("PUT", "reference-values/a!", "1"), "400 store.key");
  EXPECT_EQ(outcome("PUT", "reference-values/a%00", "1"), "403 admin.role") << "no rule fits a path that is none";
}

TEST_F(ManageTest, ShowsPoliciesAndGoesBackToTheDefault) {
  ASSERT_TRUE(verifier.policies.set("default_cpu", "package policy\nx := 1\n").has_value());
  const Json shown = *parse_json(ask("GET", "policies/attestation/default_cpu").body);
  EXPECT_EQ(*shown.find("policy"), Json("package policy\nx := 1\n"));
  EXPECT_EQ(*shown.find("default"), Json(false));
  EXPECT_EQ(*parse_json(ask("GET", "policies/attestation").body)->at("/policies/0"), Json("default_cpu"));
  EXPECT_EQ(outcome("DELETE", "policies/attestation/default_cpu"), "200");
  EXPECT_EQ(outcome("DELETE", "policies/attestation/default_cpu"), "404 policy.unknown");
  EXPECT_EQ(*parse_json(ask("GET", "policies/attestation/default_cpu").body)->find("default"), Json(true));
  EXPECT_EQ(outcome("GET", "policies/resource/none"), "404 policy.unknown");
}

TEST_F(ManageTest, ListsNamesOfResourcesAndNothingOfThem) {
  ASSERT_TRUE(vault.put(*broker::ResourcePath::parse("a/b/c"), as_bytes("planted-secret")).has_value());
  ASSERT_TRUE(vault.put(*broker::ResourcePath::parse("d/e/f"), as_bytes("planted-secret")).has_value());
  EXPECT_EQ(ask("GET", "resources").body, R"({"resources":["a/b/c","d/e/f"]})");
  EXPECT_EQ(ask("GET", "resources?prefix=d%2F").body, R"({"resources":["d/e/f"]})");
}

TEST_F(ManageTest, RefusesEndorsementsThatItCannotRead) {
  EXPECT_EQ(outcome("POST", "endorsements/none", "{}"), "404 tee.unknown");
  EXPECT_EQ(outcome("POST", "endorsements/cca", "{"), "400 json.syntax");
  EXPECT_EQ(outcome("POST", "endorsements/cca", "7"), "400 cca.endorsement.shape");
  EXPECT_EQ(outcome("DELETE", "endorsements/a/b"), "404 endorsement.unknown");
  EXPECT_EQ(ask("GET", "endorsements").body, R"({"trust-anchors":[],"platform-references":[]})");
}

TEST_F(ManageTest, RefusesADocumentWithoutEndorsements) {
  for (const char* body : {"{}", "[]", R"({"trust-anchors":[],"reference-values":{}})"}) {
    EXPECT_EQ(outcome("POST", "endorsements/cca", body), "400 endorsement.nothing") << body;
  }
}

TEST_F(ManageTest, FindsNoDecisionThatNeverWas) {
  EXPECT_EQ(outcome("GET", "decisions/last/why"), "404 decision.unknown");
  EXPECT_EQ(outcome("GET", "decisions/none/why"), "404 decision.unknown");
  EXPECT_EQ(outcome("POST", "decisions/none/approve"), "404 decision.unknown");
  EXPECT_EQ(outcome("POST", "policy-test", R"({"policy":"package policy","decision":"none"})"), "404 decision.unknown");
  EXPECT_EQ(outcome("POST", "policy-test", R"({"policy":1})"), "400 manage.shape");
  EXPECT_EQ(outcome("POST", "policy-test", "["), "400 json.syntax");
}

// A room's keys may have any number of parts.
TEST_F(ManageTest, RevokesATrustAnchorByItsWholeKey) {
  const Json jwk = jose::jwk_from_public_key(crypto::PrivateKey::generate_ec(crypto::Curve::kP384).public_key());
  for (const char* anchor : {"a", "a/b", "a/b/c"}) {
    ASSERT_TRUE(verifier.endorsements.add({{{anchor, jwk}}, {}, {}}).has_value());
  }
  EXPECT_EQ(outcome("DELETE", "endorsements/a/b"), "200");
  EXPECT_EQ(verifier.endorsements.stored()->trust_anchors.size(), 2u);
  EXPECT_EQ(outcome("DELETE", "endorsements/a/b"), "404 endorsement.unknown");
  EXPECT_EQ(outcome("DELETE", "endorsements/a/b/c"), "200");
  EXPECT_EQ(outcome("DELETE", "endorsements/a"), "200");
  EXPECT_TRUE(verifier.endorsements.stored()->trust_anchors.empty());
  EXPECT_EQ(outcome("DELETE", "endorsements"), "405 manage.method");
}

TEST_F(ManageTest, TestsNoPolicyAgainstADamagedReferenceValueAsIfItWereMissing) {
  ledger::Decision decision = verifier.decisions.begin("attest", "192.0.2.1", "cca");
  decision.facts.set("input", Json::object({{"cca", Json::object({{"rim", "measured"}})}}));
  verifier.decisions.record(decision);
  const auto test = [&](const char* name) {
    const std::string policy =
        std::string("package policy\nimport rego.v1\ntrust_claims := {\"executables\": 2} if not ") +
        "input.cca.rim in query_reference_value(\"" + name + "\")\n";
    return to_text(Json::object({{"policy", policy}, {"decision", decision.id}}));
  };
  ASSERT_EQ(outcome("PUT", "reference-values/good", R"(["other"])"), "200");
  ASSERT_TRUE(verifier.store.put("reference_value", "bad", as_bytes("{"), store::Expiry::never()).has_value());
  EXPECT_EQ(outcome("POST", "policy-test", test("good")), "200");
  EXPECT_EQ(outcome("POST", "policy-test", test("bad")), "503 reference.damaged");
}

TEST_F(ManageTest, KeepsNothingThatBelongsToAServiceElsewhere) {
  const auto ask_with = [&](const char* verifiers, const char* references, const char* path) {
    const ManageHandler there{{verifier.appraiser, verifier.why, verifier.endorsements, verifier.reference_values,
                               verifier.policies, verifier.resource_policies, verifier.decisions, vault, verifier.rooms,
                               admin, verifier.clock, verifiers, references}};
    net::HttpRequest request;
    request.method = "GET";
    request.target = std::string(kPrefix) + path;
    const auto token = broker::make_admin_token(key, "issuer", "admin", verifier.clock.now(), std::chrono::minutes(5));
    request.headers.emplace_back("Authorization", "Bearer " + *token);
    return there.handle(request).body;
  };
  const auto at_broker = [&](const char* path) { return ask_with("http://as:50004", "", path); };
  for (const char* path : {"endorsements", "reference-values", "policies/attestation", "policy-test"}) {
    EXPECT_THAT(at_broker(path), HasSubstr("http://as:50004")) << path;
  }
  EXPECT_THAT(at_broker("policies/resource"), HasSubstr("\"policies\":["));
  const auto at_verifier = [&](const char* path) { return ask_with("", "http://rvps:50003", path); };
  EXPECT_THAT(at_verifier("reference-values"), HasSubstr("http://rvps:50003"));
  EXPECT_THAT(at_verifier("endorsements"), HasSubstr("trust-anchors"));
  EXPECT_THAT(at_verifier("policies/attestation"), HasSubstr("default_cpu"));
}

TEST_F(ManageTest, RecordsWhoChangedWhat) {
  ASSERT_EQ(outcome("PUT", "reference-values/x", "1"), "200");
  const std::string body = ask("GET", "decisions?limit=1&outcome=granted").body;
  EXPECT_THAT(body, HasSubstr("set reference value x"));
  EXPECT_THAT(body, HasSubstr("test (admin)"));
}

TEST_F(ManageTest, BoundsTheListOfDecisionsByWhatIsAskedFor) {
  for (int i = 0; i < 30; ++i) ask("PUT", "reference-values/x", std::to_string(i));
  const auto count = [&](const char* path) {
    return parse_json(ask("GET", path).body)->find("decisions")->as_array()->size();
  };
  EXPECT_EQ(count("decisions?limit=7"), 7u);
  EXPECT_EQ(count("decisions"), 20u);
  EXPECT_EQ(count("decisions?limit=7&outcome=refused"), 0u);
}

TEST_F(ManageTest, SaysOnEveryRouteWhenTheStoreFails) {
  const std::string endorsements = to_text(verifier.platform.endorsements());
  verifier.store.fail(true);
  for (const char* path : {"resources", "decisions", "decisions/last/why", "decisions/some-id/why", "endorsements",
                           "reference-values", "policies/attestation", "policies/attestation/default_cpu"}) {
    EXPECT_EQ(outcome("GET", path), "503 store.full") << path;
  }
  EXPECT_EQ(outcome("PUT", "reference-values/x", "1"), "503 store.full");
  EXPECT_EQ(outcome("POST", "reference-values/x", "1"), "503 store.full");
  EXPECT_EQ(outcome("DELETE", "reference-values/x"), "503 store.full");
  EXPECT_EQ(outcome("DELETE", "policies/resource/resource-policy"), "503 store.full");
  EXPECT_EQ(outcome("POST", "endorsements/cca", endorsements), "503 store.full");
  EXPECT_EQ(outcome("DELETE", "endorsements/a/b"), "503 store.full");
  verifier.store.fail(false);
  EXPECT_EQ(ask("GET", "endorsements").body, R"({"trust-anchors":[],"platform-references":[]})");
  EXPECT_EQ(ask("GET", "reference-values").body, R"({"reference-values":[]})");
}

TEST_F(ManageTest, PutsOnRecordWhoWasRefusedAndTellsTheId) {
  const Json answer = *parse_json(ask("GET", "policies/resource", "", "nobody").body);
  const std::string* id = answer.at("/error/decision")->as_string();
  ASSERT_NE(id, nullptr);
  const Json record = verifier.decisions.find(*id).value();
  EXPECT_EQ(*record.find("kind"), Json("admin"));
  EXPECT_EQ(*record.find("outcome"), Json("refused"));
  EXPECT_EQ(*record.at("/error/code"), Json("admin.role"));
  EXPECT_EQ(*record.find("subject"), Json("GET /avouch/v1/policies/resource"));
}

}  // namespace
}  // namespace avouch::dialect::manage
