// Text as Go's standard library writes it, because scripts compare what `arc` prints.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json.h"

namespace avouch::arc {

// json.MarshalIndent(value, "", "    ") and json.Marshal(value): <, >, & and U+2028, U+2029 are escaped. Members stay
// in their order. Integers beyond 2^53 stay exact, where Go would round them.
std::string to_go_indented(const Json& value);
std::string to_go_compact(const Json& value);

// The same value with the members of every object sorted, as Go writes its maps.
Json sorted(const Json& value);

// fmt's %q for file names and claims: quoted, control characters escaped.
std::string quoted(std::string_view text);
// The text with control characters escaped, so that no token can draw lines of its own into a report.
std::string printable(std::string_view text);

// base64.RawURLEncoding.DecodeString.   fails   kRequest: arc.refused ("illegal base64 data at input byte 3")
Result<Buffer> decode_base64url(std::string_view text);

// fmt's %T for what json.Unmarshal makes of a value: "float64", "map[string]interface {}".
const char* go_type(const Json& value);

// Every failure of a command: the line after "Error: ".
Error refused(std::string text);

}  // namespace avouch::arc
