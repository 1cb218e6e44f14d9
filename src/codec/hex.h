// Hexadecimal (RFC 4648 section 8).
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::codec {

std::string to_hex(Bytes octets);                // lower case
Result<Buffer> from_hex(std::string_view text);  // either case.   fails   kRequest: hex.syntax

}  // namespace avouch::codec
