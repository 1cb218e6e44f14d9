// Testimony: what a verifier elsewhere says of evidence, for a TEE whose trust anchors are kept there and not here.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "codec/json.h"

namespace avouch::tee {

// What it has to be asked about evidence.
struct Question {
  std::vector<std::string> media_types;  // that the evidence may travel as, the most exact first
  Buffer nonce;                          // what the evidence is bound to, in the form that the verifier compares
};

// What it answered: a result whose signature and nonce were checked by whoever asked. Whether it speaks for this
// evidence, the room judges.
struct Testimony {
  std::string verifier;  // its address, for operators
  Json submods;          // of the result (draft-ietf-rats-ear-04): by name
};

}  // namespace avouch::tee
