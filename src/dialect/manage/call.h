// A request of the management interface, as its routes see it. Internal to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/manage/handler.h"

namespace avouch::dialect::manage {

struct ManageHandler::Call {
  const net::HttpRequest& request;
  std::vector<std::string> path;  // after the prefix: {"decisions", "01jd…", "why"}
  std::string by;                 // who asks
  bool is(std::string_view method, std::size_t segment_count) const {
    return request.method == method && path.size() == segment_count;
  }
  std::string parameter(std::string_view name) const;  // of the query, or ""
  // A parameter that is a number, or `otherwise`.   fails   kRequest: manage.shape
  Result<std::size_t> count(std::string_view name, std::size_t otherwise) const;
};

inline Error no_such_route() {
  return Error{Blame::kRequest, "manage.route", "no such route, or not with this method: see docs/management-api.md"};
}

}  // namespace avouch::dialect::manage
