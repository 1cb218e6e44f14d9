// How Trustee's LocalFs names a file after a key: '/' becomes the four characters \x2F, all else stays
// (Trustee deps/key-value-storage/src/local_fs/mod.rs). Its keys are [A-Za-z0-9._/-].
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace avouch::store {

// The file name of a key: one path component, never "." or "..".
//   fails   kRequest: store.key (an octet that the layout has no place for, or a name over NAME_MAX octets)
Result<std::string> file_name_of(std::string_view key);

// The key of a file name; none if no key has that name, so that a foreign file is never taken for a record.
std::optional<std::string> key_of(std::string_view file_name);

}  // namespace avouch::store
