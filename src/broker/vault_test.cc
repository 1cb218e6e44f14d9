#include "broker/vault.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "crypto/random.h"
#include "testing/code_of.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace avouch::broker {
namespace {

using testing::code_of;

class VaultTest : public ::testing::Test {
 protected:
  static ResourcePath path(const char* text) { return *ResourcePath::parse(text); }
  static std::string text_of(const Result<std::optional<Secret>>& secret) {
    if (!secret.has_value()) return secret.error().code;
    return secret->has_value() ? std::string(as_text((*secret)->reveal())) : "nothing";
  }
  testing::ManualClock clock;
  testing::FailingStore store{clock};
  const Secret master_key{crypto::random_bytes(crypto::kAesKeyBytes)};
  Vault vault{store, master_key};
};

TEST(ResourcePath, TakesThreeSegmentsOfOrdinaryCharacters) {
  for (const char* text : {"a/b/c", "default/test/secret", "A_1-x/b.c/d.", "0/1/2"}) {
    const auto path = ResourcePath::parse(text);
    ASSERT_TRUE(path.has_value()) << text;
    EXPECT_EQ(path->text(), text);
    EXPECT_EQ(path->segments().size(), 3u);
  }
}

TEST(ResourcePath, RefusesEverythingElse) {
  for (const std::string& text : {std::string(),
                                  std::string("a"),
                                  std::string("a/b"),
                                  std::string("a/b/c/d"),
                                  std::string("/a/b/c"),
                                  std::string("a/b/c/"),
                                  std::string("a//c"),
                                  std::string("//"),
                                  std::string("../b/c"),
                                  std::string("a/../c"),
                                  std::string("a/b/.."),
                                  std::string("a/b/."),
                                  std::string("a/b/.hidden"),
                                  std::string("a/b/c d"),
                                  std::string("a/b/c\n"),
                                  std::string("a\\b/c/d"),
                                  std::string("a/b/\xc3\xa4"),
                                  std::string("a/b/c\0", 6),
                                  std::string("a/b/%63"),
                                  "a/b/" + std::string(400, 'c')}) {
    EXPECT_EQ(code_of(ResourcePath::parse(text)), "resource.path") << text;
  }
}

TEST_F(VaultTest, GivesBackWhatWasPut) {
  const std::string octets("a\0b\xff", 4);
  ASSERT_TRUE(vault.put(path("a/b/c"), as_bytes(octets)).has_value());
  ASSERT_TRUE(vault.put(path("a/b/empty"), {}).has_value());
  EXPECT_EQ(text_of(vault.get(path("a/b/c"))), octets);
  EXPECT_EQ(text_of(vault.get(path("a/b/empty"))), "");
  EXPECT_EQ(text_of(vault.get(path("a/b/other"))), "nothing");
}

TEST_F(VaultTest, ReplacesErasesAndLists) {
  ASSERT_TRUE(vault.put(path("a/b/c"), as_bytes("old")).has_value());
  ASSERT_TRUE(vault.put(path("a/b/c"), as_bytes("new")).has_value());
  ASSERT_TRUE(vault.put(path("b/b/c"), as_bytes("x")).has_value());
  EXPECT_EQ(text_of(vault.get(path("a/b/c"))), "new");
  EXPECT_EQ(*vault.list(""), (std::vector<std::string>{"a/b/c", "b/b/c"}));
  EXPECT_EQ(*vault.list("b/"), std::vector<std::string>{"b/b/c"});
  EXPECT_TRUE(*vault.erase(path("a/b/c")));
  EXPECT_FALSE(*vault.erase(path("a/b/c")));
  EXPECT_EQ(text_of(vault.get(path("a/b/c"))), "nothing");
}

TEST_F(VaultTest, StoresNoSecretInPlain) {
  ASSERT_TRUE(vault.put(path("a/b/c"), as_bytes("planted-secret")).has_value());
  const Buffer record = **store.get("repository", "a/b/c");
  EXPECT_EQ(as_text(record).find("planted-secret"), std::string_view::npos);
}

TEST_F(VaultTest, SealsTheSameSecretDifferentlyEachTime) {
  ASSERT_TRUE(vault.put(path("a/b/c"), as_bytes("x")).has_value());
  const Buffer first = **store.get("repository", "a/b/c");
  ASSERT_TRUE(vault.put(path("a/b/c"), as_bytes("x")).has_value());
  EXPECT_NE(first, **store.get("repository", "a/b/c"));
}

// Whoever can write the store must not be able to pass one secret off as another.
TEST_F(VaultTest, RefusesARecordThatWasMovedToAnotherPath) {
  ASSERT_TRUE(vault.put(path("public/b/c"), as_bytes("x")).has_value());
  const Buffer record = **store.get("repository", "public/b/c");
  ASSERT_TRUE(store.put("repository", "private/b/c", record, store::Expiry::never()).has_value());
  EXPECT_EQ(text_of(vault.get(path("private/b/c"))), "vault.seal");
}

TEST_F(VaultTest, RefusesARecordWithAnyBitFlippedOrCutShort) {
  ASSERT_TRUE(vault.put(path("a/b/c"), as_bytes("x")).has_value());
  const Buffer record = **store.get("repository", "a/b/c");
  const auto with = [&](const Buffer& changed) {
    EXPECT_TRUE(store.put("repository", "a/b/c", changed, store::Expiry::never()).has_value());
    return text_of(vault.get(path("a/b/c")));
  };
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    Buffer changed = record;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1u << (bit % 8)));
    EXPECT_EQ(with(changed), "vault.seal") << bit;
  }
  for (std::size_t length = 0; length < record.size(); ++length) {
    EXPECT_EQ(with(Buffer(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(length))), "vault.seal");
  }
  EXPECT_EQ(with(record), "x");
}

