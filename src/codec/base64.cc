#include "codec/base64.h"

#include <array>

namespace avouch::codec {
namespace {

constexpr char kStandard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kUrlSafe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Above every value of six bits, so that one test of the highest bit finds a stray character among four.
constexpr std::uint8_t kStray = 0x80;
using Values = std::array<std::uint8_t, 256>;

constexpr Values values_of(const char* alphabet) {
  Values values{};
  values.fill(kStray);
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<std::uint8_t>(alphabet[i])] = i;
  return values;
}

constexpr Values kStandardValues = values_of(kStandard);
constexpr Values kUrlSafeValues = values_of(kUrlSafe);

Error syntax(const char* problem, std::size_t offset) {
  return Error{Blame::kRequest, "base64.syntax",
               std::string(problem) + " at or after offset " + std::to_string(offset)};
}

std::string encode(Bytes octets, const char* alphabet, bool padded) {
  const std::size_t tail = octets.size() % 3;
  const std::size_t tail_size = tail == 0 ? 0 : padded ? 4 : tail + 1;
  std::string out(octets.size() / 3 * 4 + tail_size, '=');
  char* target = out.data();
  for (; octets.size() >= 3; octets = octets.subspan(3), target += 4) {
    target[0] = alphabet[octets[0] >> 2];
    target[1] = alphabet[((octets[0] << 4) | (octets[1] >> 4)) & 0x3F];
    target[2] = alphabet[((octets[1] << 2) | (octets[2] >> 6)) & 0x3F];
    target[3] = alphabet[octets[2] & 0x3F];
  }
  if (tail == 0) return out;
  const int second = tail == 2 ? octets[1] : 0;
  target[0] = alphabet[octets[0] >> 2];
  target[1] = alphabet[((octets[0] << 4) | (second >> 4)) & 0x3F];
  if (tail == 2) target[2] = alphabet[(second << 2) & 0x3F];
  return out;
}

// The last two or three characters, which stand for one or two octets and end in bits that must be zero
// (RFC 4648 section 3.5): else several texts would mean the same octets.
Status decode_tail(std::string_view tail, std::size_t offset, const Values& values, std::uint8_t* out) {
  ENSURE(tail.size() != 1, syntax("cut off", offset));
  std::uint32_t bits = 0;
  for (const char character : tail) {
    const std::uint8_t value = values[static_cast<std::uint8_t>(character)];
    ENSURE(value != kStray, syntax("stray character", offset));
    bits = (bits << 6) | value;
  }
  if (tail.size() == 2) {
    ENSURE((bits & 0xF) == 0, syntax("bits left over", offset));
    out[0] = static_cast<std::uint8_t>(bits >> 4);
  }
  if (tail.size() == 3) {
    ENSURE((bits & 0x3) == 0, syntax("bits left over", offset));
    out[0] = static_cast<std::uint8_t>(bits >> 10);
    out[1] = static_cast<std::uint8_t>(bits >> 2);
  }
  return ok();
}

Result<Buffer> decode_unpadded(std::string_view text, const Values& values) {
  Buffer out(text.size() / 4 * 3 + (text.size() % 4) * 3 / 4);
  const std::size_t whole = text.size() / 4 * 4;
  std::uint8_t* target = out.data();
  for (std::size_t i = 0; i < whole; i += 4, target += 3) {
    const std::uint8_t a = values[static_cast<std::uint8_t>(text[i])];
    const std::uint8_t b = values[static_cast<std::uint8_t>(text[i + 1])];
    const std::uint8_t c = values[static_cast<std::uint8_t>(text[i + 2])];
    const std::uint8_t d = values[static_cast<std::uint8_t>(text[i + 3])];
    ENSURE(((a | b | c | d) & kStray) == 0, syntax("stray character", i));
    target[0] = static_cast<std::uint8_t>((a << 2) | (b >> 4));
    target[1] = static_cast<std::uint8_t>((b << 4) | (c >> 2));
    target[2] = static_cast<std::uint8_t>((c << 6) | d);
  }
  TRY(decode_tail(text.substr(whole), whole, values, target));
  return out;
}

// Without the padding, which must fill the text to a multiple of four characters.
Result<std::string_view> strip_padding(std::string_view text) {
  ENSURE(text.size() % 4 == 0, syntax("wrong padding", text.size()));
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string to_base64(Bytes octets) {
  return encode(octets, kStandard, true);
}

std::string to_base64url(Bytes octets) {
  return encode(octets, kUrlSafe, false);
}

Result<Buffer> from_base64(std::string_view text) {
  const std::string_view unpadded = TRY(strip_padding(text));
  return decode_unpadded(unpadded, kStandardValues);
}

Result<Buffer> from_base64url(std::string_view text) {
  return decode_unpadded(text, kUrlSafeValues);
}

Result<Buffer> from_any_base64(std::string_view text) {
  const bool url_safe = text.find_first_of("-_") != std::string_view::npos;
  const std::string_view unpadded = text.ends_with('=') ? TRY(strip_padding(text)) : text;
  return decode_unpadded(unpadded, url_safe ? kUrlSafeValues : kStandardValues);
}

}  // namespace avouch::codec
