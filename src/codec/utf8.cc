#include "codec/utf8.h"

#include <cstring>

namespace avouch::codec {
namespace {

bool in_range(std::uint8_t octet, std::uint8_t low, std::uint8_t high) {
  return low <= octet && octet <= high;
}

// How many octets at the start of `octets` are one character beyond ASCII, or 0 if they are none (RFC 3629 section 4).
std::size_t character_size(Bytes octets) {
  const std::uint8_t first = octets[0];
  const std::size_t size = in_range(first, 0xC2, 0xDF)   ? 2
                           : in_range(first, 0xE0, 0xEF) ? 3
                           : in_range(first, 0xF0, 0xF4) ? 4
                                                         : 0;
  if (size == 0 || octets.size() < size) return 0;
  // What follows these four has a narrower range: else it would be overlong, a surrogate or above U+10FFFF.
  const std::uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (!in_range(octets[1], low, high)) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (!in_range(octets[i], 0x80, 0xBF)) return 0;
  }
  return size;
}

// Eight octets at once: the common text is ASCII throughout.
bool starts_with_eight_ascii(Bytes octets) {
  if (octets.size() < 8) return false;
  std::uint64_t word;
  std::memcpy(&word, octets.data(), sizeof(word));
  return (word & 0x8080808080808080U) == 0;
}

}  // namespace

bool is_utf8(Bytes octets) {
  while (!octets.empty()) {
    if (starts_with_eight_ascii(octets)) {
      octets = octets.subspan(8);
    } else if (octets[0] < 0x80) {
      octets = octets.subspan(1);
    } else {
      const std::size_t size = character_size(octets);
      if (size == 0) return false;
      octets = octets.subspan(size);
    }
  }
  return true;
}

std::string_view utf8_prefix(std::string_view text, std::size_t octets_max) {
  if (text.size() <= octets_max) return text;
  std::size_t end = octets_max;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace avouch::codec
