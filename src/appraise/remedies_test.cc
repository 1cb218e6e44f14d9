#include "appraise/remedies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "codec/json_text.h"
#include "tee/rooms.h"

namespace avouch::appraise {
namespace {

using tee::Remedy;
using ::testing::HasSubstr;

const Remedies remedies(tee::Rooms(false).remedies());

TEST(Remedies, HaveOneRowForEachCode) {
  std::set<std::string_view> seen;
  for (const Remedy& row : remedies.all()) EXPECT_TRUE(seen.insert(row.code).second) << row.code;
}

// "Sentence: command" where there is a command, and "Sentence." where there is none.
TEST(Remedies, SpeakInSentences) {
  for (const Remedy& row : remedies.all()) {
    EXPECT_TRUE(row.cause.ends_with('.')) << row.code;
    EXPECT_FALSE(row.next.empty()) << row.code;
    EXPECT_EQ(row.command.empty(), row.next.ends_with('.')) << row.code;
    EXPECT_TRUE(row.command.empty() || row.command.starts_with("avouch") || row.command.starts_with("kbs-client "))
        << row.code;
  }
}

TEST(Remedies, PreferTheLongestBeginning) {
  EXPECT_EQ(remedies.find("cca.platform.unknown")->code, "cca.platform.unknown");
  EXPECT_EQ(remedies.find("cca.platform.sw-component")->code, "cca.");
  EXPECT_EQ(remedies.find("jwt.expired")->code, "jwt.expired");
  EXPECT_EQ(remedies.find("jwt.time")->code, "jwt.");
  EXPECT_EQ(remedies.find("cca"), nullptr);
  EXPECT_EQ(remedies.find("nothing.of-the-kind"), nullptr);
}

TEST(Remedies, FillInTheFactsAndNameThoseThatTheyLack) {
  const Json words = remedies.in_words("cca.platform.signature", Json::object({{"key", "0a/0b"}}));
  EXPECT_EQ(text_of(words, "command"), "avouch endorsement revoke 0a/0b && avouch endorsement add FILE");
  EXPECT_THAT(text_of(words, "next"), HasSubstr(": avouch endorsement revoke 0a/0b"));
  EXPECT_EQ(text_of(remedies.in_words("tee.unsupported", Json::object()), "cause"),
            "The guest announced a TEE that this server does not verify: <detail>.");
}

// Guests choose paths of resources; an operator pastes the command into a shell.
TEST(Remedies, QuoteForTheShellWhatComesFromOutside) {
  for (const auto& [subject, quoted] :
       {std::pair{"a/b/c", "a/b/c"}, std::pair{"a/b/c d", "'a/b/c d'"}, std::pair{"a;id", "'a;id'"},
        std::pair{"$(id)", "'$(id)'"}, std::pair{"a'b", "'a'\\''b'"}, std::pair{"-rf", "'-rf'"}, std::pair{"", "''"},
        std::pair{"{policy}", "'{policy}'"}, std::pair{"a\nb", "'a\nb'"}}) {
    const Json words = remedies.in_words("resource.unknown", Json::object({{"subject", subject}}));
    EXPECT_EQ(text_of(words, "command"),
              "kbs-client config set-resource --path " + std::string(quoted) + " --resource-file FILE");
  }
}

TEST(Remedies, SayOfACodeWithoutARowWhereItIsDescribed) {
  const Json words = remedies.in_words("other.code", Json::object({{"detail", "something"}}));
  EXPECT_EQ(text_of(words, "cause"), "something.");
  EXPECT_EQ(text_of(words, "next"), "See other.code in docs/errors.md.");
  EXPECT_EQ(words.find("command"), nullptr);
}

}  // namespace
}  // namespace avouch::appraise
