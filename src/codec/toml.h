// TOML (toml.io v1.0) read into a Json value: tables become objects, dates and times become texts, and nan and inf
// null.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"

namespace avouch::codec {

//   fails   kRequest: toml.syntax (detail has "source:line:column: problem"), toml.size (over limits::kConfigBytes),
//   toml.depth
Result<Json> parse_toml(std::string_view text, const std::string& source);

// The line, from 1, on which the dotted path ("http_server.sockets") is written, or 0 where it is not: for messages.
int line_of_toml_key(std::string_view text, std::string_view path);

}  // namespace avouch::codec
