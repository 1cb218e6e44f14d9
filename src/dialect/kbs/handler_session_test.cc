// Challenge, evidence, result: what a guest sees, and what it may not do twice.
#include <algorithm>
#include <thread>

#include "crypto/digest.h"
#include "dialect/kbs/handler_fixture.h"

namespace avouch::dialect::kbs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kAttestFailedText = "Attestation error: RCAR handshake Attest failed";

net::HttpResponse ask_challenge(const HandlerFixture& kbs, const std::string& version, const std::string& tee) {
  return kbs.ask("POST", "/kbs/v0/auth", {},
                 to_text(Json::object({{"version", version}, {"tee", tee}, {"extra-params", ""}})));
}

TEST(KbsAuth, ChallengesWithAFreshNonceAndEmptyExtraParams) {
  const HandlerFixture kbs;
  const net::HttpResponse first = ask_challenge(kbs, "0.4.0", "sample"), second = ask_challenge(kbs, "0.4.0", "sample");
  const Json body = *parse_json(first.body);
  ASSERT_EQ(body.as_object()->size(), 2u);
  EXPECT_EQ(body.find_string("nonce")->size(), 44u);  // 32 octets in standard base64
  EXPECT_EQ(codec::from_base64(*body.find_string("nonce"))->size(), 32u);
  EXPECT_EQ(*body.find("extra-params"), Json(""));
  EXPECT_NE(first.body, second.body);
}

TEST(KbsAuth, SendsACookieThatScriptsOtherSitesAndOtherPathsCannotUse) {
  const HandlerFixture kbs;
  const std::string cookie(ask_challenge(kbs, "0.4.0", "sample").header("Set-Cookie").value_or(""));
  EXPECT_THAT(cookie, StartsWith("kbs-session-id="));
  for (const char* attribute :
       {"; Expires=Fri, 15 Jan 2027 08:05:00 GMT", "; Path=/kbs/v0", "; HttpOnly", "; SameSite=Strict"}) {
    EXPECT_THAT(cookie, HasSubstr(attribute));
  }
  EXPECT_THAT(cookie, Not(HasSubstr("Secure")));
}

TEST(KbsAuth, MarksTheCookieAsSecureBehindTls) {
  FixtureOptions options;
  options.kbs.secure_cookies = true;
  const HandlerFixture kbs(options);
  EXPECT_THAT(std::string(ask_challenge(kbs, "0.4.0", "sample").header("Set-Cookie").value_or("")),
              HasSubstr("; Secure"));
}

TEST(KbsAuth, SaysWhyInThePeersWords) {
  const HandlerFixture kbs;
  const std::string prefix = "Attestation error: RCAR handshake Auth failed: ";
  const std::pair<net::HttpResponse, std::string> cases[] = {
      {ask_challenge(kbs, "1.0.0", "sample"),
       "KBS Client Protocol Version Mismatch: expect =0.4.0 while the request is 1.0.0"},
      {ask_challenge(kbs, "0.4.0-rc1", "sample"),
       "KBS Client Protocol Version Mismatch: expect =0.4.0 while the request is 0.4.0-rc1"},
      {ask_challenge(kbs, "abc", "sample"), "failed to parse KBS version"},
      {ask_challenge(kbs, "0.4.0", "bogus"), "deserialize Request"},
      {ask_challenge(kbs, "0.4.0", "Sample"), "deserialize Request"},
      {ask_challenge(kbs, "0.4.0", "challenge"), "deserialize Request"},
      {kbs.ask("POST", "/kbs/v0/auth", {}, "{"), "deserialize Request"},
  };
  for (const auto& [response, text] : cases) {
    EXPECT_EQ(outcome(response), "401 AttestationError");
    EXPECT_EQ(detail_of(response), prefix + text);
    EXPECT_FALSE(response.header("Set-Cookie").has_value());
  }
}

TEST(KbsAuth, RefusesATeeThatIsNotVerifiedBeforeTheGuestMakesEvidence) {
  const HandlerFixture kbs;
  for (const char* tee : {"snp", "tdx", "sgx", "csv", "se", "tpm", "az-snp-vtpm", "az-tdx-vtpm", "nvidia",
                          "sampledevice", "hygondcu", "nvidia-dpu"}) {
    EXPECT_EQ(outcome(ask_challenge(kbs, "0.4.0", tee)), "401 AttestationError") << tee;
  }
  EXPECT_EQ(outcome(ask_challenge(kbs, "0.4.7", "cca")), "200 application/json");
}

