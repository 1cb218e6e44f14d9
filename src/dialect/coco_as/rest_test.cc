#include "dialect/coco_as/rest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "dialect/coco_as/as_fixture.h"
#include "dialect/coco_as/write_gate.h"
#include "testing/vectors.h"

namespace avouch::dialect::coco_as {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

net::HttpRequest request(std::string method, std::string target, std::string body = "",
                         std::vector<net::HeaderField> headers = {}) {
  net::HttpRequest out;
  out.method = std::move(method);
  out.target = std::move(target);
  out.headers = std::move(headers);
  out.body = std::move(body);
  out.peer = "192.0.2.1:4711";
  return out;
}

class RestTest : public ::testing::Test {
 protected:
  net::HttpResponse ask(std::string method, std::string target, std::string body = "") const {
    return handler_.handle(request(std::move(method), std::move(target), std::move(body)));
  }
  static std::string body(const Json& runtime_data, const Json& policy_ids = Json::array()) {
    const Json item = Json::object({{"tee", "sample"},
                                    {"evidence", encoded(sample_evidence(runtime_data))},
                                    {"runtime_data", Json::object({{"structured", runtime_data}})},
                                    {"init_data", nullptr}});
    return to_text(Json::object({{"verification_requests", Json::array({item})}, {"policy_ids", policy_ids}}));
  }

  AsFixture as_;
  RestHandler handler_{as_.evaluator, {"https://console.example"}};
};

// What was recorded of restful-as (trustee 78962cd4): same status, and a token where it gave one.
TEST_F(RestTest, AnswersAsThePeerWasRecorded) {
  NEEDS_VECTORS();
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(testing::vectors_folder() + "/trustee")) {
    const std::string name = file.path().filename().string();
    if (name.find("-restful-as-") == std::string::npos) continue;
    const Json recording = *parse_json(testing::vector_text("trustee/" + name));
    const Json& asked = *recording.find("request");
    const net::HttpResponse ours =
        ask(*asked.find_string("method"), *asked.find_string("path"), *asked.find_string("body"));
    EXPECT_EQ(ours.status, recording.at("/response/status")->as_integer()) << name << ": " << ours.body;
    const std::string& theirs = *recording.at("/response/body")->as_string();
    EXPECT_EQ(ours.body.empty(), theirs.empty()) << name;
    EXPECT_EQ(ours.body.substr(0, 10), theirs.substr(0, 10)) << name;
    ++count;
  }
  EXPECT_EQ(count, 12);
}

TEST_F(RestTest, AnswersEvidenceWithABareToken) {
  const Json runtime = Json::object({{"nonce", "n"}});
  const net::HttpResponse response = ask("POST", "/attestation", body(runtime));
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(*as_.payload(response.body).at("/submods/cpu0/ear.veraison.annotated-evidence/runtime_data_claims"),
            runtime);
}

TEST_F(RestTest, TellsMalformedMessagesFromRefusedEvidence) {
  for (const char* text : {"", "{", "[]", "{}", R"({"verification_requests":[]})", R"({"policy_ids":[]})",
                           R"({"verification_requests":[{}],"policy_ids":[]})",
                           R"({"verification_requests":[{"tee":1,"evidence":""}],"policy_ids":[]})",
                           R"({"verification_requests":[{"tee":"a","evidence":"","runtime_data":{}}],"policy_ids":[]})",
                           R"({"verification_requests":[{"tee":"a","evidence":"","runtime_data":{"raw":1}}],)"
                           R"("policy_ids":[]})",
                           R"({"verification_requests":[],"policy_ids":[1]})"}) {
    const net::HttpResponse response = ask("POST", "/attestation", text);
    EXPECT_EQ(response.status, 400) << text;
    EXPECT_THAT(response.body, StartsWith("Json deserialize error: ")) << text;
  }
  const std::string stale = body(Json::object({{"a", 1}}), Json::array({"nope"}));
  const net::HttpResponse response = ask("POST", "/attestation", stale);
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, StartsWith("An internal error occured: \n0: attestation report evaluate\n1: Policy not"));
}

TEST_F(RestTest, SaysUnavailableWithATimeToTryAgain) {
  as_.store.fail(true);
  const net::HttpResponse response = ask("POST", "/attestation", body(Json::object()));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("Retry-After"), "1");
}

TEST_F(RestTest, SetsListsAndShowsPolicies) {
  const std::string text = "package policy\nimport rego.v1\ntrust_claims := {\"hardware\": 2}\n";
  const auto message = [&](const std::string& policy) {
    return to_text(Json::object({{"policy_id", "mine_cpu"}, {"policy", policy}}));
  };
  EXPECT_EQ(ask("POST", "/policy", message(codec::to_base64url(as_bytes(text)))).status, 200);
  EXPECT_EQ(ask("GET", "/policy").body, R"([{"policy-id":"default_cpu"},{"policy-id":"mine_cpu"}])");
  EXPECT_EQ(ask("GET", "/policy/mine_cpu").body, text);
  EXPECT_EQ(ask("GET", "/policy/nope").status, 404);
  EXPECT_EQ(ask("GET", "/policy/%zz").status, 404);
  EXPECT_EQ(ask("POST", "/policy", message("?")).status, 500);
  EXPECT_EQ(ask("POST", "/policy", "{}").status, 400);
  EXPECT_EQ(ask("DELETE", "/policy").status, 404);
}

