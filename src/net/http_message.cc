#include "net/http_message.h"

#include <algorithm>

#include "codec/utf8.h"
#include "net/http_grammar.h"

namespace avouch::net {
namespace {

std::optional<std::string_view> only_field(const std::vector<HeaderField>& headers, std::string_view name) {
  std::optional<std::string_view> found;
  for (const HeaderField& field : headers) {
    if (!equal_ignoring_case(field.first, name)) continue;
    if (found.has_value()) return std::nullopt;
    found = field.second;
  }
  return found;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::string_view HttpRequest::path() const {
  const std::string_view whole = target;
  return whole.substr(0, whole.find('?'));
}

std::string_view HttpRequest::query() const {
  const std::string_view whole = target;
  const std::size_t mark = whole.find('?');
  return mark == std::string_view::npos ? std::string_view() : whole.substr(mark + 1);
}

std::optional<std::string_view> HttpRequest::header(std::string_view name) const {
  return only_field(headers, name);
}

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  return only_field(headers, name);
}

// As with fields, a cookie that comes twice counts as absent.
std::optional<std::string_view> HttpRequest::cookie(std::string_view name) const {
  const std::optional<std::string_view> all = header("Cookie");
  if (!all.has_value()) return std::nullopt;
  std::optional<std::string_view> found;
  std::string_view rest = *all;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view pair = trim_blanks(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    if (found.has_value()) return std::nullopt;
    found = pair.substr(equals + 1);
    // RFC 6265 section 4.1.1: a value may stand in double quotes.
    if (found->size() >= 2 && found->front() == '"' && found->back() == '"')
      found = found->substr(1, found->size() - 2);
  }
  return found;
}

std::optional<std::string_view> HttpRequest::bearer_token() const {
  const std::optional<std::string_view> credentials = header("Authorization");
  if (!credentials.has_value()) return std::nullopt;
  const std::size_t blank = credentials->find(' ');
  if (blank == std::string_view::npos || !equal_ignoring_case(credentials->substr(0, blank), "Bearer")) {
    return std::nullopt;
  }
  const std::string_view token = trim_blanks(credentials->substr(blank));
  if (token.empty() || token.find_first_of(" \t,") != std::string_view::npos) return std::nullopt;
  return token;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    out += c;
  }
  if (!codec::is_utf8(as_bytes(out))) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
  return out;
}

}  // namespace avouch::net
