#include "dialect/manage/openapi.h"

#include <algorithm>

#include "base/check.h"
#include "codec/json.h"
#include "dialect/manage/handler.h"

namespace avouch::dialect::manage {
namespace {

// Whether a path is one of "decisions/{id}/why".
bool matches(std::string_view pattern, const std::vector<std::string>& path) {
  std::size_t count = 0;
  for (bool goes_on = true; goes_on; ++count) {
    const std::size_t slash = pattern.find('/');
    const std::string_view segment = pattern.substr(0, slash);
    if (count == path.size() || (!segment.starts_with('{') && segment != path[count])) return false;
    goes_on = slash != std::string_view::npos;
    pattern.remove_prefix(goes_on ? slash + 1 : 0);
  }
  return count == path.size();
}

}  // namespace

std::string documented_methods(const std::vector<std::string>& path) {
  const Result<Json> document = parse_json(openapi_document());
  CHECK(document.has_value());
  std::string out;
  for (const auto& [pattern, operations] : *document->find("paths")->as_object()) {
    if (!pattern.starts_with(kPrefix) || !matches(std::string_view(pattern).substr(kPrefix.size()), path)) continue;
    for (const char* method : {"GET", "POST", "PUT", "DELETE"}) {
      std::string name = method;
      std::transform(name.begin(), name.end(), name.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
      const bool is_new = operations.find(name) != nullptr && out.find(method) == std::string::npos;
      if (is_new) out += (out.empty() ? "" : ", ") + std::string(method);
    }
  }
  return out;
}

}  // namespace avouch::dialect::manage