TEST_F(RestTest, LetsPagesOfNamedOriginsInAndNoOthers) {
  const auto from = [&](const char* origin) {
    return handler_.handle(request("OPTIONS", "/attestation", "", {{"Origin", origin}}));
  };
  EXPECT_EQ(from("https://console.example").header("Access-Control-Allow-Origin"), "https://console.example");
  EXPECT_EQ(from("https://evil.example").header("Access-Control-Allow-Origin"), std::nullopt);
  EXPECT_EQ(RestHandler(as_.evaluator, {}).handle(request("OPTIONS", "/attestation")).status, 404);
}

// --- the gate before it

class WriteGateTest : public RestTest {
 protected:
  net::HttpResponse ask_gate(OpenTo open_to, const net::HttpRequest& asked) {
    return WriteGate({handler_, admin_, as_.decisions, as_.clock, open_to}).handle(asked);
  }
  net::HeaderField bearer() const {
    return {"Authorization", "Bearer " + *broker::make_admin_token(admin_key_, broker::kOwnIssuer, "admin",
                                                                   as_.clock.now(), std::chrono::minutes(5))};
  }
  broker::Admin make_admin() const {
    broker::AdminOptions options;
    options.mode = broker::AdminOptions::Mode::kTokens;
    options.issuers = {{"test", {admin_key_.public_key()}, broker::kOwnIssuer, "", {}}};
    options.rules = {{"admin", "/.*"}};
    return *broker::Admin::make(options);
  }
  crypto::PrivateKey admin_key_ = crypto::PrivateKey::generate_ed25519();
  broker::Admin admin_ = make_admin();
};

TEST_F(WriteGateTest, LetsNobodyWriteWithoutATokenUnlessItIsOpen) {
  const std::string policy = R"({"policy_id":"x_cpu","policy":"cGFja2FnZSBwb2xpY3kK"})";
  EXPECT_EQ(ask_gate(OpenTo::kNobody, request("POST", "/policy", policy)).status, 401);
  EXPECT_EQ(as_.newest_code(), "admin.no-token");
  EXPECT_EQ(ask_gate(OpenTo::kNobody, request("GET", "/policy/default_cpu")).status, 401);
  EXPECT_EQ(ask_gate(OpenTo::kNobody, request("POST", "/policy", policy, {bearer()})).status, 200);
  EXPECT_EQ(ask_gate(OpenTo::kNobody, request("GET", "/policy/default_cpu", "", {bearer()})).status, 200);
  EXPECT_EQ(ask_gate(OpenTo::kEverybody, request("POST", "/policy", policy)).status, 200);
}

TEST_F(WriteGateTest, LetsNoPageInABrowserWriteWithoutAToken) {
  const std::string policy = R"({"policy_id":"x_cpu","policy":"cGFja2FnZSBwb2xpY3kK"})";
  const net::HeaderField page{"Origin", "https://evil.example"};
  EXPECT_EQ(ask_gate(OpenTo::kEverybody, request("POST", "/policy", policy, {page})).status, 401);
  EXPECT_EQ(ask_gate(OpenTo::kEverybody, request("POST", "/policy", policy, {page, bearer()})).status, 200);
}

TEST_F(WriteGateTest, LeavesWhatChangesNothingToEverybody) {
  EXPECT_EQ(ask_gate(OpenTo::kNobody, request("GET", "/policy")).status, 200);
  EXPECT_EQ(ask_gate(OpenTo::kNobody, request("GET", "/healthz")).status, 200);
  EXPECT_EQ(ask_gate(OpenTo::kNobody, request("POST", "/attestation", body(Json::object()))).status, 200);
}

TEST_F(WriteGateTest, ShutsEveryCallButThoseKnownToBeFree) {
  const auto call = [&](const char* path, const char* type = "application/grpc+proto") {
    return ask_gate(OpenTo::kNobody, request("POST", path, "", {{"Content-Type", type}}));
  };
  for (const char* path :
       {"/attestation.AttestationService/SetAttestationPolicy", "/attestation.AttestationService/NewMethod",
        "/reference.ReferenceValueProviderService/RegisterReferenceValue", "/avouch.ReferenceValues/Delete",
        "/avouch.ReferenceValues/Add", "/avouch.ReferenceValues/List",
        "/attestation.AttestationService%2FSetAttestationPolicy", "/x"}) {
    const net::HttpResponse response = call(path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.header("grpc-status"), "16") << path;
    EXPECT_EQ(response.header("Content-Type"), "application/grpc") << path;
  }
  for (const char* type : {"", "text/plain", "Application/GRPC", "application/grpc;x", "application/json"}) {
    EXPECT_NE(call("/attestation.AttestationService/SetAttestationPolicy", type).status, 404) << type;
    EXPECT_EQ(as_.newest_code(), "admin.no-token") << type;
  }
  for (const char* path : {"/attestation.AttestationService/AttestationEvaluate", "/grpc.health.v1.Health/Check",
                           "/reference.ReferenceValueProviderService/QueryReferenceValue"}) {
    EXPECT_EQ(call(path).status, 404) << path;  // of the REST handler behind it, which has none of them
  }
}

}  // namespace
}  // namespace avouch::dialect::coco_as
