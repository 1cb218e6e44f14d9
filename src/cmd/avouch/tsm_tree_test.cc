#include "cmd/avouch/tsm_tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/limits.h"
#include "cmd/avouch/tsm_tree_testing.h"

namespace avouch::cmd {
namespace {

TEST_F(TsmTreeTest, AnEntryHasTheElevenAttributesOfTheKernel) {
  const std::vector<std::pair<std::string, TsmTree::Info>> expected = {
      {"generation", {S_IFREG | 0444, 4096}},
      {"provider", {S_IFREG | 0444, 4096}},
      {"privlevel_floor", {S_IFREG | 0444, 4096}},
      {"privlevel", {S_IFREG | 0200, 4096}},
      {"service_provider", {S_IFREG | 0200, 4096}},
      {"service_guid", {S_IFREG | 0200, 4096}},
      {"service_manifest_version", {S_IFREG | 0200, 4096}},
      {"inblob", {S_IFREG | 0200, 0}},
      {"outblob", {S_IFREG | 0444, 0}},
      {"auxblob", {S_IFREG | 0444, 0}},
      {"manifestblob", {S_IFREG | 0444, 0}},
  };
  const auto items = tree_.list(entry_);
  ASSERT_TRUE(items.has_value());
  ASSERT_EQ(items->size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ((*items)[i].name, expected[i].first);
    EXPECT_EQ((*items)[i].node, tree_.lookup(entry_, expected[i].first)) << expected[i].first;
    const auto info = tree_.stat((*items)[i].node);
    ASSERT_TRUE(info.has_value());
    EXPECT_EQ(info->mode, expected[i].second.mode) << expected[i].first;
    EXPECT_EQ(info->size_bytes, expected[i].second.size_bytes) << expected[i].first;
  }
}

TEST_F(TsmTreeTest, FoldersAre0755AndTheRootListsThem) {
  EXPECT_EQ(tree_.stat(TsmTree::kRoot)->mode, mode_t{S_IFDIR | 0755});
  EXPECT_EQ(tree_.stat(entry_)->mode, mode_t{S_IFDIR | 0755});
  ASSERT_TRUE(tree_.make_folder(TsmTree::kRoot, ".tmpAbCdEf").has_value());
  const auto items = tree_.list(TsmTree::kRoot);
  ASSERT_EQ(items->size(), 2U);
  EXPECT_EQ((*items)[0].name, ".tmpAbCdEf");
  EXPECT_EQ((*items)[1].name, "entry");
}

TEST_F(TsmTreeTest, TextsEndInANewline) {
  EXPECT_EQ(read_all("provider"), "arm_cca_guest\n");
  EXPECT_EQ(read_all("generation"), "0\n");
  EXPECT_EQ(read_all("privlevel_floor"), "0\n");
}

TEST_F(TsmTreeTest, RefusesFoldersThatTheKernelRefuses) {
  const auto make = [&](TsmTree::Node folder, std::string_view name) {
    const auto made = tree_.make_folder(folder, name);
    return made.has_value() ? 0 : made.error();
  };
  EXPECT_EQ(make(TsmTree::kRoot, "entry"), EEXIST);
  EXPECT_EQ(make(entry_, "inside"), EPERM);
  EXPECT_EQ(make(node("inblob"), "inside"), EPERM);
  EXPECT_EQ(make(TsmTree::kRoot, ""), EINVAL);
  EXPECT_EQ(make(TsmTree::kRoot, "."), EINVAL);
  EXPECT_EQ(make(TsmTree::kRoot, ".."), EINVAL);
  EXPECT_EQ(make(TsmTree::kRoot, "a/b"), EINVAL);
  EXPECT_EQ(make(TsmTree::kRoot, std::string_view("a\0b", 3)), EINVAL);
  EXPECT_EQ(make(TsmTree::kRoot, std::string(256, 'x')), ENAMETOOLONG);
  EXPECT_EQ(make(TsmTree::kRoot, std::string(255, 'x')), 0);
}

TEST_F(TsmTreeTest, HoldsALimitedNumberOfFolders) {
  for (std::size_t i = 1; i < limits::kRealmEntries; ++i) {
    ASSERT_TRUE(tree_.make_folder(TsmTree::kRoot, std::to_string(i)).has_value()) << i;
  }
  EXPECT_EQ(tree_.make_folder(TsmTree::kRoot, "more").error(), ENOSPC);
  ASSERT_TRUE(tree_.remove_folder(TsmTree::kRoot, "1").has_value());
  EXPECT_TRUE(tree_.make_folder(TsmTree::kRoot, "more").has_value());
}

TEST_F(TsmTreeTest, HoldsALimitedNumberOfOpenFiles) {
  TsmTree::Handle last = 0;
  for (std::size_t i = 0; i < limits::kRealmOpenFiles; ++i) last = open("provider", O_RDONLY);
  EXPECT_EQ(tree_.open(node("provider"), O_RDONLY).error(), ENFILE);
  ASSERT_TRUE(tree_.release(last).has_value());
  EXPECT_TRUE(tree_.open(node("provider"), O_RDONLY).has_value());
}

TEST_F(TsmTreeTest, AFolderGoesWithItsAttributesAndItsNodesNeverComeBack) {
  const TsmTree::Node outblob = node("outblob");
  ASSERT_TRUE(tree_.remove_folder(TsmTree::kRoot, "entry").has_value());
  EXPECT_EQ(tree_.remove_folder(TsmTree::kRoot, "entry").error(), ENOENT);
  EXPECT_EQ(tree_.lookup(TsmTree::kRoot, "entry").error(), ENOENT);
  EXPECT_EQ(tree_.stat(entry_).error(), ENOENT);
  EXPECT_EQ(tree_.list(entry_).error(), ENOENT);
  EXPECT_EQ(tree_.lookup(entry_, "outblob").error(), ENOENT);
  EXPECT_EQ(tree_.open(outblob, O_RDONLY).error(), ENOENT);
  const auto again = tree_.make_folder(TsmTree::kRoot, "entry");
  ASSERT_TRUE(again.has_value());
  EXPECT_NE(*again, entry_);
  EXPECT_EQ(tree_.stat(outblob).error(), ENOENT);
}

TEST_F(TsmTreeTest, AFileThatOutlivesItsFolderAnswersENOENTAndCloses) {
  write_inblob(Buffer(64, 1));
  const TsmTree::Handle reader = open("outblob", O_RDONLY), writer = open("inblob", O_WRONLY);
  ASSERT_TRUE(tree_.read(reader, 0, 16).has_value());
  ASSERT_TRUE(tree_.write(writer, 0, Buffer(32, 2)).has_value());
  ASSERT_TRUE(tree_.remove_folder(TsmTree::kRoot, "entry").has_value());
  EXPECT_EQ(tree_.read(reader, 0, 16).error(), ENOENT);
  EXPECT_EQ(tree_.write(writer, 0, Buffer(32, 2)).error(), ENOENT);
  EXPECT_TRUE(tree_.flush(writer).has_value());
  EXPECT_TRUE(tree_.release(writer).has_value());
  EXPECT_TRUE(tree_.release(reader).has_value());
  EXPECT_EQ(tree_.release(reader).error(), EBADF);
}

TEST_F(TsmTreeTest, OnlyTheRootLosesFolders) {
  EXPECT_EQ(tree_.remove_folder(entry_, "inblob").error(), EPERM);
  EXPECT_EQ(tree_.remove_folder(TsmTree::kRoot, "absent").error(), ENOENT);
}

TEST_F(TsmTreeTest, NamesThatAreNotThereAreENOENT) {
  EXPECT_EQ(tree_.lookup(TsmTree::kRoot, "absent").error(), ENOENT);
  EXPECT_EQ(tree_.lookup(entry_, "absent").error(), ENOENT);
  EXPECT_EQ(tree_.lookup(node("inblob"), "x").error(), ENOTDIR);
  EXPECT_EQ(tree_.list(node("inblob")).error(), ENOTDIR);
  for (const TsmTree::Node stray : {TsmTree::Node{0}, TsmTree::Node{2}, entry_ + 12, entry_ + 15, entry_ + 16}) {
    EXPECT_EQ(tree_.stat(stray).error(), ENOENT) << stray;
    EXPECT_EQ(tree_.open(stray, O_RDONLY).error(), ENOENT) << stray;
  }
}

TEST_F(TsmTreeTest, PermissionBitsBindEverybody) {
  for (const char* read_only : {"generation", "provider", "privlevel_floor", "outblob", "auxblob", "manifestblob"}) {
    EXPECT_EQ(tree_.open(node(read_only), O_WRONLY).error(), EACCES) << read_only;
    EXPECT_EQ(tree_.open(node(read_only), O_RDWR).error(), EACCES) << read_only;
    EXPECT_TRUE(tree_.open(node(read_only), O_RDONLY).has_value()) << read_only;
  }
  for (const char* write_only :
       {"inblob", "privlevel", "service_provider", "service_guid", "service_manifest_version"}) {
    EXPECT_EQ(tree_.open(node(write_only), O_RDONLY).error(), EACCES) << write_only;
    EXPECT_EQ(tree_.open(node(write_only), O_RDWR).error(), EACCES) << write_only;
    EXPECT_TRUE(tree_.open(node(write_only), O_WRONLY).has_value()) << write_only;
  }
  EXPECT_EQ(tree_.open(TsmTree::kRoot, O_RDONLY).error(), EISDIR);
  EXPECT_EQ(tree_.open(entry_, O_RDONLY).error(), EISDIR);
}

TEST_F(TsmTreeTest, AnOpenFileDoesOnlyWhatItWasOpenedFor) {
  EXPECT_EQ(tree_.write(open("provider", O_RDONLY), 0, as_bytes("x")).error(), EBADF);
  EXPECT_EQ(tree_.read(open("inblob", O_WRONLY), 0, 1).error(), EBADF);
  EXPECT_EQ(tree_.read(12345, 0, 1).error(), EBADF);
  EXPECT_EQ(tree_.write(12345, 0, as_bytes("x")).error(), EBADF);
  EXPECT_EQ(tree_.flush(12345).error(), EBADF);
}

TEST_F(TsmTreeTest, TruncationIsAllowedAndWithoutEffect) {
  write_inblob(Buffer(64, 1));
  EXPECT_TRUE(tree_.truncate(node("inblob")).has_value());
  EXPECT_EQ(tree_.truncate(entry_).error(), EISDIR);
  EXPECT_EQ(tree_.truncate(entry_ + 100).error(), ENOENT);
  const TsmTree::Handle file = open("inblob", O_WRONLY | O_TRUNC | O_CREAT);
  ASSERT_TRUE(tree_.release(file).has_value());
  EXPECT_EQ(read_all("generation"), "1\n");
  EXPECT_EQ(read_all("outblob"), report_over(Buffer(64, 1)));
}

}  // namespace
}  // namespace avouch::cmd
