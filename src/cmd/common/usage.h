// What a program says of a command line that it cannot take.
#pragma once

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace avouch::cmd {

// Prints help or version if these were asked for, and returns 0; else prints what is wrong, the command or option that
// was probably meant, and where to read on, and returns 2.
int end_parse(const CLI::App& app, const CLI::ParseError& error);

}  // namespace avouch::cmd
