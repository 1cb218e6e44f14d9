// Writing inblob and the options, and reading the report.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "cmd/avouch/tsm_tree_testing.h"

namespace avouch::cmd {
namespace {

Buffer padded(Buffer inblob) {
  inblob.resize(64);
  return inblob;
}

const std::string kInvalid = "errno " + std::to_string(EINVAL);

TEST_F(TsmTreeTest, NoBlobCanBeReadBeforeInblobWasWritten) {
  EXPECT_EQ(read_all("outblob"), kInvalid);
  EXPECT_EQ(read_all("auxblob"), kInvalid);
  EXPECT_EQ(read_all("manifestblob"), kInvalid);
  EXPECT_EQ(minted_, 0);
}

TEST_F(TsmTreeTest, AnInblobOf32To64OctetsIsPaddedAndAnyOtherRefused) {
  for (std::size_t length = 0; length <= 64; ++length) {
    const Buffer inblob(length, 0xA5);
    write_inblob(inblob);
    EXPECT_EQ(read_all("outblob"), length < 32 ? kInvalid : report_over(padded(inblob))) << length;
  }
  EXPECT_EQ(write("inblob", Buffer(65, 1)), EFBIG);
}

TEST_F(TsmTreeTest, AReportIsMadeOnceAndItsAuxiliaryBlobsAreEmpty) {
  write_inblob(Buffer(64, 1));
  EXPECT_EQ(minted_, 0);
  EXPECT_EQ(read_all("auxblob"), "");
  EXPECT_EQ(minted_, 1);
  EXPECT_EQ(read_all("outblob"), report_over(Buffer(64, 1)));
  EXPECT_EQ(read_all("outblob"), report_over(Buffer(64, 1)));
  EXPECT_EQ(read_all("manifestblob"), "");
  EXPECT_EQ(minted_, 1);
  EXPECT_EQ(read_all("generation"), "1\n");
}

TEST_F(TsmTreeTest, InblobCountsWhenTheFileIsClosedNotBefore) {
  const TsmTree::Handle file = open("inblob", O_WRONLY);
  ASSERT_EQ(tree_.write(file, 0, Buffer(64, 1)).value(), 64U);
  EXPECT_EQ(read_all("generation"), "0\n");
  EXPECT_EQ(read_all("outblob"), kInvalid);
  ASSERT_TRUE(tree_.flush(file).has_value());
  EXPECT_EQ(read_all("generation"), "1\n");
  EXPECT_EQ(read_all("outblob"), report_over(Buffer(64, 1)));
}

TEST_F(TsmTreeTest, EachDuplicateOfADescriptorClosesButInblobCountsOnce) {
  const TsmTree::Handle file = open("inblob", O_WRONLY);
  ASSERT_TRUE(tree_.write(file, 0, Buffer(64, 1)).has_value());
  ASSERT_TRUE(tree_.flush(file).has_value());
  ASSERT_TRUE(tree_.flush(file).has_value());
  ASSERT_TRUE(tree_.release(file).has_value());
  EXPECT_EQ(read_all("generation"), "1\n");
}

TEST_F(TsmTreeTest, AReleaseWithoutAFlushStillCounts) {
  const TsmTree::Handle file = open("inblob", O_WRONLY);
  ASSERT_TRUE(tree_.write(file, 0, Buffer(64, 1)).has_value());
  ASSERT_TRUE(tree_.release(file).has_value());
  EXPECT_EQ(read_all("generation"), "1\n");
}

TEST_F(TsmTreeTest, PartsOfInblobAreCollectedPerOpenFile) {
  const TsmTree::Handle file = open("inblob", O_WRONLY), other = open("inblob", O_WRONLY);
  ASSERT_TRUE(tree_.write(file, 0, Buffer(32, 1)).has_value());
  ASSERT_TRUE(tree_.write(other, 0, Buffer(64, 9)).has_value());
  ASSERT_TRUE(tree_.write(file, 32, Buffer(32, 2)).has_value());
  ASSERT_TRUE(tree_.flush(other).has_value());
  ASSERT_TRUE(tree_.flush(file).has_value());
  Buffer expected(32, 1);
  expected.resize(64, 2);
  EXPECT_EQ(read_all("outblob"), report_over(expected));
  EXPECT_EQ(read_all("generation"), "2\n");
}

TEST_F(TsmTreeTest, AnInblobThatIsTooLongLosesTheOldOne) {
  write_inblob(Buffer(64, 1));
  EXPECT_EQ(write("inblob", Buffer(65, 2)), EFBIG);
  EXPECT_EQ(read_all("generation"), "2\n");
  EXPECT_EQ(read_all("outblob"), kInvalid);
  const TsmTree::Handle file = open("inblob", O_WRONLY);
  EXPECT_EQ(tree_.write(file, 64, Buffer(1, 1)).error(), EFBIG);
  EXPECT_EQ(tree_.write(file, 65, {}).error(), EFBIG);
  EXPECT_EQ(tree_.write(file, ~std::uint64_t{0}, Buffer(2, 1)).error(), EFBIG);
}

TEST_F(TsmTreeTest, ANewInblobMakesANewReportButAnOpenFileKeepsItsOwn) {
  write_inblob(Buffer(64, 1));
  const TsmTree::Handle file = open("outblob", O_RDONLY);
  ASSERT_TRUE(tree_.read(file, 0, 1).has_value());
  write_inblob(Buffer(64, 2));
  EXPECT_EQ(as_text(tree_.read(file, 0, 4096).value()), report_over(Buffer(64, 1)));
  EXPECT_EQ(read_all("outblob"), report_over(Buffer(64, 2)));
  EXPECT_EQ(as_text(tree_.read(file, 0, 4096).value()), report_over(Buffer(64, 1)));
  EXPECT_EQ(minted_, 2);
}

TEST_F(TsmTreeTest, ReadsHonourOffsetsAndEndEmpty) {
  write_inblob(Buffer(64, 'c'));
  const std::string all = report_over(Buffer(64, 'c'));
  const TsmTree::Handle file = open("outblob", O_RDONLY);
  EXPECT_EQ(as_text(tree_.read(file, 3, 10).value()), all.substr(3, 10));
  EXPECT_EQ(as_text(tree_.read(file, all.size() - 2, 10).value()), all.substr(all.size() - 2));
  EXPECT_TRUE(tree_.read(file, all.size(), 10).value().empty());
  EXPECT_TRUE(tree_.read(file, ~std::uint64_t{0}, 10).value().empty());
}

TEST_F(TsmTreeTest, WhereNoReportCanBeMadeReadsFailAndLaterOnesTryAgain) {
  write_inblob(Buffer(64, 1));
  mint_fails_ = true;
  EXPECT_EQ(read_all("outblob"), "errno " + std::to_string(ENXIO));
  mint_fails_ = false;
  EXPECT_EQ(read_all("outblob"), report_over(Buffer(64, 1)));
}

TEST_F(TsmTreeTest, OptionsTakeWhatTheKernelTakesAndCountAsWrites) {
  write_inblob(Buffer(64, 1));
  EXPECT_EQ(read_all("outblob"), report_over(Buffer(64, 1)));
  int generation = 1;
  for (const auto& [attribute, content] :
       std::vector<std::pair<const char*, std::string>>{{"privlevel", "0"},
                                                        {"privlevel", "3\n"},
                                                        {"privlevel", "0x2"},
                                                        {"privlevel", "03"},
                                                        {"service_provider", "svsm\n"},
                                                        {"service_guid", "c476f1eb-0123-45a5-9641-b4e7dde5bfe3\n"},
                                                        {"service_manifest_version", "4294967295\n"}}) {
    EXPECT_EQ(write(attribute, as_bytes(content)), 0) << attribute << " " << content;
    EXPECT_EQ(read_all("generation"), std::to_string(++generation) + "\n");
  }
  EXPECT_EQ(read_all("outblob"), report_over(Buffer(64, 1)));
  EXPECT_EQ(minted_, 2);
}

TEST_F(TsmTreeTest, OptionsRefuseOtherContentAndThenNothingCounts) {
  for (const auto& [attribute, content, error] : std::vector<std::tuple<const char*, std::string, int>>{
           {"privlevel", "4", EINVAL},
           {"privlevel", "", EINVAL},
           {"privlevel", "0x", EINVAL},
           {"privlevel", "-1", EINVAL},
           {"privlevel", "1\n\n", EINVAL},
           {"privlevel", "one", EINVAL},
           {"service_manifest_version", "4294967296", ERANGE},
           {"service_guid", "c476f1eb-0123-45a5-9641-b4e7dde5bfe", EINVAL},
           {"service_guid", "c476f1eb-0123-45a5-9641-b4e7dde5bfeg", EINVAL},
           {"service_guid", "c476f1eb00123-45a5-9641-b4e7dde5bfe3", EINVAL}}) {
    EXPECT_EQ(write(attribute, as_bytes(content)), error) << attribute << " " << content;
  }
  EXPECT_EQ(read_all("generation"), "0\n");
}

TEST_F(TsmTreeTest, AWriteOfAnOptionTakesAtMostAPage) {
  const TsmTree::Handle file = open("service_provider", O_WRONLY);
  EXPECT_EQ(tree_.write(file, 0, Buffer(5000, 'x')).value(), 4095U);
}

TEST_F(TsmTreeTest, ATextIsFixedByItsFirstRead) {
  const TsmTree::Handle file = open("generation", O_RDONLY);
  EXPECT_EQ(as_text(tree_.read(file, 0, 512).value()), "0\n");
  write_inblob(Buffer(64, 1));
  EXPECT_EQ(as_text(tree_.read(file, 0, 512).value()), "0\n");
  EXPECT_EQ(read_all("generation"), "1\n");
}

TEST_F(TsmTreeTest, EntriesKnowNothingOfEachOther) {
  write_inblob(Buffer(64, 1));
  entry_ = tree_.make_folder(TsmTree::kRoot, "other").value();
  EXPECT_EQ(read_all("generation"), "0\n");
  EXPECT_EQ(read_all("outblob"), kInvalid);
}

}  // namespace
}  // namespace avouch::cmd
