#include "cmd/common/usage.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>

#include "cmd/common/nearest.h"

namespace avouch::cmd {
namespace {

using testing::HasSubstr;

// What is said of a command line; "" if it is fine.
std::string complaint(const std::string& line) {
  CLI::App app("A program", "tool");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--url");
  CLI::App* noun = app.add_subcommand("thing");
  noun->require_subcommand(1);
  noun->fallthrough();
  CLI::App* verb = noun->add_subcommand("list");
  verb->fallthrough();
  verb->add_option("--limit")->required();
  verb->add_option("--count")->check(CLI::PositiveNumber);
  try {
    app.parse(line);
  } catch (const CLI::ParseError& error) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(end_parse(app, error), 2) << line;
    return testing::internal::GetCapturedStderr();
  }
  return "";
}

TEST(Usage, NamesTheNearestOfWhatIsNotThere) {
  EXPECT_EQ(complaint("thng"), "tool: there is no command or argument thng; the nearest is thing\nSee tool --help.\n");
  EXPECT_THAT(complaint("thing lst"), HasSubstr("lst; the nearest is list\nSee tool thing --help."));
  EXPECT_THAT(complaint("thing list --limit 1 --ulr x"),
              HasSubstr("--ulr; the nearest is --url\nSee tool thing list --help."));
}

TEST(Usage, NamesNothingThatIsFar) {
  EXPECT_EQ(complaint("elephant"), "tool: there is no command or argument elephant\nSee tool --help.\n");
}

TEST(Usage, SaysWhichValueIsWrongWhateverFollows) {
  EXPECT_THAT(complaint("thing list --limit 1 --count x -- y"), HasSubstr("--count: "));
}

TEST(Usage, SaysWhatIsMissing) {
  EXPECT_EQ(complaint(""), "tool: A subcommand is required\nSee tool --help.\n");
  EXPECT_THAT(complaint("thing list"), HasSubstr("--limit is required\nSee tool thing list --help."));
  EXPECT_EQ(complaint("thing list --limit 3"), "");
}

TEST(Nearest, CountsEdits) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(nearest_of({}, "x"), "");
}

}  // namespace
}  // namespace avouch::cmd
