// Base64 (RFC 4648): strict decoders that refuse stray characters, wrong padding and non-zero trailing bits.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::codec {

std::string to_base64(Bytes octets);                    // section 4, padded
std::string to_base64url(Bytes octets);                 // section 5, unpadded, as JOSE has it
Result<Buffer> from_base64(std::string_view text);      // section 4, padding needed.   fails   kRequest: base64.syntax
Result<Buffer> from_base64url(std::string_view text);   // section 5, padding refused.  fails   kRequest: base64.syntax
Result<Buffer> from_any_base64(std::string_view text);  // either alphabet (not mixed), padded or not

}  // namespace avouch::codec
