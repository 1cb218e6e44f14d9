#include "tee/room.h"

namespace avouch::tee {

Result<EndorsedRecords> Room::read_endorsements(const Json&) const {
  return Error{Blame::kRequest, "endorsement.none", "nothing has to be endorsed for TEE " + std::string(name())};
}

}  // namespace avouch::tee
