// What a client asks of a new session's nonce: to be given one, of some size, or to use its own.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::dialect::veraison {

// The nonce of "nonce=<Base64 of either alphabet>" or "nonceSize=<8 to 64>", or of a query with neither: then it is 32
// random octets. Other parameters are passed over.
//   fails   kRequest: veraison.nonce, with the peer's words as its detail
Result<Buffer> nonce_of(std::string_view query);

}  // namespace avouch::dialect::veraison
