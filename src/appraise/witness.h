// Witness: a verifier elsewhere that is asked about evidence for a room that relies on its word (tee/testimony.h).
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "tee/testimony.h"

namespace avouch::appraise {

// Thread safe. Waits for the network, but not without end: for workers, never for an event loop.
class Witness {
 public:
  virtual ~Witness() = default;
  virtual std::string address() const = 0;  // for the record

  // What it says, its signature and nonce checked; nothing of it is about this evidence until the room says so.
  //   fails   kUnavailable: codes of the implementation
  virtual Result<tee::Testimony> ask(const tee::Question& question, Bytes evidence) = 0;
};

}  // namespace avouch::appraise
