// avouch realm: the options of the software realm (realm.h).
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "cmd/avouch/command.h"
#include "cmd/avouch/realm.h"

namespace avouch::cmd {
namespace {

namespace emulator = tee::cca::emulator;

// An option that takes one of a few words. (CLI11's own transformer names the values behind them in its complaints.)
template <class Value>
void add_choice(CLI::App& command, const char* name, Value& out, const char* text,
                const std::map<std::string, Value>& choices) {
  std::string words;
  for (const auto& [word, value] : choices) words += (words.empty() ? "" : ",") + word;
  command
      .add_option_function<std::string>(
          name, [&out, choices](const std::string& word) { out = choices.at(word); }, text)
      ->type_name("WORD:{" + words + "}")
      ->check(CLI::Validator(
          [choices, words](const std::string& word) {
            return choices.contains(word) ? "" : "\"" + word + "\" is none of " + words;
          },
          ""));
}

void add_run(CLI::App& noun, Invocation& invocation) {
  CLI::App* run = noun.add_subcommand("run", "Run a command as in an Arm CCA realm");
  end_help(*run, {"avouch realm run -- kbs-client attest", "avouch realm run --image kernel.bin -- bash"},
           "Exit codes: that of the command; 2 usage, 125 no realm can be made here.");
  auto options = std::make_shared<RealmOptions>();
  auto* rim =
      run->add_option("--rim", options->initial_measurement_hex, "Initial measurement: 32, 48 or 64 octets in hex");
  run->add_option("--image", options->images, "Measure these files instead")->excludes(rim);
  run->add_option("--state", options->state_folder, "Folder with the platform's keys, made when absent");
  add_choice(*run, "--profile", options->profile, "Form of the token: that of 2023, or of the platforms before it",
             {{"legacy", emulator::Profile::kLegacy}, {"2023", emulator::Profile::k2023}});
  add_choice(*run, "--collection", options->collection, "How the two tokens are tied: eat (CBOR tag 399) or cmw (907)",
             {{"eat", emulator::Collection::kEat399}, {"cmw", emulator::Collection::kCmw907}});
  run->add_option("COMMAND", options->command, "Command and its arguments, after --")->required();
  run->callback([&invocation, options] { invocation.chosen = [options] { return realm_run(*options); }; });
}

}  // namespace

void add_realm(CLI::App& app, Invocation& invocation) {
  CLI::App* noun = app.add_subcommand("realm", "A software Arm CCA realm: run, endorsements, extend");
  end_help(*noun, {"avouch realm run -- kbs-client attest", "avouch realm endorsements > platform.json"});
  noun->require_subcommand(1);
  add_run(*noun, invocation);

  CLI::App* endorsements =
      noun->add_subcommand("endorsements", "Print what a verifier has to be told of this platform");
  end_help(*endorsements, {"avouch realm endorsements --state platform > platform.json"});
  auto endorsement_options = std::make_shared<RealmEndorsementOptions>();
  endorsements->add_option("--state", endorsement_options->state_folder, "Folder with the platform's keys");
  endorsements->callback([&invocation, endorsement_options] {
    invocation.chosen = [endorsement_options] { return realm_endorsements(*endorsement_options); };
  });

  CLI::App* extend = noun->add_subcommand("extend", "Inside a realm: extend a measurement (REM) by a file");
  end_help(*extend, {"avouch realm extend --index 0 app.bin"});
  auto extend_options = std::make_shared<RealmExtendOptions>();
  extend->add_option("--index", extend_options->index, "Which, 0 to 3")
      ->required()
      ->check(CLI::Range(0, 3).description(""));
  extend->add_option("FILE", extend_options->file, "What to measure")->required();
  extend->callback([&invocation, extend_options] {
    invocation.chosen = [extend_options] { return realm_extend(*extend_options); };
  });
}

}  // namespace avouch::cmd
