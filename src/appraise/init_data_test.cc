#include "appraise/init_data.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/limits.h"
#include "codec/hex.h"
#include "codec/json_depth.h"
#include "testing/code_of.h"

namespace avouch::appraise {
namespace {

using testing::code_of;

std::string document(const std::string& data, const std::string& algorithm = "sha256") {
  return "version = \"0.1.0\"\nalgorithm = \"" + algorithm + "\"\n[data]\n" + data;
}

// The claims of a document whose table `data` is this text; null if it is refused.
Json claims(const std::string& data) {
  const Result<InitData> parsed = parse_init_data("toml", document(data));
  EXPECT_EQ(code_of(parsed), "ok") << data;
  return parsed.has_value() ? parsed->claims : Json();
}

std::string code(const std::string& body) {
  const Result<InitData> parsed = parse_init_data("toml", body);
  if (!parsed.has_value()) {
    EXPECT_EQ(parsed.error().blame, Blame::kRequest) << body;
  }
  return code_of(parsed);
}

std::string digest(const std::string& body) {
  return codec::to_hex(parse_init_data("toml", body)->digest);
}

// printf 'version = "0.1.0"\nalgorithm = "sha256"\n[data]\n' | sha256sum, and so on
TEST(InitData, IsDigestedOctetByOctetAsItSaysItself) {
  EXPECT_EQ(digest(document("")), "af398df379eb475aff9f02cd056d0d1f5d496b7a073927cb3ea92407d8ad61a3");
  EXPECT_EQ(digest(document("", "sha384")),
            "c2d9f12884812d609fffc5ae527195adce05b66d8c8d7d333366d5fbf01637aaf16237578dd7b7f7b7f0e0971d23bc6a");
  EXPECT_EQ(digest(document("", "sha512")),
            "2fdf9419e43c548a07ee7234ab0b5e72f1d05a0a7d8c267d6f98dbdd490561beb130c07e2f28e8d7a7e7c627bca9ac685a1ad040b7"
            "566a019c16344f5ae17cfb");
  for (const char* same_meaning : {" ", "\n", "# a comment", "\r\n"}) {
    EXPECT_NE(digest(document("") + same_meaning), digest(document(""))) << same_meaning;
  }
}

TEST(InitData, TakesThePeersSpellingsOfAnAlgorithm) {
  for (const char* name : {"sha256", "sha-256", "SHA256", "Sha-256"}) {
    EXPECT_EQ(parse_init_data("toml", document("", name))->digest.size(), 32U) << name;
  }
}

TEST(InitData, RefusesOtherFormats) {
  for (const char* format : {"", "json", "TOML", "toml ", "yaml"}) {
    EXPECT_EQ(code_of(parse_init_data(format, document(""))), "initdata.format") << format;
  }
}

TEST(InitData, RefusesOtherVersions) {
  EXPECT_EQ(code("algorithm = \"sha256\"\n[data]"), "initdata.version");
  for (const char* version :
       {"\"\"", "\"0.1\"", "\"0.1.1\"", "\"0.2.0\"", "\"v0.1.0\"", "\"0.1.0 \"", "1", "0.1", "true"}) {
    EXPECT_EQ(code("version = " + std::string(version) + "\nalgorithm = \"sha256\"\n[data]"), "initdata.version")
        << version;
  }
}

TEST(InitData, RefusesOtherAlgorithms) {
  EXPECT_EQ(code("version = \"0.1.0\"\n[data]"), "initdata.algorithm");
  EXPECT_EQ(code("version = \"0.1.0\"\nalgorithm = 256\n[data]"), "initdata.algorithm");
  for (const char* name : {"", "sha1", "sha-1", "md5", "sha224", "sha256 ", "sha_256", "sha3-256", "sha512/256"}) {
    EXPECT_EQ(code(document("", name)), "initdata.algorithm") << name;
  }
}

TEST(InitData, RefusesDataThatIsNoTableOfTexts) {
  const std::string head = "version = \"0.1.0\"\nalgorithm = \"sha256\"\n";
  for (const char* tail :
       {"", "data = 1", "data = \"text\"", "data = []", "[[data]]", "[Data]", "[data]\nx = 1", "[data]\nx = true",
        "[data]\nx = [\"a\"]", "[data]\nx.y = \"a\"", "[data]\na = \"text\"\nx = 2026-11-22\ny = 1"}) {
    EXPECT_EQ(code(head + tail), "initdata.shape") << tail;
  }
}

TEST(InitData, RefusesWhatIsNoToml) {
  EXPECT_EQ(code("{\"version\":\"0.1.0\"}"), "toml.syntax");
  EXPECT_EQ(code(document("a = \"1\"\na = \"2\"")), "toml.syntax");
  EXPECT_EQ(code(document("a = \"" + std::string(limits::kConfigBytes, 'x') + "\"")), "toml.size");
}

TEST(InitData, RefusesEveryTruncationOrGivesAnotherDigest) {
  const std::string whole = document("note = \"x\"\n\"aa.toml\" = '''\na = 1\n'''");
  const Buffer right = parse_init_data("toml", whole)->digest;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Result<InitData> cut = parse_init_data("toml", whole.substr(0, length));
    if (cut.has_value()) {
      EXPECT_NE(cut->digest, right) << length;
    }
  }
}

TEST(InitData, ReadsTheLargestDocumentInLittleTime) {
  std::string data;
  for (int i = 0; data.size() < limits::kConfigBytes - 100; ++i) data += "k" + std::to_string(i) + "=''\n";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(code(document(data)), "ok");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));  // squared, it were minutes
}

