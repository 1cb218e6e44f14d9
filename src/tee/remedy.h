// Remedy: what a fault means and what an operator does about it, in words. A row a code, kept where the code is raised:
// each room has its own (remedies.cc), rooms.cc those of choosing a TEE, appraise/remedies.cc all others.
#pragma once

#include <string_view>

namespace avouch::tee {

// Words in braces are filled in from the facts of a decision: {detail}, {subject}, {decision}, {attestation}, {policy},
// {kind}, {name}, {claim}, {line}, {path} and so on. Words in capitals in a command are for the operator to replace.
// A refusal `x.unknown` for want of a trust anchor that was revoked is explained by the row `x.revoked`, with the time
// {revoked} and the decision {act}.
struct Remedy {
  std::string_view code;     // of an error, a finding or a cause that `why` found; ending in '.': of all that begin so
  std::string_view cause;    // a sentence
  std::string_view next;     // a sentence, or what `command` does
  std::string_view command;  // what to type; empty where no command helps
};

// What many rows advise.
inline constexpr std::string_view kAttestAgain = "Let the guest attest again.";
inline constexpr std::string_view kBrokenGuest =
    "Nothing that is set here helps: the guest, its driver or what carries its messages is broken, or somebody forges.";

}  // namespace avouch::tee
