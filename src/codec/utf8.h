// UTF-8 (RFC 3629).
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace avouch::codec {

// Whether the octets are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(Bytes octets);

// The longest beginning of a text in UTF-8 that has at most `octets_max` octets and ends between two characters: what a
// record may hold of a text that a stranger chose.
std::string_view utf8_prefix(std::string_view text, std::size_t octets_max);

}  // namespace avouch::codec
