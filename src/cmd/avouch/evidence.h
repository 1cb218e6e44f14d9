// Evidence offline: what `avouch evidence verify` and `avouch policy test --evidence` share, and `avouch evidence
// create`.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace avouch::cmd {

struct Invocation;

struct EvidenceOptions {
  std::string tee = "cca";
  std::string trust_anchor_store, reference_value_store;  // files; empty for none
  std::string challenge;                                  // hex; empty for none
  std::string policy_file;                                // empty for the default policy
  std::string token;                                      // file with the evidence
  bool json = false;
};

// The options that both commands have.
void add_evidence_options(CLI::App& command, EvidenceOptions& options);

// Prints the verdict; 0 authentic, 1 refused, 2 for files that do not read.
int verify_evidence(const EvidenceOptions& options);

// Adds the verb that makes evidence.
void add_evidence_create(CLI::App& noun, Invocation& invocation);

}  // namespace avouch::cmd
