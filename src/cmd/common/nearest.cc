#include "cmd/common/nearest.h"

#include <algorithm>

namespace avouch::cmd {

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string nearest_of(const std::vector<std::string>& known, std::string_view written) {
  const std::size_t near = 1 + written.size() / 3;
  std::string out;
  std::size_t least = near + 1;
  for (const std::string& name : known) {
    const std::size_t distance = edit_distance(name, written);
    if (distance < least) out = name;
    least = std::min(least, distance);
  }
  return out;
}

}  // namespace avouch::cmd
