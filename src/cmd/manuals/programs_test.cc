#include "cmd/manuals/programs.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <functional>

#include "cmd/avouch/command.h"
#include "cmd/avouchd/options.h"
#include "cmd/common/completion.h"
#include "cmd/common/man_page.h"

namespace avouch::cmd {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

void visit(const CommandText& command, const std::function<void(const CommandText&)>& each) {
  each(command);
  for (const CommandText& below : command.commands) visit(below, each);
}

CommandText program(const std::string& name) {
  for (const Program& each : programs()) {
    if (each.command_line.name == name) return each.command_line;
  }
  ADD_FAILURE() << name;
  return {};
}

// The words of an example, as a shell would hand them over: what follows > is not the program's, nor is a remark after
// two spaces.
std::string arguments_of(const std::string& example) {
  std::string line = example.substr(0, example.find("  "));
  line = line.substr(0, line.find(" > "));
  return line.substr(line.find(' ') == std::string::npos ? line.size() : line.find(' ') + 1);
}

// Throws what a user who typed the example would be told.
void parse_example(const std::string& example) {
  CLI::App app;
  Invocation invocation;
  Options options;
  if (example.starts_with("avouchd")) {
    build_command_line(app, options);
  } else {
    build_command_line(app, invocation);
  }
  app.parse(arguments_of(example));
}

TEST(Manuals, EveryCommandOfOursHasAnExampleAndSaysItsExitCodes) {
  for (const char* name : {"avouch", "avouchd"}) {
    visit(program(name), [](const CommandText& command) {
      EXPECT_FALSE(command.examples.empty()) << command.path;
      EXPECT_FALSE(command.exit_codes.empty()) << command.path;
    });
  }
}

TEST(Manuals, EveryExampleIsOneThatTheProgramTakes) {
  for (const char* name : {"avouch", "avouchd"}) {
    visit(program(name), [](const CommandText& command) {
      for (const std::string& example : command.examples) {
        if (example.starts_with("source ")) continue;
        EXPECT_NO_THROW(parse_example(example)) << example;
      }
    });
  }
  EXPECT_THROW(parse_example("avouch why --first"), CLI::ParseError);
  EXPECT_THROW(parse_example("avouch refval set NAME"), CLI::ParseError);
}

TEST(Manuals, EveryOptionIsInThePageOfItsCommand) {
  for (const Program& each : programs()) {
    std::string all;
    for (const auto& [name, text] : man_pages(each.command_line, each.manual_section)) all += text;
    visit(each.command_line, [&](const CommandText& command) {
      for (const OptionText& option : command.options) {
        std::string escaped;
        for (const char c : option.names.back()) escaped += (c == '-' ? "\\" : "") + std::string(1, c);
        EXPECT_THAT(all, HasSubstr("\\fB" + escaped + "\\fR")) << command.path;
      }
    });
  }
}

TEST(Manuals, DoNotDependOnWhoBuildsThem) {
  for (const Program& each : programs()) {
    for (const auto& [name, text] : man_pages(each.command_line, each.manual_section)) {
      EXPECT_THAT(text, Not(HasSubstr(default_data_directory() + ".\n"))) << name;
    }
  }
}

TEST(Manuals, KeepTheOptionsOfArc) {
  const CommandText arc = program("arc");
  ASSERT_EQ(arc.commands.size(), 4u);
  const CommandText& verify = arc.commands.back();
  EXPECT_EQ(verify.path, "arc verify");
  ASSERT_EQ(verify.options.size(), 5u);
  EXPECT_THAT(verify.options[0].names, testing::ElementsAre("-a", "--alg"));
  EXPECT_EQ(verify.options[0].value, "string");
  EXPECT_EQ(verify.options[1].value, "");
  EXPECT_THAT(verify.options[1].text, HasSubstr("with colors"));
}

// A command line that has whatever could break a page or a script.
CommandText awkward() {
  CommandText out;
  out.name = out.path = "awk-ward";
  out.text = ".TH is no request, nor is 'this'; a \\ stays";
  OptionText option;
  option.names = {"-x", "--ex-it"};
  option.text = "it's \\ a: text";
  option.value = "TEXT";
  option.choices = {"one", "two"};
  out.options.push_back(option);
  return out;
}

TEST(ManPage, LetsNoTextActAsARequestOrAnEscape) {
  const std::string page = man_pages(awkward(), 1).at("awk-ward.1");
  EXPECT_THAT(page, AllOf(HasSubstr("\n\\&.TH is no request"), HasSubstr("a \\e stays"), HasSubstr("\\-\\-ex\\-it")));
}

TEST(Completion, QuotesWhatAShellWouldTakeApart) {
  EXPECT_THAT(zsh_completion(awkward()), HasSubstr("'--ex-it:it'\\''s \\ a: text'"));
  EXPECT_THAT(fish_completion(awkward()), HasSubstr("-s x -l ex-it -x -a 'one two' -d 'it\\'s \\\\ a: text'"));
  EXPECT_THAT(bash_completion(awkward()), HasSubstr("-x | --ex-it) words='one two' ;;"));
}

TEST(CommandTextFooter, IsSortedIntoExamplesExitCodesAndTheRest) {
  CommandText command;
  read_footer("Examples:\n  a b\n  c\n\nOne\ntwo.\n\nExit codes: 0 good.", command);
  EXPECT_THAT(command.examples, testing::ElementsAre("a b", "c"));
  EXPECT_THAT(command.paragraphs, testing::ElementsAre("One two."));
  EXPECT_EQ(command.exit_codes, "0 good.");
}

}  // namespace
}  // namespace avouch::cmd
