// Members of JSON read for people, and from documents of our own making: whatever is absent reads as empty.
#pragma once

#include <string>
#include <string_view>

#include "codec/json.h"

namespace avouch {

// A member as words: its text, any other value as JSON; empty where there is none, or null.
std::string text_of(const Json& object, std::string_view name);

// A member that is an array; empty where there is none, or it is something else. Borrows from `object`.
const Json::Array& list_of(const Json& object, std::string_view name);

}  // namespace avouch
