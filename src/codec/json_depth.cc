#include "codec/json_depth.h"

#include <algorithm>

namespace avouch {

std::size_t depth_of(const Json& value) {
  std::size_t inside = 0;
  if (const Json::Array* items = value.as_array()) {
    for (const Json& item : *items) inside = std::max(inside, depth_of(item));
    return inside + 1;
  }
  if (const Json::Object* members = value.as_object()) {
    for (const Json::Member& member : *members) inside = std::max(inside, depth_of(member.second));
    return inside + 1;
  }
  return 0;
}

}  // namespace avouch
