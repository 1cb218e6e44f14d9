#include "cmd/common/data_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "broker/admin.h"
#include "crypto/encryption.h"
#include "testing/code_of.h"
#include "testing/manual_clock.h"

namespace avouch::cmd {
namespace {

using testing::code_of;

class DataDirectoryTest : public ::testing::Test {
 protected:
  DataDirectoryTest() {
    std::string name = ::testing::TempDir() + "avouch-data-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~DataDirectoryTest() override { std::filesystem::remove_all(folder_); }
  DataDirectory open() const { return *DataDirectory::open(folder_ + "/data"); }
  static unsigned mode_of(const std::string& path) {
    struct stat facts {};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 0777;
  }
  std::string folder_;
};

TEST_F(DataDirectoryTest, MakesItsFolderForItsOwnerAlone) {
  const DataDirectory data = open();
  EXPECT_EQ(mode_of(data.path()), 0700u);
}

TEST_F(DataDirectoryTest, MakesEachKeyOnceForItsOwnerAlone) {
  const DataDirectory data = open();
  const auto admin = data.admin_key(), token = data.token_key();
  const auto master = data.master_key();
  ASSERT_TRUE(admin.has_value() && token.has_value() && master.has_value());
  EXPECT_EQ(admin->kind(), crypto::KeyKind::kEd25519);
  EXPECT_EQ(token->public_key().curve(), crypto::Curve::kP256);
  EXPECT_EQ(master->size_bytes(), crypto::kAesKeyBytes);
  for (const auto& entry : std::filesystem::directory_iterator(data.path())) {
    EXPECT_EQ(mode_of(entry.path()), 0600u) << entry.path();
  }
  const DataDirectory again = open();
  EXPECT_EQ(again.admin_key()->public_key().to_spki_der(), admin->public_key().to_spki_der());
  EXPECT_EQ(again.token_key()->public_key().to_spki_der(), token->public_key().to_spki_der());
  EXPECT_TRUE(equal_constant_time(again.master_key()->reveal(), master->reveal()));
}

TEST_F(DataDirectoryTest, RefusesDamagedKeysAndMakesNoNewOnesInTheirPlace) {
  const DataDirectory data = open();
  for (const char* content : {"", "junk", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
    ASSERT_TRUE(write_file(data.admin_key_file(), as_bytes(content), 0600).has_value());
    EXPECT_EQ(code_of(data.admin_key()), "key.pem");
    EXPECT_EQ(*read_text_file(data.admin_key_file(), 1000), content);
  }
  for (const char* content : {"", "junk", "AAAA\n", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"}) {
    ASSERT_TRUE(write_file(data.master_key_file(), as_bytes(content), 0600).has_value());
    EXPECT_EQ(code_of(data.master_key()), "data.master-key") << content;
    EXPECT_EQ(*read_text_file(data.master_key_file(), 1000), content);
  }
}

TEST_F(DataDirectoryTest, RefusesKeysThatEverybodyMayUse) {
  const DataDirectory data = open();
  ASSERT_TRUE(data.admin_key().has_value() && data.token_key().has_value() && data.master_key().has_value());
  const auto codes = [&data] {
    return code_of(data.admin_key()) + " " + code_of(data.token_key()) + " " + code_of(data.master_key());
  };
  for (const unsigned mode : {0604u, 0602u, 0644u, 0666u}) {
    for (const char* name : {"/admin.key", "/token.key", "/master.key"}) {
      ASSERT_EQ(::chmod((data.path() + name).c_str(), mode), 0);
    }
    EXPECT_EQ(codes(), "key.mode key.mode key.mode") << mode;
  }
  for (const unsigned mode : {0600u, 0400u, 0660u}) {
    for (const char* name : {"/admin.key", "/token.key", "/master.key"}) {
      ASSERT_EQ(::chmod((data.path() + name).c_str(), mode), 0);
    }
    EXPECT_EQ(codes(), "ok ok ok") << mode;
  }
}

TEST_F(DataDirectoryTest, ServesOneAtATime) {
  const DataDirectory data = open();
  {
    const Result<store::Descriptor> first = data.lock();
    EXPECT_EQ(code_of(first), "ok");
    EXPECT_EQ(code_of(data.lock()), "data.locked");
    EXPECT_EQ(code_of(open().lock()), "data.locked");
  }
  EXPECT_EQ(code_of(data.lock()), "ok");
}

TEST_F(DataDirectoryTest, RefusesAFolderThatIsAFile) {
  ASSERT_TRUE(write_file(folder_ + "/data", as_bytes("x"), 0600).has_value());
  EXPECT_EQ(code_of(DataDirectory::open(folder_ + "/data")), "data.folder");
}

TEST_F(DataDirectoryTest, RefusesAFolderInWhichAnybodyMayPutKeys) {
  const DataDirectory data = open();
  for (const unsigned mode : {0702u, 0777u, 01777u}) {
    ASSERT_EQ(::chmod(data.path().c_str(), mode), 0);
    EXPECT_EQ(code_of(DataDirectory::open(data.path())), "data.folder") << mode;
  }
  for (const unsigned mode : {0700u, 0770u, 0755u}) {
    ASSERT_EQ(::chmod(data.path().c_str(), mode), 0);
    EXPECT_EQ(code_of(DataDirectory::open(data.path())), "ok") << mode;
  }
}

// Somebody who is not root, for as long as this lives.
class AsNobody {
 public:
  AsNobody() { EXPECT_TRUE(before_ != 0 || ::seteuid(65'534) == 0); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() { EXPECT_TRUE(before_ != 0 || ::seteuid(0) == 0); }

 private:
  const uid_t before_ = ::geteuid();
};

TEST_F(DataDirectoryTest, RefusesAFolderOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make another user's folder";
  const DataDirectory data = open();
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(data.path().c_str(), 0755), 0);
  ASSERT_EQ(::chown(data.path().c_str(), 1234, 1234), 0);
  EXPECT_EQ(code_of(DataDirectory::open(data.path())), "ok") << "to root every folder is as good";
  {
    const AsNobody nobody;
    EXPECT_EQ(code_of(DataDirectory::open(data.path())), "data.folder");
  }
  ASSERT_EQ(::chown(data.path().c_str(), 0, 0), 0);
  const AsNobody nobody;
  EXPECT_EQ(code_of(DataDirectory::open(data.path())), "ok") << "root's, as a platform's volume may be";
}

TEST_F(DataDirectoryTest, NamesNoFolderWhereThereIsNoHome) {
  const AsNobody nobody;
  ::unsetenv("XDG_DATA_HOME");
  ::setenv("HOME", "/home/somebody", 1);
  EXPECT_EQ(default_data_directory(), "/home/somebody/.local/share/avouch");
  ::setenv("HOME", "", 1);
  EXPECT_EQ(default_data_directory(), "");
  ::unsetenv("HOME");
  EXPECT_EQ(default_data_directory(), "");
  EXPECT_EQ(code_of(DataDirectory::open("")), "data.folder");
}

TEST_F(DataDirectoryTest, ReplacesNoKeyThatItCannotRead) {
  const DataDirectory data = open();
  for (const std::string& file : {data.admin_key_file(), data.token_key_file(), data.master_key_file()}) {
    ASSERT_EQ(::symlink(file.c_str(), file.c_str()), 0);  // a loop: there, and of no use to stat(2) either
  }
  EXPECT_EQ(code_of(data.admin_key()), "file.unreadable");
  EXPECT_EQ(code_of(data.token_key()), "file.unreadable");
  EXPECT_EQ(code_of(data.master_key()), "file.unreadable");
  EXPECT_TRUE(std::filesystem::is_symlink(data.admin_key_file()));
}

TEST_F(DataDirectoryTest, WritesAnAdminTokenThatItsOwnKeyVouchesFor) {
  const testing::ManualClock clock;
  const DataDirectory data = open();
  ASSERT_TRUE(data.write_admin_token(clock.now(), kAdminTokenLifetime).has_value());
  EXPECT_EQ(mode_of(data.admin_token_file()), 0600u);
  std::string token = *read_text_file(data.admin_token_file(), 10'000);
  ASSERT_TRUE(token.ends_with('\n'));
  token.pop_back();
  broker::AdminOptions options;
  options.mode = broker::AdminOptions::Mode::kTokens;
  options.issuers = {{"own", {data.admin_key()->public_key()}, broker::kOwnIssuer, "", {}}};
  options.rules = {{broker::kAdminRole, "/.*"}};
  const broker::Admin admin = *broker::Admin::make(options);
  EXPECT_EQ(code_of(admin.authorize(token, "/kbs/v0/x", clock.now())), "ok");
  EXPECT_EQ(code_of(admin.authorize(token, "/kbs/v0/x", clock.now() + kAdminTokenLifetime)), "admin.token");
  EXPECT_LT(kAdminTokenRenewal, kAdminTokenLifetime) << "it is renewed before it is over";
}

}  // namespace
}  // namespace avouch::cmd
