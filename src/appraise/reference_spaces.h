// Where reference values lie, for the files that read and write them. Internal to appraise/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "appraise/reference_snapshot.h"
#include "base/result.h"

namespace avouch::appraise {

namespace reference_spaces {
inline constexpr std::string_view kSpace = "reference_value";           // the peer's namespace and record form
inline constexpr std::string_view kLifeSpace = "reference_value_life";  // ours: see lifecycle.h
inline constexpr int kTriesMax = 1'000;  // each time that one is lost, another writer has won
}  // namespace reference_spaces

std::string encode_reference(const ReferenceValue& value);

// The detail is the name and nothing else, as the command to delete it wants it.
inline Error damaged_reference(const std::string& name) {
  return Error{Blame::kUnavailable, "reference.damaged", name};
}

// Each name once, in the order in which they come.
std::vector<std::string> names_of(const Json::Object& values);

// Records, decisions and listings carry the value within theirs: one that is too deep for those would be set, and could
// never be read again.   fails   kRequest: reference.depth
Status check_reference_depth(const std::string& name, const Json& value);

}  // namespace avouch::appraise