TEST(KbsAuth, KeepsNothingOfAFlood) {
  const HandlerFixture kbs;
  for (int i = 0; i < 1'000; ++i) ask_challenge(kbs, "0.4.0", "sample");
  EXPECT_EQ(kbs.newest_code(), "no decision");
}

TEST(KbsAttest, AnswersGoodEvidenceWithATokenThatTheBrokerBelieves) {
  const HandlerFixture kbs;
  const HandlerFixture::Challenge challenge = kbs.challenge();
  const net::HttpResponse response = kbs.attest(challenge.cookie, kbs.good_answer(challenge.nonce));
  ASSERT_EQ(outcome(response), "200 application/json") << response.body;
  const Json body = *parse_json(response.body);
  EXPECT_EQ(body.as_object()->size(), 1u);
  const auto ear = kbs.ears.verify(*body.find_string("token"), kbs.clock.now());
  ASSERT_TRUE(ear.has_value()) << ear.error().detail;
  EXPECT_EQ(*ear->claims().at("/submods/cpu0/ear.veraison.annotated-evidence/sample/svn"), Json("1"));
  EXPECT_THAT(std::string(response.header("Set-Cookie").value_or("")), StartsWith(challenge.cookie + "; "));
}

// Each is a challenge answered wrongly: the text tells the guest nothing, the record tells the operator all.
TEST(KbsAttest, RefusesWrongAnswersAllInTheSameWords) {
  const HandlerFixture kbs;
  const Json jwk = broker::tee_public_jwk(kbs.tee_key);
  const auto expect = [&](const char* code, const auto& make) {
    const HandlerFixture::Challenge challenge = kbs.challenge();
    const net::HttpResponse response = kbs.attest(challenge.cookie, make(challenge.nonce));
    EXPECT_EQ(outcome(response), "401 AttestationError") << code;
    EXPECT_EQ(detail_of(response), kAttestFailedText) << code;
    EXPECT_EQ(kbs.newest_code(), code);
  };
  const auto evidence = [&](const std::string& nonce) {
    return HandlerFixture::sample_evidence(HandlerFixture::digest_of(jwk, nonce));
  };
  expect("session.nonce", [&](const std::string& nonce) {
    return HandlerFixture::answer((nonce[0] == 'A' ? "B" : "A") + nonce.substr(1), jwk, evidence(nonce));
  });
  expect("sample.report-data-mismatch", [&](const std::string& nonce) {
    return HandlerFixture::answer(nonce, jwk, HandlerFixture::sample_evidence(Buffer(48, 0)));
  });
  expect("sample.report-data-mismatch", [&](const std::string& nonce) {  // SHA-256 instead of SHA-384
    const Buffer digest = to_buffer(crypto::digest(crypto::Hash::kSha256, as_bytes(nonce)).bytes());
    return HandlerFixture::answer(nonce, jwk, HandlerFixture::sample_evidence(digest));
  });
  expect("sample.report-data-mismatch", [&](const std::string& nonce) {  // another key than the evidence's
    const Json other = broker::tee_public_jwk(crypto::PrivateKey::generate_ec(crypto::Curve::kP256));
    return HandlerFixture::answer(nonce, other, evidence(nonce));
  });
  expect("sample.report-data-mismatch", [&](const std::string& nonce) {  // hashed with members that do not count
    Json longer = jwk;
    longer.set("kid", "mine");
    return HandlerFixture::answer(nonce, longer,
                                  HandlerFixture::sample_evidence(HandlerFixture::digest_of(longer, nonce)));
  });
  expect("sample.svn", [&](const std::string& nonce) { return HandlerFixture::answer(nonce, jwk, Json::object()); });
  expect("sample.svn", [&](const std::string& nonce) { return HandlerFixture::answer(nonce, jwk, "a text"); });
  expect("kbs.attest.shape", [](const std::string&) { return Json::object(); });
  expect("initdata.format", [&](const std::string& nonce) {
    Json message = kbs.good_answer(nonce);
    message.set("init-data", Json::object({{"format", "json"}, {"body", "{}"}}));
    return message;
  });
  expect("teekey.alg", [&](const std::string& nonce) {
    Json bare = jwk;
    bare.erase("alg");
    return HandlerFixture::answer(nonce, bare, evidence(nonce));
  });
}

TEST(KbsAttest, LetsThePolicyReadTheInitDataThatAGuestWasStartedWith) {
  HandlerFixture kbs;
  const Status set =
      kbs.attestation_policies.set("default_cpu",
                                   "package policy\nimport rego.v1\ndefault trust_claims := {\"hardware\": 97}\n"
                                   "trust_claims := {\"hardware\": 2, \"executables\": 3} if "
                                   "input.init_data_claims.image == \"the-good-one\"\n");
  ASSERT_TRUE(set.has_value()) << set.error().detail;
  const auto status = [&](const char* image) {
    const HandlerFixture::Challenge challenge = kbs.challenge();
    Json message = kbs.good_answer(challenge.nonce);
    const std::string body =
        std::string("version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\nimage = \"") + image + "\"\n";
    message.set("init-data", Json::object({{"format", "toml"}, {"body", body}}));
    const Json answer = *parse_json(kbs.attest(challenge.cookie, message).body);
    const auto ear = kbs.ears.verify(*answer.find_string("token"), kbs.clock.now());
    return *ear->claims().at("/submods/cpu0/ear.status");
  };
  EXPECT_EQ(status("the-good-one"), Json("affirming"));
  EXPECT_EQ(status("another"), Json("contraindicated"));
}

TEST(KbsAttest, AcceptsAKeyWithMembersThatDoNotCount) {
  const HandlerFixture kbs;
  const HandlerFixture::Challenge challenge = kbs.challenge();
  Json message = kbs.good_answer(challenge.nonce);
  message.find("runtime-data")->find("tee-pubkey")->set("kid", "mine").set("use", "enc");
  EXPECT_EQ(kbs.attest(challenge.cookie, message).status, 200);
}

TEST(KbsAttest, RefusesMissingUnknownAndForgedSessions) {
  const HandlerFixture kbs;
  const HandlerFixture::Challenge challenge = kbs.challenge();
  const Json message = kbs.good_answer(challenge.nonce);
  std::string flipped = challenge.cookie;
  flipped.back() = flipped.back() == 'A' ? 'B' : 'A';
  for (const std::string& cookie :
       {std::string(), std::string("kbs-session-id="), std::string("other=1"), flipped,
        std::string("kbs-session-id=00000000000000000000000000000000"),
        std::string("kbs-session-id=../../../etc/passwd"), challenge.cookie.substr(0, challenge.cookie.size() - 8),
        challenge.cookie + "AAAA", "kbs-session-id=" + std::string(100'000, 'A')}) {
    const net::HttpResponse response = kbs.attest(cookie, message);
    EXPECT_EQ(outcome(response), "401 AttestationError") << cookie.substr(0, 80);
    EXPECT_EQ(detail_of(response), kAttestFailedText);
  }
  EXPECT_EQ(kbs.attest(challenge.cookie, message).status, 200) << "none of these may have used the session up";
}

TEST(KbsAttest, RefusesASessionOfAnotherServer) {
  const HandlerFixture here, elsewhere;
  const HandlerFixture::Challenge challenge = elsewhere.challenge();
  EXPECT_EQ(here.attest(challenge.cookie, here.good_answer(challenge.nonce)).status, 401);
  EXPECT_EQ(here.newest_code(), "session.unknown");
}

TEST(KbsAttest, RefusesASessionThatHasEnded) {
  HandlerFixture kbs;
  const HandlerFixture::Challenge challenge = kbs.challenge();
  kbs.clock.advance(limits::kSessionLifetime);
  EXPECT_EQ(kbs.attest(challenge.cookie, kbs.good_answer(challenge.nonce)).status, 401);
  EXPECT_EQ(kbs.newest_code(), "session.expired");
}

TEST(KbsAttest, RefusesToAnswerASessionTwice) {
  const HandlerFixture kbs;
  const HandlerFixture::Challenge challenge = kbs.challenge();
  const Json message = kbs.good_answer(challenge.nonce);
  EXPECT_EQ(kbs.attest(challenge.cookie, message).status, 200);
  EXPECT_EQ(kbs.attest(challenge.cookie, message).status, 401);
  EXPECT_EQ(kbs.newest_code(), "session.used");
  EXPECT_EQ(kbs.attest(challenge.cookie, Json::object()).status, 401) << "junk gets no token either";
}

TEST(KbsAttest, RefusesARightAnswerAfterAWrongOne) {
  const HandlerFixture kbs;
  const Json jwk = broker::tee_public_jwk(kbs.tee_key);
  for (const Json& wrong : {Json::object(), HandlerFixture::answer("x", jwk, Json::object())}) {
    const HandlerFixture::Challenge challenge = kbs.challenge();
    EXPECT_EQ(kbs.attest(challenge.cookie, wrong).status, 401);
    EXPECT_EQ(kbs.attest(challenge.cookie, kbs.good_answer(challenge.nonce)).status, 401);
    EXPECT_EQ(kbs.newest_code(), "session.used");
  }
}

TEST(KbsAttest, RefusesEvidenceOfAnotherSession) {
  const HandlerFixture kbs;
  const HandlerFixture::Challenge first = kbs.challenge(), second = kbs.challenge();
  EXPECT_EQ(kbs.attest(second.cookie, kbs.good_answer(first.nonce)).status, 401);
  EXPECT_EQ(kbs.newest_code(), "session.nonce");
}

TEST(KbsAttest, GivesOneTokenToManyWhoAnswerASessionAtOnce) {
  const HandlerFixture kbs;
  const HandlerFixture::Challenge challenge = kbs.challenge();
  const Json message = kbs.good_answer(challenge.nonce);
  std::vector<int> statuses(8);
  std::vector<std::thread> guests;
  for (int& status : statuses) guests.emplace_back([&] { status = kbs.attest(challenge.cookie, message).status; });
  for (std::thread& guest : guests) guest.join();
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 200), 1);
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 401), 7);
}

TEST(KbsAttest, AsksToRetryWhenTheStoreIsGoneAndStillGivesNoToken) {
  HandlerFixture kbs;
  const HandlerFixture::Challenge challenge = kbs.challenge();
  kbs.store.fail(true);
  const net::HttpResponse response = kbs.attest(challenge.cookie, kbs.good_answer(challenge.nonce));
  EXPECT_EQ(outcome(response), "503 AttestationError");
  EXPECT_TRUE(response.header("Retry-After").has_value());
}

}  // namespace
}  // namespace avouch::dialect::kbs
