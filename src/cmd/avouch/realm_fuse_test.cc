// The tree through a real mount: what the model cannot show.
#include "cmd/avouch/realm_fuse.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "cmd/avouch/realm_testing.h"

namespace avouch::cmd {
namespace {

const std::string kEntry = std::string(kTsmReportPath) + "/entry";

TsmTree make_tree() {
  return TsmTree([](Bytes challenge) -> Result<Buffer> {
    Buffer report = to_buffer(challenge);
    report.resize(9000, 'r');  // more than a page
    return report;
  });
}

std::string path(const char* attribute) {
  return kEntry + "/" + attribute;
}

bool write_inblob(Bytes content) {
  const int fd = ::open(path("inblob").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (fd < 0) return false;
  const bool written = ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  return ::close(fd) == 0 && written;
}

std::string read_text(const char* attribute) {
  return read_text_file(path(attribute), 16384).value_or("?");
}

bool fails_with(int error, int outcome) {
  return outcome < 0 && errno == error;
}

TEST(RealmFuse, GivesAReportOfSeveralPagesInSmallReads) {
  TsmTree tree = make_tree();
  EXPECT_PASSES_IN_TREE(tree, [] {
    REQUIRE_IN_REALM(::mkdir(kEntry.c_str(), 0700) == 0);
    REQUIRE_IN_REALM(write_inblob(Buffer(64, 'c')));
    const int fd = ::open(path("outblob").c_str(), O_RDONLY);
    std::string all;
    char part[32];
    for (ssize_t count; (count = ::read(fd, part, sizeof part)) > 0;) all.append(part, static_cast<std::size_t>(count));
    ::close(fd);
    REQUIRE_IN_REALM(all == std::string(64, 'c') + std::string(9000 - 64, 'r'));
    REQUIRE_IN_REALM(read_text("generation") == "1\n");
    REQUIRE_IN_REALM(read_text("provider") == "arm_cca_guest\n");
    REQUIRE_IN_REALM(::rmdir(kEntry.c_str()) == 0);
    return 0;
  });
}

TEST(RealmFuse, InblobCountsBeforeCloseReturns) {
  TsmTree tree = make_tree();
  EXPECT_PASSES_IN_TREE(tree, [] {
    REQUIRE_IN_REALM(::mkdir(kEntry.c_str(), 0700) == 0);
    for (int i = 1; i <= 200; ++i) {
      REQUIRE_IN_REALM(write_inblob(Buffer(64, static_cast<std::uint8_t>(i))));
      REQUIRE_IN_REALM(read_text("generation") == std::to_string(i) + "\n");
    }
    return 0;
  });
}

TEST(RealmFuse, ForgetsThatANameWasAbsent) {
  TsmTree tree = make_tree();
  EXPECT_PASSES_IN_TREE(tree, [] {
    struct stat info {};
    for (int i = 0; i < 20; ++i) {
      REQUIRE_IN_REALM(fails_with(ENOENT, ::stat(kEntry.c_str(), &info)));
      REQUIRE_IN_REALM(::mkdir(kEntry.c_str(), 0700) == 0);
      REQUIRE_IN_REALM(::stat(kEntry.c_str(), &info) == 0 && info.st_mode == (S_IFDIR | 0755));
      REQUIRE_IN_REALM(::rmdir(kEntry.c_str()) == 0);
    }
    return 0;
  });
}

TEST(RealmFuse, RefusesAsConfigfsDoesRootIncluded) {
  TsmTree tree = make_tree();
  EXPECT_PASSES_IN_TREE(tree, [] {
    REQUIRE_IN_REALM(::mkdir(kEntry.c_str(), 0700) == 0);
    REQUIRE_IN_REALM(fails_with(EEXIST, ::mkdir(kEntry.c_str(), 0700)));
    REQUIRE_IN_REALM(fails_with(EPERM, ::mkdir(path("inside").c_str(), 0700)));
    REQUIRE_IN_REALM(fails_with(EACCES, ::open(path("inblob").c_str(), O_RDONLY)));
    REQUIRE_IN_REALM(fails_with(EACCES, ::open(path("provider").c_str(), O_WRONLY)));
    REQUIRE_IN_REALM(fails_with(EACCES, ::open(path("new").c_str(), O_WRONLY | O_CREAT, 0600)));
    REQUIRE_IN_REALM(fails_with(EPERM, ::unlink(path("inblob").c_str())));
    REQUIRE_IN_REALM(fails_with(EPERM, ::rename(path("inblob").c_str(), path("outblob").c_str())));
    REQUIRE_IN_REALM(fails_with(EPERM, ::symlink("x", path("new").c_str())));
    REQUIRE_IN_REALM(fails_with(EPERM, ::link(path("inblob").c_str(), path("new").c_str())));
    REQUIRE_IN_REALM(fails_with(EPERM, ::mkfifo(path("new").c_str(), 0600)));
    REQUIRE_IN_REALM(fails_with(EPERM, ::chmod(path("inblob").c_str(), 0666)));
    REQUIRE_IN_REALM(::truncate(path("inblob").c_str(), 0) == 0);
    REQUIRE_IN_REALM(!write_inblob(Buffer(65, 1)) && errno == EFBIG);
    REQUIRE_IN_REALM(fails_with(ENOENT, ::rmdir((kEntry + "x").c_str())));
    return 0;
  });
}

TEST(RealmFuse, ListsManyFolders) {
  TsmTree tree = make_tree();
  EXPECT_PASSES_IN_TREE(tree, [] {
    for (int i = 0; i < 500; ++i) {
      REQUIRE_IN_REALM(::mkdir((kEntry + std::to_string(i)).c_str(), 0700) == 0);
    }
    int seen = 0;
    for ([[maybe_unused]] const auto& item : std::filesystem::directory_iterator(kTsmReportPath)) ++seen;
    REQUIRE_IN_REALM(seen == 500);
    int attributes = 0;
    for ([[maybe_unused]] const auto& item : std::filesystem::directory_iterator(kEntry + "0")) ++attributes;
    REQUIRE_IN_REALM(attributes == 11);
    return 0;
  });
}

TEST(RealmFuse, ADuplicatedDescriptorCountsOnce) {
  TsmTree tree = make_tree();
  EXPECT_PASSES_IN_TREE(tree, [] {
    REQUIRE_IN_REALM(::mkdir(kEntry.c_str(), 0700) == 0);
    const int fd = ::open(path("inblob").c_str(), O_WRONLY);
    const int copy = ::dup(fd);
    const Buffer inblob(64, 1);
    REQUIRE_IN_REALM(::write(fd, inblob.data(), inblob.size()) == 64);
    ::close(fd);
    ::close(copy);
    REQUIRE_IN_REALM(read_text("generation") == "1\n");
    return 0;
  });
}

TEST(RealmFuse, AnOpenFileOfARemovedFolderReadsENOENT) {
  TsmTree tree = make_tree();
  EXPECT_PASSES_IN_TREE(tree, [] {
    REQUIRE_IN_REALM(::mkdir(kEntry.c_str(), 0700) == 0);
    const int fd = ::open(path("provider").c_str(), O_RDONLY);
    char octet;
    REQUIRE_IN_REALM(::read(fd, &octet, 1) == 1);
    REQUIRE_IN_REALM(::rmdir(kEntry.c_str()) == 0);
    REQUIRE_IN_REALM(fails_with(ENOENT, static_cast<int>(::read(fd, &octet, 1))));
    return 0;
  });
}

TEST(RealmFuse, SaysWhyItCannotMount) {
  TsmTree tree = make_tree();
  const auto fuse = RealmFuse::mount("/nonexistent/mount/point", tree);
  ASSERT_FALSE(fuse.has_value());
  EXPECT_STREQ(fuse.error().code, "realm.fuse");
  EXPECT_EQ(fuse.error().blame, Blame::kUnavailable);
}

}  // namespace
}  // namespace avouch::cmd
