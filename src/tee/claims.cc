#include "tee/claims.h"

namespace avouch::tee {
namespace {

constexpr std::string_view kTrustAnchor = ".trust-anchor/";

}  // namespace

const char* to_string(ReferenceState state) {
  switch (state) {
    case ReferenceState::kMissing:
      return "missing";
    case ReferenceState::kMismatched:
      return "mismatched";
    case ReferenceState::kMatched:
      return "matched";
  }
  return "missing";
}

std::string trust_anchor_name(std::string_view tee, std::string_view key) {
  return std::string(tee) + std::string(kTrustAnchor) + std::string(key);
}

std::optional<std::string> trust_anchor_of(std::string_view name) {
  const std::size_t mark = name.find(kTrustAnchor);
  if (mark == std::string_view::npos) return std::nullopt;
  return std::string(name.substr(mark + kTrustAnchor.size()));
}

}  // namespace avouch::tee
