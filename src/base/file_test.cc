#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace avouch {
namespace {

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "avouch-file-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string at(const char* name) const { return folder_ + "/" + name; }
  std::size_t entry_count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }
  static unsigned mode_of(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0);
    return info.st_mode & 07777u;
  }
  std::string folder_;
};

TEST_F(FileTest, ReadsWhatItWrote) {
  const Buffer content(100'000, 0x42);
  ASSERT_TRUE(write_file(at("a"), content, 0600).has_value());
  EXPECT_EQ(*read_file(at("a"), content.size()), content);
  ASSERT_TRUE(write_file(at("a"), as_bytes("short"), 0600).has_value());
  EXPECT_EQ(*read_text_file(at("a"), 5), "short");
  ASSERT_TRUE(write_file(at("a"), {}, 0600).has_value());
  EXPECT_EQ(*read_text_file(at("a"), 0), "");
  EXPECT_EQ(entry_count(), 1u) << "no temporary file stays";
}

TEST_F(FileTest, RefusesOneByteMoreThanTheLimit) {
  ASSERT_TRUE(write_file(at("a"), Buffer(40'000), 0600).has_value());
  EXPECT_TRUE(read_file(at("a"), 40'000).has_value());
  const Result<Buffer> refused = read_file(at("a"), 39'999);
  EXPECT_STREQ(refused.error().code, "file.too-large");
  EXPECT_EQ(refused.error().blame, Blame::kRequest);
  EXPECT_STREQ(read_file("/dev/zero", 1000).error().code, "file.too-large");
}

TEST_F(FileTest, TellsMissingFromUnreadable) {
  EXPECT_STREQ(read_file(at("none"), 10).error().code, "file.missing");
  EXPECT_STREQ(read_text_file(at("none"), 10).error().code, "file.missing");
  EXPECT_STREQ(read_file(folder_, 10).error().code, "file.unreadable");
  EXPECT_STREQ(read_file(at("none") + "/below", 10).error().code, "file.missing");
}

TEST_F(FileTest, GivesExactlyTheModeAskedForWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  EXPECT_TRUE(write_file(at("public"), as_bytes("x"), 0644).has_value());
  ::umask(0);
  EXPECT_TRUE(write_file(at("private"), as_bytes("x"), 0600).has_value());
  EXPECT_TRUE(write_file(at("public"), as_bytes("x"), 0600).has_value());
  ::umask(before);
  EXPECT_EQ(mode_of(at("private")), 0600u);
  EXPECT_EQ(mode_of(at("public")), 0600u) << "the new mode, not that of the file replaced";
}

TEST_F(FileTest, ReplacesALinkInsteadOfWritingThroughIt) {
  ASSERT_TRUE(write_file(at("target"), as_bytes("untouched"), 0600).has_value());
  ASSERT_EQ(::symlink(at("target").c_str(), at("link").c_str()), 0);
  ASSERT_TRUE(write_file(at("link"), as_bytes("new"), 0600).has_value());
  EXPECT_EQ(*read_text_file(at("target"), 100), "untouched");
  EXPECT_EQ(*read_text_file(at("link"), 100), "new");
}

TEST_F(FileTest, LeavesTheOldContentWhereItCannotWrite) {
  EXPECT_STREQ(write_file(at("none/a"), as_bytes("x"), 0600).error().code, "file.write");
  ASSERT_EQ(::mkdir(at("folder").c_str(), 0700), 0);
  const Status refused = write_file(at("folder"), as_bytes("x"), 0600);
  EXPECT_STREQ(refused.error().code, "file.write");
  EXPECT_EQ(refused.error().blame, Blame::kUnavailable);
  EXPECT_EQ(entry_count(), 1u) << "no temporary file stays";
}

TEST_F(FileTest, MakesAFolderAndItsParents) {
  ASSERT_TRUE(make_folder(at("a/b/c"), 0700).has_value());
  EXPECT_EQ(mode_of(at("a/b/c")), 0700u);
  EXPECT_TRUE(make_folder(at("a/b/c"), 0700).has_value()) << "an existing one is no failure";
  ASSERT_TRUE(make_folder(at("d/"), 0700).has_value());
  EXPECT_EQ(mode_of(at("d")), 0700u) << "with a slash at its end too";
}

TEST_F(FileTest, GivesAFolderExactlyItsModeAndLeavesOneThatIsThereAsItIs) {
  const mode_t before = ::umask(0077);
  EXPECT_TRUE(make_folder(at("shared"), 0755).has_value());
  ::umask(0);
  EXPECT_TRUE(make_folder(at("private"), 0700).has_value());
  EXPECT_TRUE(make_folder(at("shared"), 0700).has_value());
  ::umask(before);
  EXPECT_EQ(mode_of(at("shared")), 0755u);
  EXPECT_EQ(mode_of(at("private")), 0700u);
  EXPECT_STREQ(make_folder("", 0700).error().code, "file.write");
}

TEST_F(FileTest, RefusesAFolderWhereAFileIs) {
  ASSERT_TRUE(write_file(at("a"), {}, 0600).has_value());
  EXPECT_STREQ(make_folder(at("a"), 0700).error().code, "file.write");
  EXPECT_STREQ(make_folder(at("a/b"), 0700).error().code, "file.write");
}

TEST_F(FileTest, KnowsWhatExists) {
  EXPECT_FALSE(file_exists(at("a")));
  ASSERT_TRUE(write_file(at("a"), {}, 0600).has_value());
  EXPECT_TRUE(file_exists(at("a")));
  EXPECT_TRUE(file_exists(folder_));
}

}  // namespace
}  // namespace avouch
