#include "net/url.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "net/http_grammar.h"

namespace avouch::net {
namespace {

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}
bool is_ipv6_char(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

}  // namespace

std::string Url::host_field() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (is_https ? "443" : "80")) out += ":" + port;
  return out;
}

std::string Url::to_string() const {
  return (is_https ? "https://" : "http://") + host_field() + prefix;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc() || stopped != end) return std::nullopt;
  return number;
}

Result<Url> parse_url(std::string_view text) {
  const Error refused{Blame::kRequest, "url.parse",
                      "\"" + std::string(text.substr(0, 200)) + "\" is no URL such as http://127.0.0.1:8080"};
  Url out;
  std::string_view rest = text;
  const auto take_scheme = [&](std::string_view scheme) {
    if (!equal_ignoring_case(rest.substr(0, scheme.size()), scheme)) return false;
    rest.remove_prefix(scheme.size());
    return true;
  };
  out.is_https = take_scheme("https://");
  ENSURE(out.is_https || take_scheme("http://"), refused);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  std::string_view prefix = rest.substr(slash);
  ENSURE(prefix.empty() || (is_target_text(prefix) && prefix.find('?') == std::string_view::npos), refused);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);

  const bool is_ipv6 = authority.starts_with('[');
  const std::size_t host_end = is_ipv6 ? authority.find(']') : std::min(authority.find(':'), authority.size());
  ENSURE(host_end != std::string_view::npos, refused);
  const std::string_view host = authority.substr(is_ipv6 ? 1 : 0, host_end - (is_ipv6 ? 1 : 0));
  ENSURE(!host.empty() && host.size() <= 253 &&
             std::all_of(host.begin(), host.end(), is_ipv6 ? is_ipv6_char : is_host_char),
         refused);
  authority.remove_prefix(host_end + (is_ipv6 ? 1 : 0));
  ENSURE(authority.empty() || (authority.front() == ':' && parse_port(authority.substr(1)).value_or(0) != 0), refused);
  out.host = host;
  out.port = authority.empty() ? (out.is_https ? "443" : "80") : authority.substr(1);
  out.prefix = prefix;
  return out;
}

}  // namespace avouch::net
