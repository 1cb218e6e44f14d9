// A whole KbsHandler in memory, for tests: the sample TEE allowed, a clock of its own, an administrator's key,
// one secret, and a policy that releases it to everybody. Fed with request values; no sockets.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "broker/ear_fixture.h"
#include "codec/base64.h"
#include "crypto/random.h"
#include "dialect/kbs/handler.h"
#include "ledger/default_policies.h"
#include "testing/code_of.h"
#include "testing/failing_store.h"

namespace avouch::dialect::kbs {

inline constexpr const char* kAllowAll = "package policy\nimport rego.v1\ndefault allow := true\n";
inline constexpr const char* kSecretPath = "/kbs/v0/resource/default/test/secret";
inline constexpr const char* kSecretText = "the secret of the test";

struct FixtureOptions {
  KbsOptions kbs;
  broker::PathForm path_form = broker::PathForm::kSegments;
  std::vector<crypto::Certificate> roots;  // of foreign tokens
  broker::AdminOptions::Mode admin_mode = broker::AdminOptions::Mode::kTokens;
  std::vector<broker::AdminIssuer> more_issuers;
  std::vector<broker::AdminRule> more_rules;
  std::chrono::minutes token_lifetime{5};
};

class HandlerFixture {
 public:
  explicit HandlerFixture(FixtureOptions options = {})
      : signer(make_signer(options.token_lifetime)),
        ears(make_trust(options)),
        admin(make_admin(options)),
        broker({vault, resource_policies, decisions, clock, options.path_form}),
        handler({verifier, sessions, &signer, resource_policies, broker, vault, ears, admin, decisions, clock, log},
                options.kbs) {
    set_policy(kAllowAll);
    EXPECT_TRUE(vault.put(*broker::ResourcePath::parse("default/test/secret"), as_bytes(kSecretText)).has_value());
  }

  // --- asking

  net::HttpResponse ask(std::string method, std::string target, std::vector<net::HeaderField> headers = {},
                        std::string body = "") const {
    net::HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers = std::move(headers);
    request.body = std::move(body);
    request.peer = "192.0.2.1:4711";
    clock.advance(std::chrono::milliseconds(1));  // so that decisions sort
    return handler.handle(request);
  }
  static net::HeaderField bearer(const std::string& token) { return {"Authorization", "Bearer " + token}; }
  net::HeaderField as_admin() const { return bearer(admin_token("admin")); }
  std::string admin_token(std::string_view role, std::chrono::seconds lifetime = std::chrono::minutes(5)) const {
    return broker::make_admin_token(admin_key, broker::kOwnIssuer, role, clock.now(), lifetime).value_or("");
  }

  // --- the guest's half of the protocol

  struct Challenge {
    std::string nonce, cookie;  // "kbs-session-id=…"
  };
  Challenge challenge() const {
    const net::HttpResponse response =
        ask("POST", "/kbs/v0/auth", {}, R"({"version":"0.4.0","tee":"sample","extra-params":""})");
    EXPECT_EQ(response.status, 200) << response.body;
    const std::string cookie(response.header("Set-Cookie").value_or(""));
    const Json body = parse_json(response.body).value_or(Json());
    const std::string* nonce = body.find_string("nonce");
    return {nonce == nullptr ? "" : *nonce, cookie.substr(0, cookie.find(';'))};
  }
  // The report data that a guest binds: SHA-384 over what section 3.6 of the peer's protocol says.
  static Buffer digest_of(const Json& jwk, const std::string& nonce) {
    AttestRequest bound;
    bound.filtered_jwk = jwk;
    return report_data(bound, nonce);
  }
  static Json sample_evidence(Bytes report_data) {
    return Json::object({{"svn", "1"}, {"report_data", codec::to_base64(report_data)}});
  }
  static Json answer(const std::string& nonce, const Json& jwk, const Json& evidence) {
    return Json::object(
        {{"init-data", nullptr},
         {"runtime-data", Json::object({{"nonce", nonce}, {"tee-pubkey", jwk}})},
         {"tee-evidence", Json::object({{"primary_evidence", evidence}, {"additional_evidence", ""}})}});
  }
  Json good_answer(const std::string& nonce) const {
    const Json jwk = broker::tee_public_jwk(tee_key);
    return answer(nonce, jwk, sample_evidence(digest_of(jwk, nonce)));
  }
  net::HttpResponse attest(const std::string& cookie, const Json& body) const {
    return ask("POST", "/kbs/v0/attest", {{"Cookie", cookie}}, to_text(body));
  }
  // A session that was attested: its cookie and its token.
  std::pair<std::string, std::string> attested() const {
    const Challenge fresh = challenge();
    const net::HttpResponse response = attest(fresh.cookie, good_answer(fresh.nonce));
    EXPECT_EQ(response.status, 200) << response.body;
    const Json body = parse_json(response.body).value_or(Json());
    const std::string* token = body.find_string("token");
    return {fresh.cookie, token == nullptr ? "" : *token};
  }
  std::string opened(const net::HttpResponse& response) const {
    const Result<Secret> secret = jose::open_jwe(parse_json(response.body).value_or(Json()), tee_key);
    return secret.has_value() ? std::string(as_text(secret->reveal())) : "does not open: " + secret.error().detail;
  }

