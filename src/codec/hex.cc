#include "codec/hex.h"

#include <array>

namespace avouch::codec {
namespace {

constexpr std::uint8_t kNoDigit = 0xFF;

constexpr std::array<std::uint8_t, 256> kDigitValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0') + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('a') + i] = static_cast<std::uint8_t>(10 + i);
    values[static_cast<std::size_t>('A') + i] = static_cast<std::uint8_t>(10 + i);
  }
  return values;
}();

std::uint8_t digit_value(char digit) {
  return kDigitValues[static_cast<std::uint8_t>(digit)];
}

}  // namespace

std::string to_hex(Bytes octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(octets.size() * 2);
  for (const std::uint8_t octet : octets) {
    out.push_back(kDigits[octet >> 4]);
    out.push_back(kDigits[octet & 0xF]);
  }
  return out;
}

Result<Buffer> from_hex(std::string_view text) {
  ENSURE(text.size() % 2 == 0, Error{Blame::kRequest, "hex.syntax", "odd number of digits"});
  Buffer out(text.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint8_t high = digit_value(text[2 * i]);
    const std::uint8_t low = digit_value(text[2 * i + 1]);
    ENSURE(high != kNoDigit && low != kNoDigit,
           Error{Blame::kRequest, "hex.syntax", "no digit at or after offset " + std::to_string(2 * i)});
    out[i] = static_cast<std::uint8_t>((high << 4) | low);
  }
  return out;
}

}  // namespace avouch::codec
