// The client against our own handler, over a loopback socket; and against servers that say what no server should.
#include "dialect/kbs/client.h"

#include <sys/socket.h>

#include <functional>

#include "dialect/kbs/handler_fixture.h"
#include "testing/loopback_server.h"

namespace avouch::dialect::kbs {
namespace {

using Answer = std::function<net::HttpResponse(const net::HttpRequest&)>;

// One request a connection, each answered by a function.
class AnsweringServer {
 public:
  explicit AnsweringServer(Answer answer) : answer_(std::move(answer)) {}
  KbsClient client() const { return KbsClient(*net::HttpClient::make(server_.url())); }

 private:
  void serve(int socket) const {
    const net::HttpResponse response = answer_(receive(socket));
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " X\r\nConnection: close\r\n";
    for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
    text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n" + response.body;
    EXPECT_EQ(::send(socket, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  static net::HttpRequest receive(int socket) {
    std::string text;
    net::HttpRequest request;
    const auto read_more = [&] {
      char buffer[4096];
      const ssize_t count = ::recv(socket, buffer, sizeof buffer, 0);
      if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
      return count > 0;
    };
    while (text.find("\r\n\r\n") == std::string::npos) {
      if (!read_more()) return request;
    }
    const std::size_t head_end = text.find("\r\n\r\n");
    const std::string head = text.substr(0, head_end + 2);
    request.method = head.substr(0, head.find(' '));
    request.target = head.substr(request.method.size() + 1, head.find(" HTTP/") - request.method.size() - 1);
    for (std::size_t from = head.find("\r\n") + 2; from < head.size();) {
      const std::size_t end = head.find("\r\n", from), colon = head.find(": ", from);
      request.headers.emplace_back(head.substr(from, colon - from), head.substr(colon + 2, end - colon - 2));
      from = end + 2;
    }
    const std::string length(request.header("Content-Length").value_or("0"));
    while (text.size() < head_end + 4 + std::stoul(length)) {
      if (!read_more()) return request;
    }
    request.body = text.substr(head_end + 4);
    return request;
  }

  const Answer answer_;
  testing::LoopbackServer server_{[this](int connection) { serve(connection); }};
};

class SampleAttester final : public guest::Attester {
 public:
  std::string_view tee() const override { return "sample"; }
  Result<Json> evidence(Bytes report_data) const override { return HandlerFixture::sample_evidence(report_data); }
};

net::HttpResponse json(int status, const std::string& body, std::vector<net::HeaderField> headers = {}) {
  return {status, std::move(headers), body, false};
}

TEST(KbsClient, AttestsFetchesAndAdministers) {
  HandlerFixture kbs;
  const AnsweringServer server([&](const net::HttpRequest& request) { return kbs.handler.handle(request); });
  KbsClient client = server.client();
  const auto token = client.attest(SampleAttester(), kbs.tee_key, std::nullopt);
  ASSERT_TRUE(token.has_value()) << token.error().detail;
  const auto secret = client.get_resource("default/test/secret", *token, kbs.tee_key);
  ASSERT_TRUE(secret.has_value()) << secret.error().detail;
  EXPECT_EQ(as_text(secret->reveal()), kSecretText);
  const auto policies = client.administer("GET", "/kbs/v0/resource-policy", kbs.admin_token("admin"), "");
  ASSERT_TRUE(policies.has_value()) << policies.error().detail;
  EXPECT_EQ(*policies, R"(["resource-policy"])");
}

TEST(KbsClient, RepeatsTheServersWordsOfARefusalAndTheDecision) {
  HandlerFixture kbs;
  const AnsweringServer server([&](const net::HttpRequest& request) { return kbs.handler.handle(request); });
  KbsClient client = server.client();
  const auto token = client.attest(SampleAttester(), kbs.tee_key, std::nullopt);
  ASSERT_TRUE(token.has_value());
  kbs.set_policy("package policy\ndefault allow := false\n");
  EXPECT_EQ(testing::code_of(client.get_resource("default/test/secret", *token, kbs.tee_key)), "kbs.refused");
  EXPECT_EQ(client.last_refusal().status, 401);
  EXPECT_EQ(client.last_refusal().detail, "Access denied by policy");
  EXPECT_TRUE(client.last_refusal().type.ends_with("/PolicyDeny"));
  EXPECT_TRUE(kbs.decisions.find(client.last_refusal().decision_id).has_value());
}

TEST(KbsClient, OpensNothingThatWasSealedToAnotherKey) {
  HandlerFixture kbs;
  const AnsweringServer server([&](const net::HttpRequest& request) { return kbs.handler.handle(request); });
  KbsClient client = server.client();
  const auto token = client.attest(SampleAttester(), kbs.tee_key, std::nullopt);
  ASSERT_TRUE(token.has_value());
  const crypto::PrivateKey other = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  EXPECT_EQ(testing::code_of(client.get_resource("default/test/secret", *token, other)), "seal.open");
}

TEST(KbsClient, RefusesServersThatDoNotSpeakTheProtocol) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const net::HeaderField cookie{"Set-Cookie", "kbs-session-id=x; Path=/"};
  const std::pair<const char*, net::HttpResponse> cases[] = {
      {"kbs.protocol", json(200, R"({"nonce":"AAAA","extra-params":""})")},
      {"kbs.protocol", json(200, R"({"nonce":"AAAA"})", {{"Set-Cookie", "other=x"}})},
      {"kbs.protocol", json(200, R"({"extra-params":""})", {cookie})},
      {"kbs.protocol", json(200, R"({"nonce":7})", {cookie})},
      {"json.syntax", json(200, "no json", {cookie})},
      {"kbs.protocol", json(200, R"({"nonce":"AAAA"})", {cookie})},  // and the same as the answer to the evidence
      {"kbs.protocol", json(200, R"({"nonce":"AAAA","token":""})", {cookie})},
      {"kbs.protocol", json(200, R"({"nonce":"AAAA","token":"a.b.c\n"})", {cookie})},
      {"kbs.protocol", json(200, R"({"nonce":"AAAA","token":"\u001b[2J"})", {cookie})},
      {"ok", json(200, R"({"nonce":"AAAA","token":"a.b.c"})", {cookie})},
      {"kbs.refused", json(404, "")},
      {"kbs.refused", json(500, "<html>")},
  };
  for (const auto& [code, answer] : cases) {
    const AnsweringServer server([&](const net::HttpRequest&) { return answer; });
    KbsClient client = server.client();
    EXPECT_EQ(testing::code_of(client.attest(SampleAttester(), key, std::nullopt)), code) << answer.body;
  }
}

TEST(KbsClient, ForgetsTheLastRefusalWhenItAsksAgain) {
  int count = 0;
  const AnsweringServer server([&](const net::HttpRequest&) {
    return ++count == 1 ? json(401, R"({"type":"t","detail":"d","decision":"i"})") : json(200, "fine");
  });
  KbsClient client = server.client();
  EXPECT_EQ(testing::code_of(client.administer("GET", "/x", "", "")), "kbs.refused");
  EXPECT_EQ(client.last_refusal().decision_id, "i");
  EXPECT_EQ(*client.administer("GET", "/x", "", ""), "fine");
  EXPECT_EQ(client.last_refusal().status, 0);
  EXPECT_EQ(client.last_refusal().decision_id, "");
}

TEST(KbsClient, PresentsOnlyKeysThatASecretCanBeSealedTo) {
  EXPECT_EQ(testing::code_of(KbsClient::tee_public_key(crypto::PrivateKey::generate_ed25519())), "kbs.tee-key");
  for (const crypto::Curve curve : {crypto::Curve::kP256, crypto::Curve::kP384, crypto::Curve::kP521}) {
    const Json jwk = *KbsClient::tee_public_key(crypto::PrivateKey::generate_ec(curve));
    EXPECT_TRUE(jose::RecipientKey::from_jwk(jwk, false).has_value());
    EXPECT_EQ(jwk.find("d"), nullptr);
  }
}

}  // namespace
}  // namespace avouch::dialect::kbs
