#include "collateral/remote_keys.h"

#include <gmock/gmock.h>

#include <map>

#include "codec/json.h"
#include "crypto/test_keys.h"
#include "format/jwk.h"
#include "net/test_certificates.h"
#include "testing/code_of.h"
#include "testing/loopback_server.h"
#include "testing/manual_clock.h"

namespace avouch::collateral {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Json jwk_of(const crypto::PrivateKey& key, const char* id) {
  Json jwk = jose::jwk_from_public_key(key.public_key());
  jwk.set("kid", id);
  return jwk;
}

std::string set_of(Json keys) {
  return to_text(Json::object({{"keys", std::move(keys)}}));
}

// An https server that answers by path; what it does not know is 404.
class KeyServer {
 public:
  std::string url() const { return "https" + server_.url().substr(4); }
  int fetch_count() const { return server_.connection_count(); }
  void answer(const std::string& path, const std::string& body) {
    const std::scoped_lock lock(mutex_);
    answers_[path] = body;
  }
  void forget() {
    const std::scoped_lock lock(mutex_);
    answers_.clear();
  }
  RemoteKeysOptions options(const std::string& path = "/jwks.json") const {
    RemoteKeysOptions out;
    out.url = url() + path;
    out.trust = net::test::trust_only(authority_);
    return out;
  }

 private:
  void serve(int connection) {
    net::TlsSession session = net::TlsSession::accept(context_, connection);
    if (session.handshake().state != net::IoState::kDone) return;
    std::string request;
    std::array<char, 1024> piece{};
    while (request.find("\r\n\r\n") == std::string::npos) {
      const net::IoResult read = session.read(piece);
      if (read.state != net::IoState::kDone) return;
      request.append(piece.data(), read.count);
    }
    const std::string path = request.substr(4, request.find(' ', 4) - 4);
    const std::scoped_lock lock(mutex_);
    const bool is_known = answers_.contains(path);
    const std::string body = is_known ? answers_[path] : "";
    session.write(std::string("HTTP/1.1 ") + (is_known ? "200 OK" : "404 Not Found") +
                  "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    session.close_notify();
  }
  const net::test::Made authority_ = net::test::make_authority();
  const net::TlsContext context_ =
      net::TlsContext::server(net::test::to_identity(net::test::make_certificate("keys", {}, &authority_))).value();
  std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  testing::LoopbackServer server_{[this](int connection) { serve(connection); }};
};

std::vector<std::string> ids(const std::vector<NamedKey>& keys) {
  std::vector<std::string> out;
  for (const NamedKey& named : keys) out.push_back(named.id);
  return out;
}

class RemoteKeysTest : public ::testing::Test {
 protected:
  std::string refusal(const RemoteKeysOptions& options) {
    const auto keys = fetch_keys(options);
    return keys.has_value() ? "none" : std::string(keys.error().code) + ": " + keys.error().detail;
  }
  // Until `source` has the keys of these names, in order, or a while is over.
  static std::vector<std::string> settled(const RemoteKeys& source, const std::vector<std::string>& wanted) {
    for (int i = 0; i < 500 && ids(*source.keys()) != wanted; ++i) std::this_thread::sleep_for(10ms);
    return ids(*source.keys());
  }

  const crypto::PrivateKey one_ = crypto::PrivateKey::generate_ec(crypto::Curve::kP256);
  const crypto::PrivateKey two_ = crypto::PrivateKey::generate_ec(crypto::Curve::kP384);
  testing::ManualClock clock_;
  const Log log_{clock_, LogLevel::kOff, LogFormat::kText};
  KeyServer server_;
};

TEST_F(RemoteKeysTest, ReadsTheKeysOfASetThatSign) {
  Json encrypts = jwk_of(two_, "encrypts");
  encrypts.set("use", "enc");
  const Json odd = Json::object({{"kty", "oct"}, {"kid", "odd"}});
  server_.answer("/jwks.json", set_of(Json::array({odd, encrypts, jwk_of(one_, "signs")})));
  const std::vector<NamedKey> keys = fetch_keys(server_.options()).value();
  ASSERT_EQ(ids(keys), std::vector<std::string>{"signs"});
  EXPECT_EQ(keys[0].key.to_spki_der(), one_.public_key().to_spki_der());
}

TEST_F(RemoteKeysTest, FollowsTheDiscoveryDocumentOfAnIssuer) {
  server_.answer("/realm/.well-known/openid-configuration",
                 to_text(Json::object({{"jwks_uri", server_.url() + "/certs"}})));
  server_.answer("/certs", set_of(Json::array({jwk_of(one_, "a")})));
  EXPECT_EQ(ids(fetch_keys(server_.options("/realm")).value()), std::vector<std::string>{"a"});
  EXPECT_EQ(ids(fetch_keys(server_.options("/realm/")).value()), std::vector<std::string>{"a"});
}

TEST_F(RemoteKeysTest, ReadsOnePublicKey) {
  RemoteKeysOptions options = server_.options("/key.pem");
  options.form = KeysForm::kPem;
  EXPECT_THAT(refusal(options), HasSubstr("answered with 404"));
  server_.answer("/key.pem", "no key");
  EXPECT_THAT(refusal(options), HasSubstr("jwk.fetch"));
  server_.answer("/key.pem", one_.public_key().to_pem());
  EXPECT_EQ(fetch_keys(options).value().at(0).key.to_spki_der(), one_.public_key().to_spki_der());
}

TEST_F(RemoteKeysTest, RefusesWhatIsNoSet) {
  EXPECT_THAT(refusal(server_.options()), HasSubstr("answered with 404"));
  for (const char* body : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[{"kty":"oct"}]})"}) {
    server_.answer("/jwks.json", body);
    EXPECT_THAT(refusal(server_.options()), HasSubstr("jwk.fetch")) << body;
  }
  Json many = Json::array();
  for (std::size_t i = 0; i <= limits::kKeysPerSet; ++i) many.push_back(jwk_of(one_, "a"));
  server_.answer("/jwks.json", set_of(many));
  EXPECT_THAT(refusal(server_.options()), HasSubstr("more keys than are read"));
  server_.answer("/jwks.json", std::string(limits::kKeysBytes + 1, ' '));
  EXPECT_THAT(refusal(server_.options()), HasSubstr("http.too-large"));
}

