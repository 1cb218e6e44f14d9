#include "dialect/veraison/negotiation.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace avouch::dialect::veraison {
namespace {

constexpr std::array<std::string_view, 6> kWrapperTypes = {
    "application/cmw",
    "application/cmw+json",
    "application/cmw+cbor",
    "application/vnd.veraison.cmw",
    "application/vnd.veraison.cmw+json",
    "application/vnd.veraison.cmw+cbor",
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if ('A' <= c && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

// Cuts off what comes before the next `mark` that is not quoted.
std::string_view take_until(std::string_view& text, char mark) {
  bool is_quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (is_quoted || text[at] != mark); ++at) {
    if (text[at] == '"') is_quoted = !is_quoted;
  }
  const std::string_view out = text.substr(0, at);
  text.remove_prefix(std::min(text.size(), at + 1));
  return trimmed(out);
}

std::string_view unquoted(std::string_view text) {
  const bool is_quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

struct MediaType {
  std::string name;                                             // "application/eat-collection"
  std::vector<std::pair<std::string, std::string>> parameters;  // in their order
  bool operator==(const MediaType&) const = default;
};

MediaType parse(std::string_view text) {
  text = text.substr(0, limits::kMediaTypeBytes);
  MediaType out{lower(take_until(text, ';')), {}};
  while (!text.empty()) {
    std::string_view parameter = take_until(text, ';');
    const std::string name = lower(take_until(parameter, '='));
    if (!name.empty()) out.parameters.emplace_back(name, unquoted(trimmed(parameter)));
  }
  return out;
}

bool is_refused(const MediaType& range) {
  return std::any_of(range.parameters.begin(), range.parameters.end(), [](const auto& parameter) {
    return parameter.first == "q" && !parameter.second.empty() &&
           parameter.second.find_first_not_of("0.") == std::string::npos;
  });
}

bool covers(std::string_view range, std::string_view type) {
  if (range == "*/*" || range == type) return true;
  return range.ends_with("/*") && type.starts_with(range.substr(0, range.size() - 1));
}

}  // namespace

std::optional<std::string_view> evidence_type(std::string_view media_type) {
  if (media_type.size() > limits::kMediaTypeBytes) return std::nullopt;
  const MediaType asked = parse(media_type);
  const auto* found = std::find_if(kEvidenceTypes.begin(), kEvidenceTypes.end(),
                                   [&](std::string_view known) { return parse(known) == asked; });
  return found == kEvidenceTypes.end() ? std::nullopt : std::optional(*found);
}

bool is_wrapper(std::string_view media_type) {
  const std::string name = parse(media_type).name;
  return std::find(kWrapperTypes.begin(), kWrapperTypes.end(), name) != kWrapperTypes.end();
}

bool accepts(const net::HttpRequest& request, std::string_view media_type) {
  std::string_view ranges = trimmed(request.header("Accept").value_or(""));
  if (ranges.empty()) return true;
  while (!ranges.empty()) {
    const MediaType range = parse(take_until(ranges, ','));
    if (covers(range.name, media_type) && !is_refused(range)) return true;
  }
  return false;
}

}  // namespace avouch::dialect::veraison
