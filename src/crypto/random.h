// Random octets from the library's generator, seeded by the kernel. It cannot fail: it aborts where there is no
// entropy.
#pragma once

#include <array>
#include <span>

#include "base/bytes.h"

namespace avouch::crypto {

void fill_random(std::span<std::uint8_t> out);
Buffer random_bytes(std::size_t size_bytes);

template <std::size_t N>
std::array<std::uint8_t, N> random_array() {
  std::array<std::uint8_t, N> out;
  fill_random(out);
  return out;
}

}  // namespace avouch::crypto
