#include "cmd/common/printable.h"

#include <gtest/gtest.h>

namespace avouch::cmd {
namespace {

TEST(Printable, LeavesWordsAsTheyAre) {
  EXPECT_EQ(printable(""), "");
  EXPECT_EQ(printable("Access denied: \"é€😀\" ~"), "Access denied: \"é€😀\" ~");
}

TEST(Printable, LetsNoControlCharacterThrough) {
  EXPECT_EQ(printable("a\x1b[2J\r\t\x7f"), "a?[2J???");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "?");
  EXPECT_EQ(printable("\xC2\x80\xC2\x9B\x32J\xC2\x9F\xC2\xA0"), "??2J?\xC2\xA0") << "C1 in UTF-8, and what follows it";
}

TEST(Printable, TakesNothingBeyondAsciiFromATextThatIsNoUtf8) {
  EXPECT_EQ(printable("\x9B\x32J"), "?2J");
  EXPECT_EQ(printable("\xC3\xA9\xFF"), "???");
  EXPECT_EQ(printable("cut \xC2"), "cut ?");
}

TEST(Printable, IndentsEachFurtherLine) {
  EXPECT_EQ(printable("one\ntwo\nError: three"), "one\n    two\n    Error: three");
  EXPECT_EQ(printable("one\ntwo", "\n> "), "one\n> two");
}

}  // namespace
}  // namespace avouch::cmd
