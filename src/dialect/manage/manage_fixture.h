// A management interface over a whole verifier in memory, asked as HTTP requests ask it, without sockets.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "crypto/random.h"
#include "dialect/manage/handler.h"
#include "testing/cca_verifier.h"

namespace avouch::dialect::manage {

class ManageTest : public ::testing::Test {
 protected:
  net::HttpResponse ask(const std::string& method, const std::string& path, const std::string& body = "",
                        const char* role = "admin") {
    net::HttpRequest request;
    request.method = method;
    request.target = std::string(kPrefix) + path;
    if (*role != '\0') {
      const auto token = broker::make_admin_token(key, "issuer", role, verifier.clock.now(), std::chrono::minutes(5));
      request.headers.emplace_back("Authorization", "Bearer " + *token);
    }
    request.body = body;
    request.peer = "192.0.2.1:1";
    verifier.clock.advance(std::chrono::milliseconds(1));  // so that decisions sort
    return handler.handle(request);
  }
  // "200", or "404 manage.route".
  std::string outcome(const std::string& method, const std::string& path, const std::string& body = "",
                      const char* role = "admin") {
    const net::HttpResponse response = ask(method, path, body, role);
    EXPECT_EQ(response.header("Content-Type").value_or(""), "application/json");
    const Json json = parse_json(response.body).value_or(Json());
    const Json* code = json.at("/error/code");
    return std::to_string(response.status) + (code == nullptr ? "" : " " + *code->as_string());
  }
  // The answer to what has to succeed.
  Json answer(const std::string& method, const std::string& path, const std::string& body = "") {
    const net::HttpResponse response = ask(method, path, body);
    EXPECT_EQ(response.status, 200) << method << " " << path << ": " << response.body;
    return parse_json(response.body).value_or(Json());
  }
  broker::Admin make_admin() const {
    broker::AdminOptions options;
    options.mode = broker::AdminOptions::Mode::kTokens;
    options.issuers = {{"test", {key.public_key()}, "issuer", "", {}}};
    options.rules = {
        {"admin", "/.*"}, {"reader", "^/avouch/v1/decisions$"}, {"careful", "^/avouch/v1/(?!policies).+$"}};
    return *broker::Admin::make(options);
  }

  testing::CcaVerifier verifier;
  const crypto::PrivateKey key = crypto::PrivateKey::generate_ed25519();
  const broker::Admin admin = make_admin();
  broker::Vault vault{verifier.store, Secret(crypto::random_bytes(crypto::kAesKeyBytes))};
  ManageHandler handler{{verifier.appraiser, verifier.why, verifier.endorsements, verifier.reference_values,
                         verifier.policies, verifier.resource_policies, verifier.decisions, vault, verifier.rooms,
                         admin, verifier.clock}};
};

}  // namespace avouch::dialect::manage
