#include "tee/room.h"

namespace avouch::tee {

Result<std::optional<Question>> Room::question(Bytes, const Binding&) const {
  return std::optional<Question>();
}

std::vector<Part> Room::parts(const Claims&) const {
  return {};
}

std::vector<ReferenceComparison> Room::compared(Bytes, const Binding&, const Collateral&, const Error&) const {
  return {};
}

std::span<const Remedy> Room::remedies() const {
  return {};
}

Result<EndorsedRecords> Room::read_endorsements(const Json&) const {
  return Error{Blame::kRequest, "endorsement.none", "nothing has to be endorsed for TEE " + std::string(name())};
}

}  // namespace avouch::tee
