#include "dialect/manage/call.h"

#include <algorithm>
#include <charconv>

namespace avouch::dialect::manage {

std::string ManageHandler::Call::parameter(std::string_view name) const {
  std::string_view query = request.query();
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return net::percent_decode(pair.substr(equals + 1)).value_or("");
    }
  }
  return "";
}

Result<std::size_t> ManageHandler::Call::count(std::string_view name, std::size_t otherwise) const {
  const std::string text = parameter(name);
  if (text.empty()) return otherwise;
  std::size_t out = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, out);
  ENSURE(problem == std::errc() && stopped == end,
         Error{Blame::kRequest, "manage.shape", std::string(name) + " has to be a number"});
  return out;
}

}  // namespace avouch::dialect::manage
