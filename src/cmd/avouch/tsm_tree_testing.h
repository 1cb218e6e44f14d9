// What the tests of the tree share: a tree with one entry, whose reports tell their challenge.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>

#include "cmd/avouch/tsm_tree.h"

namespace avouch::cmd {

inline std::string report_over(Bytes challenge) {
  return "report over " + std::string(as_text(challenge));
}

class TsmTreeTest : public ::testing::Test {
 protected:
  TsmTree::Node node(const char* attribute) { return tree_.lookup(entry_, attribute).value(); }
  TsmTree::Handle open(const char* attribute, int flags) { return tree_.open(node(attribute), flags).value(); }

  // open, write, close: 0, or the first error.
  int write(const char* attribute, Bytes content) {
    const TsmTree::Handle file = open(attribute, O_WRONLY | O_TRUNC);
    const TsmTree::Reply<std::size_t> taken = tree_.write(file, 0, content);
    const TsmTree::Reply<void> closed = tree_.flush(file);
    EXPECT_TRUE(tree_.release(file).has_value());
    if (!taken.has_value()) return taken.error();
    EXPECT_EQ(*taken, content.size());
    return closed.has_value() ? 0 : closed.error();
  }
  void write_inblob(Bytes content) { ASSERT_EQ(write("inblob", content), 0); }

  // The content as a reader with a small buffer gets it, or "errno N".
  std::string read_all(const char* attribute) {
    const TsmTree::Handle file = open(attribute, O_RDONLY);
    std::string all;
    for (;;) {
      const TsmTree::Reply<Bytes> part = tree_.read(file, all.size(), 7);
      if (!part.has_value()) all = "errno " + std::to_string(part.error());
      if (!part.has_value() || part->empty()) break;
      all += as_text(*part);
    }
    EXPECT_TRUE(tree_.release(file).has_value());
    return all;
  }

  int minted_ = 0;
  bool mint_fails_ = false;
  TsmTree tree_{[this](Bytes challenge) -> Result<Buffer> {
    ++minted_;
    if (mint_fails_) return Error{Blame::kInternal, "test.mint", ""};
    return to_buffer(as_bytes(report_over(challenge)));
  }};
  TsmTree::Node entry_ = tree_.make_folder(TsmTree::kRoot, "entry").value();
};

}  // namespace avouch::cmd
