// What a user probably meant.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace avouch::cmd {

// How many letters have to be added, dropped or replaced to make one text of the other (Levenshtein).
std::size_t edit_distance(std::string_view left, std::string_view right);

// The one of `known` that is nearest to `written`; "" if none is near.
std::string nearest_of(const std::vector<std::string>& known, std::string_view written);

}  // namespace avouch::cmd