  void set_policy(const std::string& source) {
    const Status set = resource_policies.set(broker::kResourcePolicyId, source);
    EXPECT_TRUE(set.has_value()) << set.error().detail;
  }
  // Code of the newest decision: what an operator sees of a refusal.
  std::string newest_code() const {
    const Result<std::vector<Json>> newest = decisions.newest(1, "");
    if (!newest.has_value() || newest->empty()) return "no decision";
    const Json* code = newest->front().at("/error/code");
    return code == nullptr || code->as_string() == nullptr ? "granted" : *code->as_string();
  }

  static appraise::Signer make_signer(std::chrono::minutes token_lifetime) {
    appraise::SignerOptions options;
    options.lifetime = token_lifetime;
    return *appraise::Signer::make(crypto::PrivateKey::generate_ec(crypto::Curve::kP256), std::move(options));
  }

  mutable testing::ManualClock clock;
  Log log{clock, LogLevel::kOff, LogFormat::kText};
  testing::FailingStore store{clock};
  crypto::PrivateKey tee_key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  crypto::PrivateKey admin_key = crypto::PrivateKey::generate_ed25519();
  tee::Rooms rooms{true};
  appraise::Signer signer;
  broker::EarVerifier ears;
  broker::Admin admin;
  ledger::DecisionLog decisions{store, clock, log};
  ledger::Policies attestation_policies{
      store, "attestation_service_policy", {{"default_cpu", ledger::default_policies().at("default_cpu")}}};
  ledger::Policies resource_policies{
      store, "kbs", {{broker::kResourcePolicyId, ledger::default_policies().at("resource_default")}}};
  appraise::ReferenceValues reference_values{store, clock};
  appraise::Endorsements endorsements{store, {}};
  appraise::Sessions sessions{Secret(crypto::random_bytes(crypto::kAesKeyBytes)),
                              appraise::make_spent_nonces_in_memory(clock), clock, limits::kSessionLifetime};
  appraise::Appraiser appraiser{
      {rooms, sessions, endorsements, reference_values, attestation_policies, signer, decisions, clock}};
  appraise::LocalVerifier verifier{{appraiser, rooms, attestation_policies, reference_values, clock}};
  broker::Vault vault{store, Secret(crypto::random_bytes(crypto::kAesKeyBytes))};
  broker::Broker broker;
  KbsHandler handler;

 private:
  broker::EarTrust make_trust(const FixtureOptions& options) const {
    broker::EarTrust trust;
    trust.keys = {{signer.public_key(), ""}};
    trust.roots = options.roots;
    trust.allow_rsa1_5 = options.kbs.allow_rsa1_5;
    return trust;
  }
  broker::Admin make_admin(const FixtureOptions& from) const {
    broker::AdminOptions options;
    options.mode = from.admin_mode;
    options.issuers = {{"test", {admin_key.public_key()}, broker::kOwnIssuer, "", {}}};
    options.rules = {{"admin", "^/kbs/v0/.+$"}, {"reader", "^/kbs/v0/reference-value/.+$"}};
    options.issuers.insert(options.issuers.end(), from.more_issuers.begin(), from.more_issuers.end());
    options.rules.insert(options.rules.end(), from.more_rules.begin(), from.more_rules.end());
    return *broker::Admin::make(options);
  }
};

// "PolicyDeny": what is left of the type of an error, or the whole body if it is no error in the peer's form.
inline std::string type_of(const net::HttpResponse& response) {
  constexpr std::string_view kPrefix = "https://github.com/confidential-containers/kbs/errors/";
  const Json body = parse_json(response.body).value_or(Json());
  const std::string* type = body.find_string("type");
  const bool has_detail = body.find_string("detail") != nullptr;
  return type != nullptr && has_detail && type->starts_with(kPrefix) ? type->substr(kPrefix.size()) : response.body;
}

inline std::string detail_of(const net::HttpResponse& response) {
  const Json body = parse_json(response.body).value_or(Json());
  const std::string* detail = body.find_string("detail");
  return detail == nullptr ? "" : *detail;
}

// "401 PolicyDeny", "404 Plugin…", "200 application/json", "200 ": status, and what a client goes by.
inline std::string outcome(const net::HttpResponse& response) {
  return std::to_string(response.status) + " " +
         (response.status == 200 ? std::string(response.header("Content-Type").value_or("")) : type_of(response));
}

}  // namespace avouch::dialect::kbs
