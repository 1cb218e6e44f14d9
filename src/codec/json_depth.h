// How deep a JSON value is, and how deep one may be that others carry within theirs.
#pragma once

#include <cstddef>

#include "codec/json.h"

namespace avouch {

namespace limits {
inline constexpr std::size_t kEmbeddedJsonDepth = 16;  // Of what a record, a token or a listing carries inside.
}

// How many containers lie around the innermost value: 0 for a text, 1 for [] and [1], 2 for {"a":[1]}.
std::size_t depth_of(const Json& value);

}  // namespace avouch
