// docs/openapi.json, as it was when this program was built.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace avouch::dialect::manage {

std::string_view openapi_document();

// The methods that it has for a path below kPrefix, {"decisions", "01jd…", "why"}: "GET, POST". Empty if for none.
std::string documented_methods(const std::vector<std::string>& path);

}  // namespace avouch::dialect::manage
