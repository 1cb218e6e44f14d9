// The sample TEE: proves nothing. It exists so that the protocol can be tried where there is no hardware.
#pragma once

#include <memory>

#include "tee/room.h"

namespace avouch::tee::sample {

// The evidence is the JSON text of evidence.h. Needs nothing.
//   fails   kEvidence: what parse() says, sample.report-data-mismatch (octet for octet, no padding)
std::unique_ptr<Room> make_room();

}  // namespace avouch::tee::sample
