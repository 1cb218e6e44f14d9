#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "store/test_support.h"
#include "testing/code_of.h"

namespace avouch::store {
namespace {

using testing::code_of;
using ::testing::ElementsAre;

class LocalTreeTest : public ::testing::Test {
 protected:
  std::string text(const std::string& key) const {
    const auto record = store_->get("repository", key);
    return !record.has_value() ? record.error().code : record->has_value() ? std::string(as_text(**record)) : "nothing";
  }
  Status put(const std::string& key, std::string_view value) {
    return store_->put("repository", key, as_bytes(value), Expiry::never());
  }
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = *open_local_tree_store(folder_ / "repository");
};

TEST_F(LocalTreeTest, IsTheDirectoryThatThePeerReadsAndWrites) {
  ASSERT_EQ(code_of(put("cca-trustee/demo-message/message.txt", "hello")), "ok");
  EXPECT_EQ(read_text_file(folder_ / "repository/cca-trustee/demo-message/message.txt", 100).value(), "hello");
  ASSERT_EQ(code_of(make_folder(folder_ / "repository/a/b", 0700)), "ok");
  ASSERT_EQ(code_of(write_file(folder_ / "repository/a/b/c", as_bytes("theirs"), 0644)), "ok");
  EXPECT_EQ(text("a/b/c"), "theirs");
  EXPECT_THAT(*store_->list("repository", "", "", 10), ElementsAre("a/b/c", "cca-trustee/demo-message/message.txt"));
  EXPECT_THAT(*store_->list("repository", "cca", "", 10), ElementsAre("cca-trustee/demo-message/message.txt"));
  EXPECT_THAT(*store_->list("repository", "", "a/b/c", 10), ElementsAre("cca-trustee/demo-message/message.txt"));
}

TEST_F(LocalTreeTest, KeepsItsPromisesAboutOneRecord) {
  EXPECT_EQ(text("a/b/c"), "nothing");
  EXPECT_EQ(store_->put_if_absent("repository", "a/b/c", as_bytes("1"), Expiry::never()).value(), true);
  EXPECT_EQ(store_->put_if_absent("repository", "a/b/c", as_bytes("2"), Expiry::never()).value(), false);
  EXPECT_EQ(store_->compare_and_set("repository", "a/b/c", as_bytes("2"), as_bytes("3"), Expiry::never()).value(),
            false);
  EXPECT_EQ(store_->compare_and_set("repository", "a/b/c", as_bytes("1"), as_bytes("3"), Expiry::never()).value(),
            true);
  EXPECT_EQ(text("a/b/c"), "3");
  EXPECT_EQ(store_->erase("repository", "a/b/c").value(), true);
  EXPECT_EQ(store_->erase("repository", "a/b/c").value(), false);
  EXPECT_NE(store_->generation("repository").value(), store_->generation("repository").value());
}

TEST_F(LocalTreeTest, LeavesItsFolderByNoKey) {
  for (const char* key : {"..", "../x", "a/../../x", "/etc/passwd", "a//b", "a/", ".x", "a/.x", ""}) {
    EXPECT_EQ(code_of(put(key, "x")), "store.key") << key;
    EXPECT_EQ(text(key), "store.key") << key;
  }
  ASSERT_EQ(code_of(write_file(folder_ / "outside", as_bytes("x"), 0600)), "ok");
  std::filesystem::create_symlink(folder_ / "outside", folder_ / "repository/link");
  EXPECT_EQ(text("link"), "store.corrupt");
  EXPECT_THAT(*store_->list("repository", "", "", 10), ElementsAre());
}

TEST_F(LocalTreeTest, RefusesRecordsThatExpire) {
  EXPECT_EQ(code_of(store_->put("repository", "a/b/c", as_bytes("x"), Expiry::when(Instant()))), "store.expiry");
}

}  // namespace
}  // namespace avouch::store