TEST(InitData, GivesTextsAsTheyAre) {
  EXPECT_EQ(claims("note = \"x\"\nother = '{\"a\": 1}'\n\"some.toml\" = 'a = 1'"),
            Json::object({{"note", "x"}, {"other", "{\"a\": 1}"}, {"some.toml", "a = 1"}}));
  EXPECT_EQ(claims(""), Json::object());
}

TEST(InitData, ReadsTheConfigurationsOfTheGuest) {
  EXPECT_EQ(claims("\"aa.toml\" = '''\n[token]\nurl = \"u\"\n'''\n\"cdh.toml\" = 'a = [1, 2]'"),
            Json::object({{"aa.toml", Json::object({{"token", Json::object({{"url", "u"}})}})},
                          {"cdh.toml", Json::object({{"a", Json::array({1, 2})}})}}));
}

TEST(InitData, KeepsAConfigurationThatDoesNotParseAsText) {
  EXPECT_EQ(claims("\"aa.toml\" = '= ='\n\"cdh.toml\" = '{}'"), Json::object({{"aa.toml", "= ="}, {"cdh.toml", "{}"}}));
}

TEST(InitData, ReadsTheDataOfTheAgentsPolicyToTheEndOfTheFile) {
  EXPECT_EQ(
      claims("\"policy.rego\" = '''\npackage agent_policy\ndefault x := false\npolicy_data := {\n\"a\": [1]\n}\n'''"),
      Json::object({{"agent_policy_claims", Json::object({{"a", Json::array({1})}})}}));
}

TEST(InitData, KeepsAPolicyWithoutDataAsText) {
  for (const char* policy : {"package agent_policy", "policy_data := {", "policy_data := {\"a\": 1} # and more",
                             "policy_data := {\"a\": 1}\nx := 1", "policy_data = {}", "policy_data := []",
                             "policy_data := {\"a\": 1, \"a\": 2}"}) {
    EXPECT_EQ(claims("\"policy.rego\" = '''" + std::string(policy) + "'''"), Json::object({{"policy.rego", policy}}))
        << policy;
  }
}

// The record of the attestation carries the claims: were they too deep for it, a guest could hide its record.
TEST(InitData, KeepsWhatIsNestedTooDeeplyForARecordAsText) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  const std::size_t most = limits::kEmbeddedJsonDepth - 1;  // within the table, or the object
  for (const char* name : {"cdh.toml", "aa.toml"}) {
    const auto read = [&](std::size_t depth) {
      return claims("\"" + std::string(name) + "\" = 'a = " + nested(depth) + "'");
    };
    EXPECT_NE(read(most).find(name)->as_object(), nullptr);
    EXPECT_EQ(*read(most + 1).find(name), Json("a = " + nested(most + 1)));
    EXPECT_EQ(*read(limits::kJsonDepth).find(name), Json("a = " + nested(limits::kJsonDepth)));
  }
  const auto read = [&](std::size_t depth) {
    return claims("\"policy.rego\" = 'policy_data := {\"a\": " + nested(depth) + "}'");
  };
  EXPECT_NE(read(most).find("agent_policy_claims"), nullptr);
  EXPECT_NE(read(most + 1).find("policy.rego"), nullptr);
}

TEST(InitData, LetsNoTextPassForTheDataOfTheAgentsPolicy) {
  EXPECT_EQ(claims("agent_policy_claims = 'x'\n\"policy.rego\" = 'policy_data := {}'"),
            Json::object({{"agent_policy_claims", Json::object()}}));
}

}  // namespace
}  // namespace avouch::appraise