TEST_F(VaultTest, RefusesRecordsOfAnotherMasterKey) {
  ASSERT_TRUE(vault.put(path("a/b/c"), as_bytes("x")).has_value());
  const Vault other(store, Secret(crypto::random_bytes(crypto::kAesKeyBytes)));
  EXPECT_EQ(text_of(other.get(path("a/b/c"))), "vault.seal");
}

TEST_F(VaultTest, FindsOutAtTheStartThatTheMasterKeyIsAnother) {
  EXPECT_EQ(code_of(vault.check_master_key()), "ok");
  EXPECT_EQ(code_of(vault.check_master_key()), "ok");
  Vault other(store, Secret(crypto::random_bytes(crypto::kAesKeyBytes)));
  EXPECT_EQ(code_of(other.check_master_key()), "vault.master-key");
}

TEST_F(VaultTest, KeepsPlainOctetsWhereAPeerReadsThem) {
  Vault plain(store);
  ASSERT_TRUE(plain.put(path("a/b/c"), as_bytes("x")).has_value());
  EXPECT_EQ(as_text(**store.get("repository", "a/b/c")), "x");
  EXPECT_EQ(text_of(plain.get(path("a/b/c"))), "x");
}

TEST_F(VaultTest, RefusesSecretsBeyondTheLimit) {
  EXPECT_EQ(code_of(vault.put(path("a/b/c"), Buffer(limits::kResourceBytes))), "ok");
  EXPECT_EQ(code_of(vault.put(path("a/b/c"), Buffer(limits::kResourceBytes + 1))), "resource.size");
}

TEST_F(VaultTest, SaysWhenTheStoreFails) {
  store.fail(true);
  EXPECT_EQ(text_of(vault.get(path("a/b/c"))), "store.full");
  EXPECT_EQ(code_of(vault.put(path("a/b/c"), as_bytes("x"))), "store.full");
  EXPECT_EQ(code_of(vault.erase(path("a/b/c"))), "store.full");
  EXPECT_EQ(code_of(vault.list("")), "store.full");
}

}  // namespace
}  // namespace avouch::broker
