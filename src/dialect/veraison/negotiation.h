// Media types of Veraison's verification service: what it takes, what it gives, and what a client accepts.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "net/http_message.h"

namespace avouch::dialect::veraison {

inline constexpr std::string_view kSessionType = "application/vnd.veraison.challenge-response-session+json";
inline constexpr std::string_view kDiscoveryType = "application/vnd.veraison.discovery+json";
inline constexpr std::string_view kProblemType = "application/problem+json";

// Evidence that is verified here, in the order in which it is offered. The first is the peer's own name for a CCA token
// of whatever profile; the others are those of platforms of 2023.
inline constexpr std::array<std::string_view, 4> kEvidenceTypes = {
    R"(application/eat-collection; profile="http://arm.com/CCA-SSD/1.0.0")",
    R"(application/eat-collection; profile="tag:arm.com,2023:cca_platform#1.0.0")",
    R"(application/eat-cwt; profile="tag:arm.com,2023:cca_platform#1.0.0")",
    R"(application/eat+cwt; eat_profile="tag:arm.com,2023:cca_platform#1.0.0")",
};

// Which of kEvidenceTypes this is, in whatever case, quoted or not, with whatever space; nothing if it is none.
std::optional<std::string_view> evidence_type(std::string_view media_type);
// Whether evidence comes in a conceptual message wrapper, in JSON or CBOR.
bool is_wrapper(std::string_view media_type);
// Whether the client takes an answer of this type; also if it does not say (RFC 9110 section 12.5.1).
bool accepts(const net::HttpRequest& request, std::string_view media_type);

}  // namespace avouch::dialect::veraison
