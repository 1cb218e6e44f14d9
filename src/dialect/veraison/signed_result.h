// A result of Veraison's: an EAR as JWT that counts only by the key that the service publishes, for one nonce.
// Source: draft-ietf-rats-ear-04, RFC 7515, RFC 9711 section 4.1.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"
#include "dialect/veraison/messages.h"

namespace avouch::dialect::veraison {

// The claims of a result that `publisher` signed with the algorithm that its key is for, about evidence for `nonce`,
// and that has submodules. Veraison gives its results no end, so that the nonce alone says that this one is new; a time
// that is there has to hold.
//   fails   kUnavailable: veraison.signature, veraison.nonce, veraison.result
Result<Json> check_result(std::string_view token, const Discovery& publisher, Bytes nonce, Instant now);

}  // namespace avouch::dialect::veraison
