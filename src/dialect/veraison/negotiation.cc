#include "dialect/veraison/negotiation.h"

#include <algorithm>
#include <string>

#include "dialect/veraison/media_type.h"

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

// Cuts off what comes before the next comma that is not quoted.
std::string_view take_range(std::string_view& ranges) {
  bool is_quoted = false;
  std::size_t at = 0;
  for (; at < ranges.size() && (is_quoted || ranges[at] != ','); ++at) {
    if (ranges[at] == '"') is_quoted = !is_quoted;
  }
  const std::string_view out = ranges.substr(0, at);
  ranges.remove_prefix(std::min(ranges.size(), at + 1));
  return out;
}

bool covers(std::string_view range, std::string_view type) {
  const std::string subtypes = std::string(type.substr(0, type.find('/'))) + "/*";
  return same_bare_type(range, type) || same_bare_type(range, subtypes) || same_bare_type(range, "*/*");
}

// RFC 9110 section 12.4.2: a weight of 0 is a refusal.
bool is_refusal(std::string_view range) {
  const std::string bare(range.substr(0, range.find(';')));
  const std::array<const char*, 4> zeros = {";q=0", ";q=0.0", ";q=0.00", ";q=0.000"};
  return std::any_of(zeros.begin(), zeros.end(), [&](const char* zero) { return same_media_type(range, bare + zero); });
}

}  // namespace

std::optional<std::string_view> evidence_type(std::string_view media_type) {
  const auto* found = std::find_if(kEvidenceTypes.begin(), kEvidenceTypes.end(),
                                   [&](std::string_view known) { return same_media_type(known, media_type); });
  return found == kEvidenceTypes.end() ? std::nullopt : std::optional(*found);
}

bool is_wrapper(std::string_view media_type) {
  return std::any_of(kWrapperTypes.begin(), kWrapperTypes.end(),
                     [&](std::string_view known) { return same_bare_type(known, media_type); });
}

bool accepts(const net::HttpRequest& request, std::string_view media_type) {
  std::string_view ranges = request.header("Accept").value_or("");
  if (ranges.empty()) return true;
  while (!ranges.empty()) {
    const std::string_view range = take_range(ranges);
    if (covers(range, media_type) && !is_refusal(range)) return true;
  }
  return false;
}

}  // namespace avouch::dialect::veraison
