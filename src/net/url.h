// The base URL of a server: scheme, host, port and a path in front of all others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace avouch::net {

struct Url {
  bool is_https = false;
  std::string host;    // without brackets: "kbs.example", "127.0.0.1", "::1"
  std::string port;    // "443" when none was given
  std::string prefix;  // "" or "/kbs/v0": no slash at its end

  // What the Host header says (RFC 9112 section 3.2): the port only if it is not the scheme's own.
  std::string host_field() const;
  std::string to_string() const;
};

// Digits alone, 0 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

// "http://host:port/prefix", https, "[::1]" for IPv6. User names, queries and fragments are refused.
//   fails   kRequest: url.parse
Result<Url> parse_url(std::string_view text);

}  // namespace avouch::net
