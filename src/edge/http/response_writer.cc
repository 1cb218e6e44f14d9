#include "edge/http/response_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "net/http_grammar.h"

namespace avouch::edge {
namespace {

// RFC 9110 section 15. A reason phrase is decoration: a status that is not here gets none.
std::string_view reason(int status) {
  static constexpr std::array kReasons = {
      std::pair(200, "OK"),
      std::pair(201, "Created"),
      std::pair(202, "Accepted"),
      std::pair(204, "No Content"),
      std::pair(301, "Moved Permanently"),
      std::pair(302, "Found"),
      std::pair(303, "See Other"),
      std::pair(304, "Not Modified"),
      std::pair(400, "Bad Request"),
      std::pair(401, "Unauthorized"),
      std::pair(403, "Forbidden"),
      std::pair(404, "Not Found"),
      std::pair(405, "Method Not Allowed"),
      std::pair(406, "Not Acceptable"),
      std::pair(408, "Request Timeout"),
      std::pair(409, "Conflict"),
      std::pair(413, "Payload Too Large"),
      std::pair(414, "URI Too Long"),
      std::pair(415, "Unsupported Media Type"),
      std::pair(417, "Expectation Failed"),
      std::pair(422, "Unprocessable Entity"),
      std::pair(424, "Failed Dependency"),
      std::pair(429, "Too Many Requests"),
      std::pair(431, "Request Header Fields Too Large"),
      std::pair(500, "Internal Server Error"),
      std::pair(501, "Not Implemented"),
      std::pair(502, "Bad Gateway"),
      std::pair(503, "Service Unavailable"),
      std::pair(504, "Gateway Timeout"),
      std::pair(505, "HTTP Version Not Supported"),
  };
  const auto* const row =
      std::find_if(kReasons.begin(), kReasons.end(), [&](const auto& entry) { return entry.first == status; });
  return row == kReasons.end() ? "" : row->second;
}

bool is_written_here(std::string_view name) {
  return net::equal_ignoring_case(name, "Content-Length") || net::equal_ignoring_case(name, "Date") ||
         net::equal_ignoring_case(name, "Connection") || net::equal_ignoring_case(name, "Transfer-Encoding");
}

void append_number(std::size_t number, std::string& out) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

bool is_well_formed(const net::HttpResponse& response) {
  return response.status >= 200 && response.status <= 599 &&
         std::all_of(response.headers.begin(), response.headers.end(), [](const net::HeaderField& field) {
           return net::is_token(field.first) && net::is_field_value(field.second);
         });
}

void append_response(const net::HttpResponse& response, const ResponseContext& context, std::string& out) {
  out += "HTTP/1.1 ";
  append_number(static_cast<std::size_t>(response.status), out);
  out += ' ';
  out += reason(response.status);
  out += "\r\n";
  for (const net::HeaderField& field : response.headers) {
    if (is_written_here(field.first)) continue;
    out += field.first;
    out += ": ";
    out += field.second;
    out += "\r\n";
  }
  // RFC 9110 section 8.6: 204 must not have a length; that of 304 would be the length of what was not sent.
  const bool never_has_body = response.status == 204 || response.status == 304;
  if (!never_has_body) {
    out += "Content-Length: ";
    append_number(response.body.size(), out);
    out += "\r\n";
  }
  // What HTTP/1.1 assumes is not said (RFC 9112 section 9.3).
  if (!context.keep_alive) out += "Connection: close\r\n";
  if (context.keep_alive && context.is_http_1_0) out += "Connection: keep-alive\r\n";
  out += "Date: ";
  out += context.date;
  out += "\r\n\r\n";
  if (!never_has_body && !context.answers_head_request) out += response.body;
}

}  // namespace avouch::edge
