// Rooms: the one list of rooms. Its .cc is a library of its own, so that a room never links another.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tee/remedy.h"
#include "tee/room.h"

namespace avouch::tee {

// Every room that this build has, built once. The one list of rooms; `allow_sample` adds those without any security.
class Rooms {
 public:
  // `asks_elsewhere`: platforms of Arm CCA are vouched for by a verifier elsewhere, see cca/room.h.
  explicit Rooms(bool allow_sample, bool asks_elsewhere = false);
  // fails   kRequest: tee.unknown (no such TEE), tee.sample-off (a sample TEE, and those are switched off),
  //         tee.unsupported (a TEE of the field that this build does not verify)
  Result<const Room*> find(std::string_view name) const;

  // What the codes of choosing a TEE mean, and those of every room: also of one that is switched off, whose decisions
  // may still be on record.
  std::vector<Remedy> remedies() const;

 private:
  std::vector<std::unique_ptr<Room>> rooms_;
  std::vector<std::unique_ptr<Room>> switched_off_;
};

}  // namespace avouch::tee
