// What was recorded of Trustee (trustee 78962cd4, August 2026), asked of ours: same status, same type of error, same
// shape of body. Where ours answers otherwise on purpose, kDifferences says so, as docs/compat-differences.md does.
#include <algorithm>
#include <ctime>
#include <filesystem>

#include "dialect/kbs/handler_fixture.h"
#include "testing/vectors.h"

namespace avouch::dialect::kbs {
namespace {

constexpr const char* kFolder = "trustee/";
constexpr const char* kKeys = "trustee/keys-test-only/";

// Number of the recording, our answer, and why it is another.
struct Difference {
  int number;
  const char* outcome;
  const char* why;
};

constexpr const char* kOlder = "guests of every deployed version are served, 0.1.0 to 0.4.x";
constexpr const char* kEarly = "a TEE that this build does not verify is refused before the guest makes evidence";
constexpr const char* kNoLeeway =
    "a token is over when it says so; avouch.token_leeway_seconds gives the peer's minute";
constexpr const char* kNoPlugin = "the peer's sample plugin serves its own tests";
constexpr const char* kRsa15 = "RSA1_5 invites padding oracles; avouch.allow_rsa1_5 brings it back";
const Difference kDifferences[] = {
    {304, "200 application/json", kOlder},
    {305, "200 application/json", kOlder},
    {306, "200 application/json", kOlder},
    {307, "200 application/json", kOlder},
    {308, "200 application/json", kOlder},
    {315, "401 AttestationError", kEarly},
    {316, "401 AttestationError", kEarly},
    {317, "401 AttestationError", kEarly},
    {319, "401 AttestationError", kEarly},
    {320, "401 AttestationError", kEarly},
    {321, "401 AttestationError", kEarly},
    {322, "401 AttestationError", kEarly},
    {323, "401 AttestationError", kEarly},
    {324, "401 AttestationError", kEarly},
    {325, "401 AttestationError", kEarly},
    {326, "401 AttestationError", kEarly},
    {351, "401 TokenVerifierError", kRsa15},
    {353, "401 TokenVerifierError", "a key that nothing can be sealed to is part of the token's faults"},
    {355, "401 TokenVerifierError", "a key that nothing can be sealed to is part of the token's faults"},
    {357, "401 TokenVerifierError", "a key that nothing can be sealed to is part of the token's faults"},
    {359, "401 TokenVerifierError", "a key that nothing can be sealed to is part of the token's faults"},
    {395, "401 TokenVerifierError", kNoLeeway},
    {396, "401 TokenVerifierError", kNoLeeway},
    {400, "401 TokenVerifierError", "nbf is checked"},
    {401, "401 TokenVerifierError", "iat is checked"},
    {403, "200 application/json", "a JWK need not have alg (RFC 7517); the header's has to suit the key"},
    {421, "404 PluginNotFound", kNoPlugin},
    {422, "404 PluginNotFound", kNoPlugin},
    {431, "404 ", "there is no /metrics on the public port, so none of its methods either"},
    {459, "200 application/json", "only storage of type LocalFs cannot hold a space in a name"},
    {469, "401 PolicyDeny", "a policy's fault denies, and shows the guest nothing of the policy"},
};

struct Recording {
  int number;
  std::string name;
  net::HttpRequest request;
  net::HttpResponse response;
};

std::vector<net::HeaderField> headers_of(const Json& message) {
  std::vector<net::HeaderField> out;
  for (const Json& field : *message.find("headers")->as_array()) {
    out.emplace_back(*(*field.as_array())[0].as_string(), *(*field.as_array())[1].as_string());
  }
  return out;
}

Recording read_recording(const std::string& name) {
  const Json json = *parse_json(testing::vector_text(kFolder + name));
  const Json& asked = *json.find("request");
  const Json& answered = *json.find("response");
  Recording out{std::stoi(name), name, {}, {}};
  out.request.method = *asked.find_string("method");
  out.request.target = *asked.find_string("path");
  out.request.headers = headers_of(asked);
  if (const std::string* body = asked.find_string("body")) out.request.body = *body;
  out.request.peer = "192.0.2.1:4711";
  out.response.status = static_cast<int>(answered.find("status")->as_integer().value_or(0));
  out.response.headers = headers_of(answered);
  if (const std::string* body = answered.find_string("body")) out.response.body = *body;
  return out;
}

std::vector<Recording> recordings(int from, int to) {
  std::vector<Recording> out;
  for (const auto& entry : std::filesystem::directory_iterator(testing::vectors_folder() + "/" + kFolder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".json") || name.front() < '0' || name.front() > '9') continue;
    const int number = std::stoi(name);
    if (from <= number && number <= to) out.push_back(read_recording(name));
  }
  std::sort(out.begin(), out.end(), [](const auto& left, const auto& right) { return left.number < right.number; });
  return out;
}

// The server that was recorded: its keys, its roles, its secret, at the time of the recording.
class Replay {
 public:
  Replay() : kbs_(options()) {
    kbs_.clock.set(from_unix_seconds(kRecordedAt));
    EXPECT_TRUE(kbs_.reference_values.set("launch_digest", Json::array({"abcde"})).has_value());
    EXPECT_TRUE(kbs_.reference_values.set("svn", Json::array({"1"})).has_value());
  }

