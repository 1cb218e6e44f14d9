// avouch realm: the options of the software realm (realm.h).
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "cmd/avouch/command.h"
#include "cmd/avouch/realm.h"

namespace avouch::cmd {
namespace {

namespace emulator = tee::cca::emulator;

void add_run(CLI::App& noun, Invocation& invocation) {
  CLI::App* run = noun.add_subcommand("run", "Run a command as in an Arm CCA realm");
  end_help(*run, {"avouch realm run -- kbs-client attest", "avouch realm run --image kernel.bin -- bash"},
           "Exit codes: that of the command; 2 usage, 3 no realm can be made here.");
  auto options = std::make_shared<RealmOptions>();
  auto* rim =
      run->add_option("--rim", options->initial_measurement_hex, "Initial measurement: 32, 48 or 64 octets in hex");
  run->add_option("--image", options->images, "Measure these files instead")->excludes(rim);
  run->add_option("--state", options->state_folder, "Folder with the platform's keys, made when absent");
  run->add_option("--profile", options->profile, "legacy or 2023")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, emulator::Profile>{{"legacy", emulator::Profile::kLegacy},
                                                                           {"2023", emulator::Profile::k2023}})
              .description("{legacy,2023}"));
  run->add_option("--collection", options->collection, "eat (CBOR tag 399) or cmw (907)")
      ->transform(
          CLI::CheckedTransformer(std::map<std::string, emulator::Collection>{{"eat", emulator::Collection::kEat399},
                                                                              {"cmw", emulator::Collection::kCmw907}})
              .description("{eat,cmw}"));
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
  extend->add_option("--index", extend_options->index, "0 to 3")->required();
  extend->add_option("FILE", extend_options->file, "What to measure")->required();
  extend->callback([&invocation, extend_options] {
    invocation.chosen = [extend_options] { return realm_extend(*extend_options); };
  });
}

}  // namespace avouch::cmd
