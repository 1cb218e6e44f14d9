// How deep a JSON value is. limits::kEmbeddedJsonDepth says how deep one may be that others carry within theirs.
#pragma once

#include <cstddef>

#include "codec/json.h"

namespace avouch {

// How many containers lie around the innermost value: 0 for a text, 1 for [] and [1], 2 for {"a":[1]}.
std::size_t depth_of(const Json& value);

}  // namespace avouch
