#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "store/keys.h"
#include "store/test_support.h"

namespace avouch::store {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class LocalFs : public ::testing::Test {
 protected:
  LocalFs() : store_(open_local_fs_store(root_, clock_).value()) {}

  std::string get(const std::string& key) {
    const auto value = store_->get("space", key);
    if (!value.has_value()) return value.error().code;
    return value->has_value() ? std::string(as_text(**value)) : "(absent)";
  }
  std::string put(const std::string& key, const std::string& value) {
    return code_of(store_->put("space", key, as_bytes(value), Expiry::never()));
  }
  std::vector<std::string> list() { return store_->list("space", "", "", 100).value(); }
  // What a peer does: no lock, no temporary file.
  void write_as_peer(const std::string& file_name, const std::string& content) {
    fs::create_directories(space_);
    std::ofstream(space_ + "/" + file_name, std::ios::trunc) << content;
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
    return names;
  }

  TemporaryFolder folder_;
  ManualClock clock_;
  std::string root_ = folder_ / "store";
  std::string space_ = root_ + "/space";
  std::unique_ptr<Store> store_;
};

TEST_F(LocalFs, WritesThePeersLayout) {
  EXPECT_EQ(put("default/test/one", "secret"), "ok");
  EXPECT_EQ(put("resource-policy.rego", "package policy"), "ok");
  EXPECT_THAT(names_in(space_), UnorderedElementsAre("default\\x2Ftest\\x2Fone", "resource-policy.rego"));
  EXPECT_EQ(read(space_ + "/default\\x2Ftest\\x2Fone"), "secret");
}

TEST_F(LocalFs, ReadsThePeersLayout) {
  write_as_peer("default\\x2Ftest\\x2Fone", "secret");
  write_as_peer("default_cpu.rego", "");
  EXPECT_EQ(get("default/test/one"), "secret");
  EXPECT_EQ(get("default_cpu.rego"), "");
  EXPECT_THAT(list(), ElementsAre("default/test/one", "default_cpu.rego"));
  EXPECT_FALSE(store_->put_if_absent("space", "default/test/one", as_bytes("x"), Expiry::never()).value());
  EXPECT_TRUE(store_->erase("space", "default_cpu.rego").value());
  EXPECT_THAT(names_in(space_), ElementsAre("default\\x2Ftest\\x2Fone"));
}

TEST_F(LocalFs, FilesAndFoldersAreForTheOwnerOnly) {
  const mode_t before = ::umask(0);
  EXPECT_EQ(put("key", "v"), "ok");
  ::umask(before);
  EXPECT_EQ(fs::status(space_ + "/key").permissions(), fs::perms(0600));
  EXPECT_EQ(fs::status(space_).permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(root_).permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(root_ + "/.avouch").permissions(), fs::perms(0700));
}

TEST_F(LocalFs, RefusesRecordsThatExpire) {
  const Expiry expiry = Expiry::when(clock_.now() + std::chrono::hours(1));
  EXPECT_EQ(code_of(store_->put("space", "key", {}, expiry)), "store.expiry");
  EXPECT_EQ(code_of(store_->put_if_absent("space", "key", {}, expiry)), "store.expiry");
  EXPECT_EQ(put("key", "v"), "ok");
  EXPECT_EQ(code_of(store_->compare_and_set("space", "key", as_bytes("v"), {}, expiry)), "store.expiry");
  EXPECT_EQ(get("key"), "v");
}

TEST_F(LocalFs, NoKeyLeadsOutOfTheFolder) {
  std::ofstream(root_ + "/outside") << "mine";
  for (const char* key : {"..", ".", "a b", "a:b"}) {
    EXPECT_EQ(get(key), "store.key") << key;
    EXPECT_EQ(put(key, "x"), "store.key") << key;
  }
  for (const char* key : {"../outside", "/../outside", "../../etc/passwd", "./../outside"}) {
    EXPECT_EQ(get(key), "(absent)") << key;
    EXPECT_EQ(put(key, "x"), "ok") << key;
    EXPECT_EQ(get(key), "x") << key;
  }
  EXPECT_EQ(read(root_ + "/outside"), "mine");
  EXPECT_EQ(list().size(), 4U);
}

TEST_F(LocalFs, FollowsNoLink) {
  std::ofstream(root_ + "/outside") << "mine";
  write_as_peer("other", "v");
  fs::create_symlink(root_ + "/outside", space_ + "/key");
  EXPECT_EQ(get("key"), "store.corrupt");
  EXPECT_EQ(code_of(store_->compare_and_set("space", "key", as_bytes("mine"), {}, Expiry::never())), "store.corrupt");
  EXPECT_THAT(list(), ElementsAre("other"));
  EXPECT_EQ(put("key", "new"), "ok");  // Replaces the link itself.
  EXPECT_EQ(get("key"), "new");
  EXPECT_EQ(read(root_ + "/outside"), "mine");
}

TEST_F(LocalFs, ReadsNothingButFiles) {
  fs::create_directories(space_ + "/folder");
  ASSERT_EQ(::mkfifo((space_ + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(get("folder"), "store.corrupt");
  EXPECT_EQ(get("pipe"), "store.corrupt") << "and does not wait for somebody to write into it";
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_EQ(put("folder", "x"), "store.io");
  EXPECT_EQ(code_of(store_->erase("space", "folder")), "store.io");
}

TEST_F(LocalFs, RefusesAFileLargerThanAnyRecord) {
  write_as_peer("key", "");
  fs::resize_file(space_ + "/key", kValueBytes + 1);
  EXPECT_EQ(get("key"), "store.corrupt");
}

TEST_F(LocalFs, ListsNoForeignFiles) {
  for (const char* name : {"a b", "a\\x2fb", "~", "a:b", "key"}) write_as_peer(name, "v");
  EXPECT_THAT(list(), ElementsAre("key"));
}

TEST_F(LocalFs, NothingUnfinishedIsEverInASpace) {
  EXPECT_EQ(put("key", std::string(100'000, 'x')), "ok");
  EXPECT_THAT(names_in(space_), ElementsAre("key"));
  EXPECT_THAT(names_in(root_ + "/.avouch"), ElementsAre("space.lock"));
}

TEST_F(LocalFs, OpeningRemovesWhatADeadWriterLeft) {
  EXPECT_EQ(put("key", "v"), "ok");
  std::ofstream(root_ + "/.avouch/space.new") << "half";
  store_ = open_local_fs_store(root_, clock_).value();
  EXPECT_THAT(names_in(root_ + "/.avouch"), ElementsAre("space.lock"));
  EXPECT_THAT(list(), ElementsAre("key"));
}

TEST_F(LocalFs, AWriterThatDiedAfterPublishingHarmsNoRecord) {
  EXPECT_TRUE(store_->put_if_absent("space", "key", as_bytes("v"), Expiry::never()).value());
  fs::create_hard_link(space_ + "/key", root_ + "/.avouch/space.new");
  EXPECT_EQ(put("other", "w"), "ok");
  EXPECT_EQ(get("key"), "v");
}

TEST_F(LocalFs, GenerationSeesAPeersFilesComeAndGo) {
  EXPECT_EQ(put("key", "v"), "ok");
  const std::uint64_t first = store_->generation("space").value();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // More than a tick of the file system's clock.
  write_as_peer("new", "v");
  const std::uint64_t second = store_->generation("space").value();
  EXPECT_NE(second, first);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  fs::remove(space_ + "/new");
  EXPECT_NE(store_->generation("space").value(), second);
}

TEST_F(LocalFs, GenerationSeesAPeersOverwritingWithinASecond) {
  write_as_peer("key", "one");
  const std::uint64_t first = store_->generation("space").value();
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(store_->generation("space").value(), first);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  write_as_peer("key", "two");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_NE(store_->generation("space").value(), first);
}

TEST_F(LocalFs, SaysWhenTheFolderCannotBe) {
  std::ofstream(folder_ / "file") << "x";
  for (const std::string& path : {folder_ / "file", folder_ / "file/below", std::string("/proc/none/store")}) {
    const auto store = open_local_fs_store(path, clock_);
    EXPECT_EQ(code_of(store), "store.io") << path;
  }
}

TEST_F(LocalFs, SaysWhenASpaceIsNoFolder) {
  std::ofstream(root_ + "/space") << "x";
  EXPECT_EQ(get("key"), "store.io");
  EXPECT_EQ(put("key", "v"), "store.io");
  EXPECT_EQ(code_of(store_->list("space", "", "", 1)), "store.io");
}

TEST_F(LocalFs, SaysWhenTheFolderHasGone) {
  fs::remove_all(root_);
  EXPECT_EQ(get("key"), "(absent)");
  EXPECT_EQ(put("key", "v"), "store.io");
}

TEST_F(LocalFs, GivesUpOnALockHeldForEver) {
  EXPECT_EQ(put("key", "v"), "ok");
  const int lock = ::open((root_ + "/.avouch/space.lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  EXPECT_EQ(put("key", "w"), "store.io");
  EXPECT_EQ(get("key"), "v") << "readers do not wait for writers";
  ::close(lock);
  EXPECT_EQ(put("key", "w"), "ok");
}

}  // namespace
}  // namespace avouch::store
