// Where each method and path leads, with each credential: status, type of error, headers.
#include "dialect/kbs/handler_fixture.h"

namespace avouch::dialect::kbs {
namespace {

using ::testing::HasSubstr;

constexpr const char* kNobody = "401 AdminAuthAccess";
constexpr const char* kNobodyOnPlugin = "401 AdminAuthInitialization";

// What an anonymous caller, a guest with a good result, a reader and an administrator get.
struct Row {
  const char* method;
  const char* target;
  const char* body;
  const char* anonymous;
  const char* guest;
  const char* reader;
  const char* admin;
};

constexpr const char* kAuth = R"({"version":"0.4.0","tee":"sample","extra-params":""})";
constexpr const char* kPolicyBody = R"({"policy_id":"default_cpu","policy":"cGFja2FnZSBwb2xpY3k"})";
constexpr const char* kValueBody = R"({"version":"0.1.0","type":"sample","payload":"eyJleHRyYSI6WyJ4Il19"})";

constexpr const char* kUnknown = "404 PluginNotFound";
constexpr const char* kGood = "200 application/json";
constexpr const char* kBadAttest = "401 AttestationError";
constexpr const char* kBadToken = "401 TokenVerifierError";

const Row kRoutes[] = {
    {"POST", "/kbs/v0/auth", kAuth, kGood, kGood, kGood, kGood},
    {"POST", "/kbs/v0/auth/x/y?z=1", kAuth, kGood, kGood, kGood, kGood},
    {"GET", "/kbs/v0/auth", "", kUnknown, kUnknown, kUnknown, kUnknown},
    {"PUT", "/kbs/v0/auth", "{}", kUnknown, kUnknown, kUnknown, kUnknown},
    {"DELETE", "/kbs/v0/auth", "", kUnknown, kUnknown, kUnknown, kUnknown},
    {"POST", "/kbs/v0/attest", "{}", kBadAttest, kBadAttest, kBadAttest, kBadAttest},
    {"GET", "/kbs/v0/attest", "", kUnknown, kUnknown, kUnknown, kUnknown},

    {"POST", "/kbs/v0/attestation-policy", kPolicyBody, kNobody, kNobody, kNobody, "200 "},
    {"GET", "/kbs/v0/attestation-policy", "", kUnknown, kUnknown, kUnknown, kUnknown},
    {"POST", "/kbs/v0/resource-policy", kPolicyBody, kNobody, kNobody, kNobody, "200 "},
    {"GET", "/kbs/v0/resource-policy", "", kNobody, kNobody, kNobody, kGood},
    {"DELETE", "/kbs/v0/resource-policy", "", kUnknown, kUnknown, kUnknown, kUnknown},
    {"POST", "/kbs/v0/reference-value", kValueBody, kNobody, kNobody, kNobody, kGood},
    {"GET", "/kbs/v0/reference-value/none", "", kNobody, kNobody, "401 RvpsError", "401 RvpsError"},
    {"PUT", "/kbs/v0/reference-value", kValueBody, kUnknown, kUnknown, kUnknown, kUnknown},

    {"GET", kSecretPath, "", "401 TokenNotFound", kGood, kBadToken, kBadToken},
    {"PUT", kSecretPath, "x", "401 TokenNotFound", "401 PluginInternalError", kBadToken, kBadToken},
    {"POST", kSecretPath, "x", kNobodyOnPlugin, kNobodyOnPlugin, kNobodyOnPlugin, "200 text/xml"},
    {"DELETE", kSecretPath, "", kNobodyOnPlugin, kNobodyOnPlugin, kNobodyOnPlugin, "200 text/xml"},
    {"GET", "/kbs/v0/nosuch/x", "", kUnknown, kUnknown, kUnknown, kUnknown},
    {"GET", "/kbs/v0/", "", kUnknown, kUnknown, kUnknown, kUnknown},

    {"GET", "/healthz", "", "200 ", "200 ", "200 ", "200 "},
    {"GET", "/.well-known/jwks.json", "", kGood, kGood, kGood, kGood},
};

TEST(KbsRoutes, AnswersEachMethodAndPathByTheCallersCredential) {
  for (const Row& row : kRoutes) {
    for (int caller = 0; caller < 4; ++caller) {
      HandlerFixture kbs;
      std::vector<net::HeaderField> headers;
      if (caller == 1) headers.push_back(HandlerFixture::bearer(kbs.attested().second));
      if (caller == 2) headers.push_back(HandlerFixture::bearer(kbs.admin_token("reader")));
      if (caller == 3) headers.push_back(kbs.as_admin());
      const char* expected[] = {row.anonymous, row.guest, row.reader, row.admin};
      EXPECT_EQ(outcome(kbs.ask(row.method, row.target, headers, row.body)), expected[caller])
          << row.method << " " << row.target << ", caller " << caller;
    }
  }
}

TEST(KbsRoutes, AnswersOtherMethodsWithAllowAndNoBody) {
  const HandlerFixture kbs;
  for (const char* method : {"PATCH", "HEAD", "OPTIONS", "TRACE", "get", ""}) {
    const net::HttpResponse response = kbs.ask(method, "/kbs/v0/auth", {}, kAuth);
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.body, "") << method;
    EXPECT_EQ(response.header("Allow").value_or(""), "GET, POST, PUT, DELETE") << method;
  }
}

TEST(KbsRoutes, AnswersPathsOutsideItsPrefixWithAnEmpty404) {
  const HandlerFixture kbs;
  for (const char* target : {"/", "/kbs/v0", "/kbs/v1/auth", "//kbs/v0/auth", "/KBS/v0/auth", "/metricsx", ""}) {
    const net::HttpResponse response = kbs.ask("GET", target, {kbs.as_admin()});
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(response.body, "") << target;
  }
  EXPECT_EQ(kbs.ask("POST", "/healthz").status, 404);
}

TEST(KbsRoutes, RefusesPathsWithBrokenEscapes) {
  const HandlerFixture kbs;
  for (const char* target : {"/kbs/v0/resource/a/b/%", "/kbs/v0/resource/a/b/%4", "/kbs/v0/resource/a/b/%zz",
                             "/kbs/v0/resource/a/b/%00", "/kbs/v0/resource/a/b/%ff"}) {
    EXPECT_EQ(outcome(kbs.ask("GET", target, {kbs.as_admin()})), "404 InvalidRequestPath") << target;
  }
}

TEST(KbsRoutes, SaysOfEveryErrorThatItIsJson) {
  const HandlerFixture kbs;
  for (const char* target : {kSecretPath, "/kbs/v0/nosuch", "/kbs/v0/resource-policy"}) {
    const net::HttpResponse response = kbs.ask("GET", target);
    EXPECT_EQ(response.header("Content-Type").value_or(""), "application/json") << target;
  }
}

TEST(KbsRoutes, AnswersAdministratorsWithEmptyBodies) {
  const HandlerFixture kbs;
  for (const char* target : {"/kbs/v0/attestation-policy", "/kbs/v0/resource-policy"}) {
    EXPECT_EQ(kbs.ask("POST", target, {kbs.as_admin()}, kPolicyBody).body, "") << target;
  }
  EXPECT_EQ(kbs.ask("POST", "/kbs/v0/reference-value", {kbs.as_admin()}, kValueBody).body, "");
  EXPECT_EQ(kbs.ask("POST", kSecretPath, {kbs.as_admin()}, "x").body, "");
  EXPECT_EQ(kbs.ask("DELETE", kSecretPath, {kbs.as_admin()}).body, "");
}

TEST(KbsRoutes, KnowsNoResourceWhereTheConfigHasNoSuchPlugin) {
  FixtureOptions options;
  options.kbs.plugins.clear();
  const HandlerFixture kbs(options);
  const std::string token = kbs.attested().second;
  EXPECT_EQ(outcome(kbs.ask("GET", kSecretPath, {HandlerFixture::bearer(token)})), "404 PluginNotFound");
  EXPECT_EQ(outcome(kbs.ask("POST", kSecretPath, {kbs.as_admin()}, "x")), "404 PluginNotFound");
}

TEST(KbsRoutes, NamesThePluginThatIsNotThere) {
  const HandlerFixture kbs;
  EXPECT_EQ(detail_of(kbs.ask("GET", "/kbs/v0/nosuch/x")), "Plugin nosuch not found");
  EXPECT_EQ(detail_of(kbs.ask("GET", "/kbs/v0/")), "Plugin  not found");
}

TEST(KbsRoutes, KeepsOnlyCheapRequestsOnTheEventLoop) {
  const HandlerFixture kbs;
  using Weight = net::HttpHandler::Weight;
  const auto weight = [&](const char* target) {
    net::HttpRequest head;
    head.method = "POST";
    head.target = target;
    return kbs.handler.weight(head);
  };
  EXPECT_EQ(weight("/kbs/v0/auth"), Weight::kLight);
  EXPECT_EQ(weight("/healthz"), Weight::kLight);
  EXPECT_EQ(weight("/kbs/v0/attest"), Weight::kHeavy);
  EXPECT_EQ(weight(kSecretPath), Weight::kHeavy);
  EXPECT_EQ(weight("/kbs/v0/resource-policy"), Weight::kHeavy);
}

TEST(KbsRoutes, TakesOnlySmallBodiesOnTheEventLoop) {
  const HandlerFixture kbs;
  net::HttpRequest head;
  head.method = "POST";
  head.target = "/kbs/v0/auth";
  EXPECT_EQ(kbs.handler.body_limit_bytes(head), limits::kLightBodyBytes);
  head.target = "/kbs/v0/attest";
  EXPECT_GT(kbs.handler.body_limit_bytes(head), limits::kHttpBodyBytes);
}

}  // namespace
}  // namespace avouch::dialect::kbs
