// Media types, compared by what they say and not by how they are spelt.
// Source: RFC 9110 sections 5.6.6 and 8.3.1.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace avouch::dialect::veraison {

// Type, subtype and names of parameters in any case, parameters in any order, their values quoted or not; what is no
// media type is the same as none.
bool same_media_type(std::string_view left, std::string_view right);

// The same without parameters.
bool same_bare_type(std::string_view left, std::string_view right);

// The first of `wanted` that is among `offered`, as it is spelt there; empty if none is.
std::string choose_media_type(std::span<const std::string> wanted, std::span<const std::string> offered);

}  // namespace avouch::dialect::veraison
