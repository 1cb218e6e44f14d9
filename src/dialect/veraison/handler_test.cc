#include "dialect/veraison/handler.h"

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "broker/verified_ear.h"
#include "dialect/veraison/veraison_fixture.h"
#include "format/jwk.h"

namespace avouch::dialect::veraison {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kGoodPlatform = "affirming {2,2,0,2,2,2,0,2}";

TEST(ServedDiscovery, ShowsTheKeyThatSignsResults) {
  VeraisonFixture service;
  const net::HttpResponse response = service.ask("GET", std::string(kDiscoveryPath));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Type"), kDiscoveryType);
  EXPECT_EQ(response.header("Cache-Control"), "max-age=60");
  const Json info = parse_json(response.body).value();
  const Json* key = info.find("ear-verification-key");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(*key->find_string("alg"), "ES256");
  EXPECT_EQ(jose::public_key_from_jwk(*key)->to_spki_der(), service.signer.public_key().to_spki_der());
  EXPECT_EQ(*info.find("service-state"), Json("READY"));
  EXPECT_EQ(*info.at("/api-endpoints/newChallengeResponseSession"), Json("/challenge-response/v1/newSession"));
  EXPECT_EQ(*info.at("/media-types/0"), Json(kEvidenceTypes[0]));
}

TEST(ServedDiscovery, IsJsonOrNothing) {
  VeraisonFixture service;
  const std::string path(kDiscoveryPath);
  EXPECT_EQ(service.ask("GET", path, {{"Accept", "application/json"}}).status, 200);
  EXPECT_EQ(service.ask("GET", path, {{"Accept", "text/html"}}).status, 406);
  EXPECT_EQ(service.ask("POST", path).status, 404);
}

TEST(ServedSession, NeverHasTheIdOfAnother) {
  VeraisonFixture service;
  std::set<std::string> paths;
  for (int i = 0; i < 1'000; ++i) paths.insert(service.open_session("?nonce=QUFBQUFBQUE=").path);
  EXPECT_EQ(paths.size(), 1'000U);
}

TEST(ServedSession, WaitsUntilItsEnd) {
  VeraisonFixture service;
  const std::string path = service.open_session().path;
  EXPECT_EQ(state_of(service.ask("GET", path)), "waiting");
  service.clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(service.ask("GET", path).status, 404);
  EXPECT_EQ(service.submit(path, "x").status, 404);
  EXPECT_EQ(service.ask("DELETE", path).status, 404);
}

TEST(ServedSession, ShowsWhatBecameOfTheEvidence) {
  VeraisonFixture service;
  service.endorse_platform();
  service.endorse_realm();
  const VeraisonFixture::Opened session = service.open_session();
  const std::string token = service.token_for(session.nonce);
  const net::HttpResponse submitted = service.submit(session.path, token);
  EXPECT_EQ(submitted.status, 200);
  EXPECT_EQ(state_of(submitted), "complete");
  EXPECT_EQ(service.ask("GET", session.path).body, submitted.body);
  EXPECT_EQ(*parse_json(submitted.body)->at("/evidence/value"), Json(codec::to_base64(as_bytes(token))));
}

TEST(ServedSession, IsGoneOnceDeletedBeforeOrAfterEvidence) {
  VeraisonFixture service;
  for (const bool has_evidence : {false, true}) {
    const VeraisonFixture::Opened session = service.open_session();
    if (has_evidence) service.submit(session.path, service.token_for(session.nonce));
    const net::HttpResponse deleted = service.ask("DELETE", session.path);
    EXPECT_EQ(deleted.status, 204);
    EXPECT_EQ(deleted.body, "");
    EXPECT_EQ(service.ask("GET", session.path).status, 404);
    EXPECT_EQ(service.ask("DELETE", session.path).status, 404);
    EXPECT_EQ(service.submit(session.path, service.token_for(session.nonce)).status, 404);
  }
}

TEST(ServedSession, TakesOneEvidenceRightOrWrong) {
  VeraisonFixture service;
  service.endorse_platform();
  const VeraisonFixture::Opened session = service.open_session();
  EXPECT_EQ(service.submit(session.path, "rubbish").status, 200);
  const net::HttpResponse second = service.submit(session.path, service.token_for(session.nonce));
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second.header("Content-Type"), kProblemType);
}

TEST(ServedSession, AnswersTheSameEvidenceTheSameAndJudgesItOnce) {
  VeraisonFixture service;
  service.endorse_platform();
  const VeraisonFixture::Opened session = service.open_session();
  const std::string token = service.token_for(session.nonce);
  const net::HttpResponse first = service.submit(session.path, token), second = service.submit(session.path, token);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(service.decisions.newest(10, "")->size(), 1U);
}

TEST(ServedSession, IsJudgedOnceHoweverManyAskAtOnce) {
  VeraisonFixture service;
  service.endorse_platform();
  const VeraisonFixture::Opened session = service.open_session();
  net::HttpRequest request;
  request.method = "POST";
  request.target = session.path;
  request.headers = {{"Content-Type", std::string(kEvidenceTypes[0])}};
  request.body = service.token_for(session.nonce);
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      const int status = service.handler.handle(request).status;
      EXPECT_TRUE(status == 200 || status == 202) << status;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(service.decisions.newest(10, "")->size(), 1U);
}

TEST(ServedSession, FailsWhereTheStoreDoes) {
  VeraisonFixture service;
  const VeraisonFixture::Opened session = service.open_session();
  const std::string token = service.token_for(session.nonce);
  service.store.fail(true);
  const net::HttpResponse response = service.submit(session.path, token);
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(detail_of(response), "error encountered while processing evidence");
  service.store.fail(false);
  EXPECT_EQ(state_of(service.ask("GET", session.path)), "failed");
  EXPECT_EQ(service.submit(session.path, token).status, 409);
}

TEST(ServedSession, IsNoneOfTheBrokers) {
  VeraisonFixture service;
  const appraise::Sessions brokers(Secret(crypto::random_bytes(crypto::kAesKeyBytes)),
                                   appraise::make_spent_nonces_in_memory(service.clock), service.clock,
                                   limits::kSessionLifetime);
  EXPECT_EQ(service.ask("GET", std::string(kPrefix) + "session/" + brokers.issue("cca").ticket).status, 404);
}

TEST(ServedResult, AffirmsWhatIsEndorsed) {
  VeraisonFixture service;
  service.endorse_platform();
  service.endorse_realm();
  const Json result = service.attest();
  EXPECT_EQ(verdict(result, "CCA_SSD_PLATFORM"), kGoodPlatform);
  EXPECT_EQ(verdict(result, "CCA_REALM"), "affirming {0,2,0,0,2,0,0,0}");
  EXPECT_EQ(*result.find("eat_profile"), Json("tag:github.com,2023:veraison/ear"));
  EXPECT_EQ(result.find("iss"), nullptr);
  EXPECT_EQ(*result.at("/submods/CCA_REALM/ear.appraisal-policy-id"), Json("policy:ARM_CCA"));
}

TEST(ServedResult, SaysOfEachPartWhatItsTokenSays) {
  VeraisonFixture service;
  service.endorse_platform();
  const Json result = service.attest();
  const Json* platform = result.at("/submods/CCA_SSD_PLATFORM/ear.veraison.annotated-evidence");
  ASSERT_NE(platform, nullptr);
  EXPECT_NE(platform->find("cca-platform-sw-components"), nullptr);
  for (const char* ours : {"cca-platform-lifecycle-state", "cca-platform-endorsed", "cca-realm-challenge"}) {
    EXPECT_EQ(platform->find(ours), nullptr) << ours;
  }
  const Json* realm = result.at("/submods/CCA_REALM/ear.veraison.annotated-evidence");
  ASSERT_NE(realm, nullptr);
  EXPECT_EQ(*realm->find("cca-realm-initial-measurement"), Json(VeraisonFixture::kRim));
}

// What the key broker's demonstration waits for: warning, and a realm that is who it says.
TEST(ServedResult, WarnsOfARealmThatNobodyEndorsed) {
  VeraisonFixture service;
  service.endorse_platform();
  const Json result = service.attest();
  EXPECT_EQ(verdict(result, "CCA_SSD_PLATFORM"), kGoodPlatform);
  EXPECT_EQ(verdict(result, "CCA_REALM"), "warning {0,33,0,0,2,0,0,0}");
}

TEST(ServedResult, TellsBootFromWhatCameSince) {
  VeraisonFixture service;
  service.endorse_platform();
  service.endorse_realm();
  EXPECT_TRUE(service.realm.extend(0, Buffer{1}).has_value());
  EXPECT_EQ(verdict(service.attest(), "CCA_REALM"), "affirming {0,3,0,0,2,0,0,0}");
}

TEST(ServedResult, WarnsOfFirmwareThatNobodyEndorsed) {
  VeraisonFixture service;
  tee::EndorsedRecords records = service.platform_endorsements();
  records.platform_references.clear();
  ASSERT_TRUE(service.endorsements.add(records).has_value());
  EXPECT_EQ(verdict(service.attest(), "CCA_SSD_PLATFORM"), "warning {32,33,0,2,2,2,0,2}");
}

TEST(ServedResult, ContraindicatesAPlatformThatIsNotSecured) {
  for (const int lifecycle : {0x1000, 0x4000, 0x6000}) {  // 0x4000: the peer affirms a platform in debug
    VeraisonFixture service;
    service.platform.set_lifecycle(static_cast<std::uint16_t>(lifecycle));
    service.endorse_platform();
    EXPECT_EQ(verdict(service.attest(), "CCA_SSD_PLATFORM"), "contraindicated {2,2,0,2,96,96,0,96}") << lifecycle;
  }
}

// A policy of the operator's cannot lift what the verifier found.
TEST(ServedResult, KeepsItsCeilingsUnderAnyPolicy) {
  VeraisonFixture service;
  service.platform.set_lifecycle(0x4000);
  service.endorse_platform();
  const char* generous = "package policy\nimport rego.v1\ntrust_claims := {\"instance-identity\": 2}\n";
  ASSERT_TRUE(service.policies.set("veraison_cca_platform", generous).has_value());
  EXPECT_EQ(*service.attest().at("/submods/CCA_SSD_PLATFORM/ear.status"), Json("contraindicated"));
}

// Statuses of all claims, and the problem, of evidence for `nonce` instead of the session's own, if that is given.
std::string problem_of(VeraisonFixture& service, const std::function<std::string(const Buffer&)>& evidence_for) {
  const VeraisonFixture::Opened session = service.open_session();
  const net::HttpResponse response = service.submit(session.path, evidence_for(session.nonce));
  EXPECT_EQ(response.status, 200) << response.body;
  const Json result = service.result_of(response);
  EXPECT_EQ(verdict(result, "ARM_CCA"), "contraindicated {99,99,99,99,99,99,99,99}");
  EXPECT_EQ(result.find("submods")->as_object()->size(), 1U);
  const Json* problem = result.at("/submods/ARM_CCA/ear.veraison.policy-claims/problem");
  return problem == nullptr ? "none" : *problem->as_string();
}

TEST(ServedResult, NamesTheStepThatFailed) {
  VeraisonFixture service;
  const auto honest = [&](const Buffer& nonce) { return service.token_for(nonce); };
  EXPECT_EQ(problem_of(service, honest), "no trust anchor for evidence");
  service.endorse_platform();
  EXPECT_EQ(problem_of(service, [](const Buffer&) { return "rubbish"; }), "could not establish identity from evidence");
  EXPECT_THAT(problem_of(service, [&](const Buffer&) { return service.token_for(Buffer(32, 7)); }),
              StartsWith("integrity validation failed: bad evidence: freshness: realm challenge (0707"));
  const auto forged = [&](const Buffer& nonce) {
    std::string token = service.token_for(nonce);
    token.back() = static_cast<char>(token.back() ^ 1);
    return token;
  };
  EXPECT_EQ(problem_of(service, forged),
            "integrity validation failed: bad evidence: unable to verify realm token: verification error");
}

TEST(ServedResult, BindsTheNonceThatTheRelyingPartyChose) {
  VeraisonFixture service;
  service.endorse_platform();
  const VeraisonFixture::Opened session = service.open_session("?nonce=AQIDBAUGBwg");
  EXPECT_EQ(session.nonce, (Buffer{1, 2, 3, 4, 5, 6, 7, 8}));
  const Json result = service.result_of(service.submit(session.path, service.token_for(session.nonce)));
  EXPECT_EQ(verdict(result, "CCA_SSD_PLATFORM"), kGoodPlatform);
  EXPECT_EQ(*result.find("eat_nonce"), Json("AQIDBAUGBwg="));
}

TEST(ServedResult, LeadsToItsDecision) {
  VeraisonFixture service;
  service.endorse_platform();
  const std::string id = *service.attest().find_string("jti");
  const Json why = service.why.explain(id).value();
  EXPECT_EQ(*why.find("outcome"), Json("granted"));
  EXPECT_EQ(*why.find("status"), Json("warning"));
  EXPECT_EQ(*why.at("/policy/id"), Json("veraison_cca_realm"));
  EXPECT_EQ(*why.at("/causes/0/code"), Json("reference.missing"));
  EXPECT_EQ(why.at("/appraisals")->as_array()->size(), 2U);
  ASSERT_TRUE(service.why.approve(id, "tester", "here").has_value());
  EXPECT_EQ(*service.attest().at("/submods/CCA_REALM/ear.status"), Json("affirming"));
}

TEST(ServedResult, IsARefusalOnRecordWhereNothingVerifies) {
  VeraisonFixture service;
  const std::string id = *service.attest().find_string("jti");
  const Json why = service.why.explain(id).value();
  EXPECT_EQ(*why.find("outcome"), Json("refused"));
  EXPECT_EQ(*why.at("/causes/0/code"), Json("cca.platform.unknown"));
  EXPECT_EQ(*why.find("subject"), Json("cca"));
}

// Two replicas with one store: they have the same key for tickets, and share which nonces are spent.
TEST(ServedReplicas, TakeEvidenceForSessionsOfOneAnotherOnce) {
  VeraisonFixture service;
  service.endorse_platform();
  const Secret key(crypto::random_bytes(crypto::kAesKeyBytes));
  struct Replica {
    Replica(VeraisonFixture& like, const Secret& key)
        : sessions(key, appraise::make_spent_nonces_in_store(like.store), like.clock, limits::kChallengeLifetime,
                   appraise::TicketScope::kReplicas),
          appraiser({like.rooms, sessions, like.endorsements, like.reference_values, like.policies, like.signer,
                     like.decisions, like.clock}),
          handler({appraiser, sessions, like.signer, like.clock}) {}
    int ask(std::string method, const std::string& path, std::string body = "") const {
      net::HttpRequest request;
      request.method = std::move(method);
      request.target = path;
      request.headers = {{"Content-Type", std::string(kEvidenceTypes[0])}};
      request.body = std::move(body);
      return handler.handle(request).status;
    }
    appraise::Sessions sessions;
    appraise::Appraiser appraiser;
    const VeraisonHandler handler;
  };
  const Replica here(service, key), there(service, key);
  const appraise::Challenge challenge = here.sessions.issue("", Buffer(32, 9));
  const std::string path = std::string(kPrefix) + "session/" + challenge.ticket;
  EXPECT_EQ(there.ask("GET", path), 200);
  EXPECT_EQ(there.ask("POST", path, service.token_for(Buffer(32, 9))), 200);
  EXPECT_EQ(there.ask("GET", path), 200);
  EXPECT_EQ(here.ask("GET", path), 404);
  EXPECT_EQ(here.ask("POST", path, service.token_for(Buffer(32, 9))), 404);
  const std::string other = std::string(kPrefix) + "session/" + here.sessions.issue("", Buffer(32, 9)).ticket;
  EXPECT_EQ(here.ask("DELETE", other), 204);
  EXPECT_EQ(there.ask("POST", other, service.token_for(Buffer(32, 9))), 404);
}

// The broker trusts the same key, and yet a result of this form opens nothing: its header names no key, and no guest's
// key is bound in it.
TEST(ServedResult, IsNoTicketToTheBroker) {
  VeraisonFixture service;
  service.endorse_platform();
  service.endorse_realm();
  const VeraisonFixture::Opened session = service.open_session();
  const net::HttpResponse response = service.submit(session.path, service.token_for(session.nonce));
  broker::EarTrust trust;
  trust.keys.push_back({service.signer.public_key(), service.signer.key_id()});
  const broker::EarVerifier broker(std::move(trust));
  const auto verified = broker.verify(*parse_json(response.body)->find_string("result"), service.clock.now());
  ASSERT_FALSE(verified.has_value());
  EXPECT_STREQ(verified.error().code, "ear.untrusted-key");
  EXPECT_EQ(to_text(service.result_of(response)).find("tee-pubkey"), std::string::npos);
}

TEST(ServedRequest, IsRefusedInTheOrderOfThePeer) {
  VeraisonFixture service;
  const std::string path = service.open_session().path, bad_path = std::string(kPrefix) + "session/notauuid";
  const net::HeaderField html{"Accept", "text/html"}, foo{"Content-Type", "application/foo"};
  EXPECT_EQ(service.ask("POST", bad_path, {html, foo}).status, 406);
  EXPECT_EQ(service.ask("POST", bad_path, {foo}).status, 400);
  const net::HttpResponse unsupported = service.ask("POST", bad_path, {foo}, "x");
  EXPECT_EQ(unsupported.status, 415);
  EXPECT_THAT(std::string(unsupported.header("Accept").value_or("")),
              StartsWith(std::string(kEvidenceTypes[0]) + ", "));
  EXPECT_THAT(detail_of(service.submit(bad_path, "x")), StartsWith("invalid session id ("));
  EXPECT_EQ(service.submit(path + "x", "x").status, 404);
  EXPECT_EQ(service.ask("GET", path, {html}).status, 406);
  EXPECT_EQ(state_of(service.ask("GET", path)), "waiting");
}

TEST(ServedRequest, IsUnknownAtOtherPaths) {
  VeraisonFixture service;
  for (const char* target : {"newSession", "session/", "session", "session/a/b", "", "other"}) {
    const net::HttpResponse response = service.ask("GET", std::string(kPrefix) + target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(response.body, "404 page not found") << target;
  }
  EXPECT_EQ(service.ask("PUT", service.open_session().path).status, 404);
  EXPECT_TRUE(is_served(kDiscoveryPath));
  EXPECT_FALSE(is_served("/kbs/v0/auth"));
  EXPECT_FALSE(is_served("/challenge-response/v10/newSession"));
}

TEST(ServedRequest, MayWrapItsEvidence) {
  VeraisonFixture service;
  service.endorse_platform();
  const VeraisonFixture::Opened session = service.open_session();
  const std::string token = service.token_for(session.nonce);
  const Json wrapper = Json::array({kEvidenceTypes[0], codec::to_base64url(as_bytes(token))});
  const net::HttpResponse response = service.submit(session.path, to_text(wrapper), "application/vnd.veraison.cmw");
  EXPECT_EQ(verdict(service.result_of(response), "CCA_SSD_PLATFORM"), kGoodPlatform);
  EXPECT_EQ(*parse_json(response.body)->at("/evidence/type"), Json(kEvidenceTypes[0]));
  EXPECT_EQ(*parse_json(response.body)->at("/evidence/value"), Json(codec::to_base64(as_bytes(token))));
}

TEST(ServedRequest, GetsOneAnswerToABadWrapper) {
  VeraisonFixture service;
  const std::string path = service.open_session().path;
  const net::HttpResponse response = service.submit(path, "[1]", "application/cmw+json");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(detail_of(response), StartsWith("could not unwrap the CMW: "));
  EXPECT_EQ(service.submit(path, R"(["application/foo","AQ"])", "application/cmw+json").status, 415);
  EXPECT_EQ(state_of(service.ask("GET", path)), "waiting");
}

}  // namespace
}  // namespace avouch::dialect::veraison
