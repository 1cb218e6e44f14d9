#include "store/keys.h"

#include <gtest/gtest.h>

#include "store/file_names.h"

namespace avouch::store {
namespace {

TEST(Keys, TakesExactlyThePromisedOctets) {
  const std::string allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/:@+=- ";
  for (int octet = 0; octet < 256; ++octet) {
    const std::string key(1, static_cast<char>(octet));
    EXPECT_EQ(check_key(key).has_value(), allowed.find(key) != std::string::npos) << octet;
    EXPECT_EQ(check_key("a" + key).has_value(), check_key(key).has_value()) << octet;
    EXPECT_EQ(may_begin_key(key), check_key(key).has_value()) << octet;
    EXPECT_TRUE(!check_key(key).has_value() || octet < kAfterEveryKey) << octet;
  }
}

TEST(Keys, RefusesEmptyAndLongOnes) {
  EXPECT_STREQ(check_key("").error().code, "store.key");
  EXPECT_TRUE(check_key(std::string(kKeyBytes, 'k')).has_value());
  EXPECT_STREQ(check_key(std::string(kKeyBytes + 1, 'k')).error().code, "store.key");
}

TEST(Keys, ASpaceIsTheNameOfAFolder) {
  for (const char* good : {"kbs", "repository", "reference_value", "a.b-c", "_", "0"}) {
    EXPECT_TRUE(check_space(good).has_value()) << good;
  }
  for (const char* bad : {"", ".", "..", ".a", "a/b", "a:b", "a b", "a\\b", "\xc3\xa4"}) {
    EXPECT_STREQ(check_space(bad).error().code, "store.space") << bad;
  }
}

TEST(FileNames, WritesASlashAsThePeerDoes) {
  EXPECT_EQ(file_name_of("default/test/one").value(), "default\\x2Ftest\\x2Fone");
  EXPECT_EQ(file_name_of("/").value(), "\\x2F");
  EXPECT_EQ(file_name_of("resource-policy.rego").value(), "resource-policy.rego");
  EXPECT_EQ(key_of("default\\x2Ftest\\x2Fone"), "default/test/one");
}

TEST(FileNames, NeverLeadOutOfTheFolder) {
  EXPECT_STREQ(file_name_of(".").error().code, "store.key");
  EXPECT_STREQ(file_name_of("..").error().code, "store.key");
  EXPECT_EQ(file_name_of("../../etc/passwd").value(), "..\\x2F..\\x2Fetc\\x2Fpasswd");
}

TEST(FileNames, RefusesKeysThatTheLayoutCannotHold) {
  for (const char* key : {"", "a b", "a:b", "a@b", "a+b", "a=b", "a\\x2Fb", "a\\b"}) {
    EXPECT_STREQ(file_name_of(key).error().code, "store.key") << key;
  }
  EXPECT_TRUE(file_name_of(std::string(255, 'k')).has_value());
  EXPECT_STREQ(file_name_of(std::string(256, 'k')).error().code, "store.key");
  EXPECT_STREQ(file_name_of(std::string(64, '/')).error().code, "store.key");  // 256 octets when escaped
}

TEST(FileNames, TakesNoForeignFileForARecord) {
  for (const char* name : {"", ".", "..", "a b", "a\\", "a\\x2f", "a\\x2", "a~", "lost+found", "a\\x2Fb:", "a/b"}) {
    EXPECT_EQ(key_of(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace avouch::store
