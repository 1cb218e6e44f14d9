#include "cmd/common/usage.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cmd/common/nearest.h"

namespace avouch::cmd {
namespace {

// The command that was recognised last: what is wrong is wrong there.
const CLI::App& deepest(const CLI::App& app) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  return chosen.empty() ? app : deepest(*chosen.back());
}

std::string path_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : path_of(*app.get_parent()) + " " + app.get_name();
}

std::vector<std::string> names_in(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
  }
  for (const CLI::App* below : app.get_subcommands([](const CLI::App* any) { return !any->get_name().empty(); })) {
    out.push_back(below->get_name());
  }
  if (app.get_fallthrough() && app.get_parent() != nullptr) {
    for (const std::string& name : names_in(*app.get_parent())) {
      if (name.starts_with("-")) out.push_back(name);
    }
  }
  return out;
}

}  // namespace

int end_parse(const CLI::App& app, const CLI::ParseError& error) {
  constexpr int kUsage = 2;
  if (error.get_exit_code() == 0) return app.exit(error);
  const CLI::App& command = deepest(app);
  // Only these two are about words that mean nothing; with any other, the rest of the line was merely not looked at.
  const auto kind = static_cast<CLI::ExitCodes>(error.get_exit_code());
  const bool stray = kind == CLI::ExitCodes::ExtrasError || kind == CLI::ExitCodes::RequiredError;
  const std::vector<std::string> unknown = stray ? app.remaining(true) : std::vector<std::string>();
  std::string problem = error.what();
  if (!unknown.empty()) {
    const bool option = unknown.front().starts_with("-");
    problem = (option ? "there is no option " : "there is no command or argument ") + unknown.front();
    const std::string nearest = nearest_of(names_in(command), unknown.front());
    if (!nearest.empty()) problem += "; the nearest is " + nearest;
  }
  std::fprintf(stderr, "%s: %s\nSee %s --help.\n", app.get_name().c_str(), problem.c_str(), path_of(command).c_str());
  return kUsage;
}

}  // namespace avouch::cmd
