// The claims of the sample TEE, member for member those of the peer, so that policies written for it work.
#pragma once

#include "tee/binding.h"
#include "tee/claims.h"
#include "tee/sample/evidence.h"

namespace avouch::tee::sample {

// There is no Authentic<Evidence> here: nothing signs a sample, which is why the room is off unless asked for.
Claims claims(const Evidence& evidence, const Binding& binding);

}  // namespace avouch::tee::sample