TEST_F(RemoteKeysTest, LeavesHttpsForNothing) {
  RemoteKeysOptions plain = server_.options();
  plain.url.replace(0, 5, "http");
  EXPECT_THAT(refusal(plain), HasSubstr("not https"));
  server_.answer("/.well-known/openid-configuration", R"({"jwks_uri":"http://127.0.0.1/certs"})");
  EXPECT_THAT(refusal(server_.options("")), HasSubstr("not https"));
  RemoteKeysOptions stranger = server_.options();
  stranger.trust = net::test::trust_only(net::test::make_authority());
  EXPECT_THAT(refusal(stranger), HasSubstr("http.tls"));
}

TEST_F(RemoteKeysTest, KeepsKeysWhileNoneCanBeFetchedUntilTheyAreTooOld) {
  server_.answer("/jwks.json", set_of(Json::array({jwk_of(one_, "a")})));
  RemoteKeysOptions options = server_.options();
  options.refresh = options.retry = options.asked_again = 5ms;
  const RemoteKeys source(options, clock_, log_);
  ASSERT_TRUE(source.wait(5s));
  server_.forget();
  const int before = server_.fetch_count();
  while (server_.fetch_count() < before + 6) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(ids(*source.keys()), std::vector<std::string>{"a"});
  clock_.advance(limits::kKeysAgeMax);
  EXPECT_EQ(ids(*source.keys()), std::vector<std::string>{"a"});
  clock_.advance(1ms);
  EXPECT_TRUE(source.keys()->empty());
  server_.answer("/jwks.json", set_of(Json::array({jwk_of(two_, "b")})));
  EXPECT_EQ(settled(source, {"b"}), std::vector<std::string>{"b"});
}

TEST_F(RemoteKeysTest, LooksAgainWhenAsked) {
  server_.answer("/jwks.json", set_of(Json::array({jwk_of(one_, "a")})));
  RemoteKeysOptions options = server_.options();
  options.asked_again = 1ms;
  const RemoteKeys source(options, clock_, log_);
  ASSERT_TRUE(source.wait(5s));
  server_.answer("/jwks.json", set_of(Json::array({jwk_of(one_, "a"), jwk_of(two_, "b")})));
  source.look_again();
  EXPECT_EQ(settled(source, {"a", "b"}), (std::vector<std::string>{"a", "b"}));
}

TEST_F(RemoteKeysTest, FetchesNoMoreOftenThanItMayHoweverOftenItIsAsked) {
  server_.answer("/jwks.json", set_of(Json::array({jwk_of(one_, "a")})));
  const RemoteKeys source(server_.options(), clock_, log_);
  ASSERT_TRUE(source.wait(5s));
  for (int i = 0; i < 1000; ++i) source.look_again();
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(server_.fetch_count(), 1);
}

TEST_F(RemoteKeysTest, HasNoKeysWhereNobodyAnswers) {
  const testing::LoopbackSocket deaf;
  RemoteKeysOptions options = server_.options();
  options.url = "https" + deaf.url().substr(4);
  const RemoteKeys source(options, clock_, log_);
  EXPECT_FALSE(source.wait(5s));
  EXPECT_TRUE(source.keys()->empty());
}

}  // namespace
}  // namespace avouch::collateral
