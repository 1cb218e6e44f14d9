#include "dialect/veraison/media_type.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "net/http_grammar.h"

namespace avouch::dialect::veraison {
namespace {

struct MediaType {
  std::string name;  // in lower case
  std::vector<std::pair<std::string, std::string>> parameters;
  bool operator==(const MediaType&) const = default;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return out;
}

void skip_spaces(std::string_view& text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
}

std::string_view take_until(std::string_view& text, std::string_view ends) {
  const std::string_view out = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(out.size());
  return out;
}

// A quoted string, the opening mark still in front (RFC 9110 section 5.6.4).
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string out;
  for (text.remove_prefix(1); !text.empty(); text.remove_prefix(1)) {
    if (text.front() == '"') {
      text.remove_prefix(1);
      return out;
    }
    if (text.front() == '\\') text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    out += text.front();
  }
  return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& text) {
  if (text.starts_with('"')) return take_quoted(text);
  // Senders leave the quotes out even where a URL needs them: the peers do.
  const std::string_view bare = take_until(text, "; \t\"");
  if (bare.empty()) return std::nullopt;
  return std::string(bare);
}

std::optional<MediaType> parse(std::string_view text) {
  skip_spaces(text);
  MediaType out{lower(take_until(text, "; \t")), {}};
  const std::size_t slash = out.name.find('/');
  if (slash == std::string::npos || !net::is_token(std::string_view(out.name).substr(0, slash)) ||
      !net::is_token(std::string_view(out.name).substr(slash + 1))) {
    return std::nullopt;
  }
  for (skip_spaces(text); !text.empty(); skip_spaces(text)) {
    if (!text.starts_with(';')) return std::nullopt;
    text.remove_prefix(1);
    skip_spaces(text);
    const std::string name = lower(take_until(text, "=; \t"));
    if (!net::is_token(name) || !text.starts_with('=')) return std::nullopt;
    text.remove_prefix(1);
    std::optional<std::string> value = take_value(text);
    if (!value.has_value()) return std::nullopt;
    out.parameters.emplace_back(name, *std::move(value));
  }
  std::sort(out.parameters.begin(), out.parameters.end());
  return out;
}

}  // namespace

bool same_media_type(std::string_view left, std::string_view right) {
  const std::optional<MediaType> one = parse(left), other = parse(right);
  return one.has_value() && one == other;
}

bool same_bare_type(std::string_view left, std::string_view right) {
  const std::optional<MediaType> one = parse(left), other = parse(right);
  return one.has_value() && other.has_value() && one->name == other->name;
}

std::string choose_media_type(std::span<const std::string> wanted, std::span<const std::string> offered) {
  for (const std::string& type : wanted) {
    const auto found = std::find_if(offered.begin(), offered.end(),
                                    [&type](const std::string& other) { return same_media_type(type, other); });
    if (found != offered.end()) return *found;
  }
  return "";
}

}  // namespace avouch::dialect::veraison
