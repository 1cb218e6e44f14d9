// Whether octets are UTF-8, against a decoder of another make: each sequence is decoded by the bits of its head, and
// encoded again in the shortest form.
#include "codec/utf8.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/check.h"

namespace {

using avouch::Buffer;
using avouch::Bytes;

Buffer encode(std::uint32_t code) {
  const auto octet = [](std::uint32_t bits) { return static_cast<std::uint8_t>(bits); };
  const auto tail = [&](int shift) { return octet(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) return {octet(code)};
  if (code < 0x800) return {octet(0xc0 | (code >> 6)), tail(0)};
  if (code < 0x10000) return {octet(0xe0 | (code >> 12)), tail(6), tail(0)};
  return {octet(0xf0 | (code >> 18)), tail(12), tail(6), tail(0)};
}

// The length of the sequence that `rest` begins with, or none if it is not the one encoding of a character.
std::optional<std::size_t> sequence(Bytes rest) {
  const int ones = std::countl_one(rest[0]);
  if (ones == 1 || ones > 4) return std::nullopt;
  const std::size_t length = ones == 0 ? 1 : static_cast<std::size_t>(ones);
  if (rest.size() < length) return std::nullopt;
  std::uint32_t code = rest[0] & (0xffU >> (ones + 1));
  for (const std::uint8_t octet : rest.subspan(1, length - 1)) code = (code << 6) | (octet & 0x3f);
  if (code > 0x10ffff || (0xd800 <= code && code <= 0xdfff)) return std::nullopt;
  const Buffer again = encode(code);
  if (avouch::as_text(again) != avouch::as_text(rest.first(length))) return std::nullopt;
  return length;
}

bool is_utf8_by_decoding(Bytes octets) {
  while (!octets.empty()) {
    const std::optional<std::size_t> length = sequence(octets);
    if (!length.has_value()) return false;
    octets = octets.subspan(*length);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  CHECK(avouch::codec::is_utf8({data, size}) == is_utf8_by_decoding({data, size}));
  return 0;
}
