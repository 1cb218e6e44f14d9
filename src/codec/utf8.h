// UTF-8 (RFC 3629).
#pragma once

#include "base/bytes.h"

namespace avouch::codec {

// Whether the octets are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(Bytes octets);

}  // namespace avouch::codec