  void compare(const Recording& recording) {
    kbs_.clock.set(asked_at(recording));
    const net::HttpResponse response = kbs_.handler.handle(recording.request);
    const auto difference = std::find_if(std::begin(kDifferences), std::end(kDifferences),
                                         [&](const Difference& entry) { return entry.number == recording.number; });
    if (difference != std::end(kDifferences)) {
      EXPECT_EQ(outcome(response), difference->outcome) << recording.name << ": " << difference->why;
      EXPECT_NE(outcome(response), outcome(recording.response)) << recording.name << " is no difference any more";
      return;
    }
    EXPECT_EQ(outcome(response), outcome(recording.response)) << recording.name;
    EXPECT_EQ(shape_of(response.body), shape_of(recording.response.body)) << recording.name;
    EXPECT_EQ(response.header("Allow"), recording.response.header("allow")) << recording.name;
    EXPECT_EQ(response.header("Set-Cookie").has_value(), recording.response.header("set-cookie").has_value())
        << recording.name;
  }

  std::string upload(std::string_view policy) {
    Recording recorded = read_recording("460-admin-set-resource-policy-ok.json");
    recorded.request.body = to_text(Json::object({{"policy", codec::to_base64url(as_bytes(policy))}}));
    return outcome(kbs_.handler.handle(recorded.request));
  }

 private:
  static constexpr std::int64_t kRecordedAt = 1'795'318'246;  // 2026-11-22T03:30:46Z

  static FixtureOptions options() {
    FixtureOptions out;
    const std::string issuer = testing::vector_text(std::string(kKeys) + "token-ca.pem");
    out.roots = *crypto::Certificate::from_pem_chain(issuer);
    const std::string admin = testing::vector_text(std::string(kKeys) + "admin.pub.pem");
    out.more_issuers = {{"kbs-admin", {*crypto::PublicKey::from_pem(admin)}, "kbs-admin", "", {}}};
    return out;
  }
  // By the Date header of the answer.
  static Instant asked_at(const Recording& recording) {
    const std::string date(recording.response.header("date").value_or(""));
    std::tm parts{};
    const char* rest = strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S", &parts);
    return from_unix_seconds(rest == nullptr ? kRecordedAt : timegm(&parts));
  }
  // Names of the members of a JSON object, but for "decision", which is ours; else the body itself.
  static std::string shape_of(const std::string& body) {
    const Result<Json> json = parse_json(body);
    if (!json.has_value() || json->as_object() == nullptr) return body;
    std::string out;
    for (const auto& [name, value] : *json->as_object()) {
      if (name != "decision") out += name + (value.as_string() != nullptr ? " text, " : ", ");
    }
    return out;
  }

  HandlerFixture kbs_;
};

void replay(int from, int to, std::size_t at_least) {
  Replay server;
  const std::vector<Recording> all = recordings(from, to);
  EXPECT_GE(all.size(), at_least);
  for (const Recording& recording : all) server.compare(recording);
}

TEST(KbsReplay, ChallengesAsRecorded) {
  NEEDS_VECTORS();
  replay(301, 341, 41);
}

TEST(KbsReplay, SealsToEachKindOfKeyAsRecorded) {
  NEEDS_VECTORS();
  for (const int number : {348, 349, 350, 351, 353, 355, 357, 359}) replay(number, number, 1);
}

TEST(KbsReplay, JudgesTokensAsRecorded) {
  NEEDS_VECTORS();
  replay(385, 406, 22);
}

TEST(KbsReplay, RoutesAsRecorded) {
  NEEDS_VECTORS();
  replay(407, 431, 25);
}

TEST(KbsReplay, AdministersAsRecorded) {
  NEEDS_VECTORS();
  replay(432, 465, 34);
}

// Each of these was recorded under a policy of its own, which the recordings do not hold.
TEST(KbsReplay, AppliesResourcePoliciesAsRecorded) {
  NEEDS_VECTORS();
  const std::pair<int, const char*> cases[] = {
      {466, "package policy\nallow := \"yes\"\n"},
      {467, "package policy\nx := true\n"},
      {469, "package policy\nallow := 1/0\n"},
      {470, "package policy\nimport rego.v1\ndefault allow := false\nallow if data.query.a == \"b\"\n"},
      {471, "package policy\ndefault allow := false\n"},
  };
  for (const auto& [number, policy] : cases) {
    Replay server;
    EXPECT_EQ(server.upload(policy), "200 ") << number;
    for (const Recording& recording : recordings(number, number)) server.compare(recording);
  }
}

// The peer took it (468) and denied everything from then on.
TEST(KbsReplay, RefusesAPolicyOfAnotherPackageWhenItIsSet) {
  NEEDS_VECTORS();
  EXPECT_EQ(Replay().upload("package other\ndefault allow := true\n"), "401 PolicyEngineError");
}

TEST(KbsReplay, SetsAttestationPoliciesAsRecorded) {
  NEEDS_VECTORS();
  replay(472, 475, 4);
}

}  // namespace
}  // namespace avouch::dialect::kbs
