// Where a request of the KBS dialect goes. Internal to this folder.
#pragma once

#include <string>

#include "dialect/kbs/handler.h"

namespace avouch::dialect::kbs {

inline constexpr std::string_view kPrefix = "/kbs/v0/";
inline constexpr std::string_view kCookieName = "kbs-session-id";

// "/kbs/v0/<head>/<rest>", percent-decoded.
struct KbsHandler::Route {
  std::string head;
  std::string rest;
  bool is_bare;  // no slash after the head
};

net::HttpResponse json_response(int status, std::string body);
net::HttpResponse empty_response(int status);
// An error in the peer's form. Its status is 401 for everything that is not 404 there, and its clients depend on that.
net::HttpResponse error_response(int status, std::string_view variant, std::string_view detail,
                                 std::string_view decision_id = {});
// The same for any error: 429 or 503 with Retry-After where trying again later may help, else 401.
net::HttpResponse failure_response(const Error& error, std::string_view variant, std::string_view detail,
                                   std::string_view decision_id = {});

}  // namespace avouch::dialect::kbs
