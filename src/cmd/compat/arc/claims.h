// The claims of an EAR as Veraison's Go library reads them: what it does not know is dropped, what it knows is checked.
#pragma once

#include "base/result.h"
#include "codec/json.h"

namespace avouch::arc {

// The known claims, checked one by one, in the order in which `arc` prints them; a trustworthiness vector has all
// eight. Where the Go library takes a value of the wrong type for 0 ("no claim"), or cuts 2.7 to 2, this refuses.
//   fails   kRequest: arc.refused ("missing mandatory 'iat'; invalid value(s) for 'eat_nonce' (not a string)")
Result<Json> read_claims(const Json& claims);

// What must hold before claims are printed or signed: a profile that we know, a nonce of a fitting size, a submod.
//   fails   kRequest: arc.refused
Status validate_claims(const Json& claims);

}  // namespace avouch::arc
