#include "codec/cbor.h"

namespace avouch::cbor {
namespace {

// RFC 8949 section 3.1 and section 3.3, table 3.
constexpr std::uint8_t kFalse = 0xF4;
constexpr std::uint8_t kTrue = 0xF5;
constexpr std::uint8_t kNull = 0xF6;

// How many octets of the argument follow the initial byte, in the shortest form.
int following_bytes(std::uint64_t argument) {
  if (argument < 24) return 0;
  if (argument <= 0xFF) return 1;
  if (argument <= 0xFFFF) return 2;
  return argument <= 0xFFFFFFFF ? 4 : 8;
}

std::uint8_t additional_information(int following) {
  switch (following) {
    case 1:
      return 24;
    case 2:
      return 25;
    case 4:
      return 26;
    default:
      return 27;
  }
}

}  // namespace

void Writer::head(std::uint8_t major, std::uint64_t argument) {
  const int following = following_bytes(argument);
  const std::uint8_t information =
      following == 0 ? static_cast<std::uint8_t>(argument) : additional_information(following);
  out_.push_back(static_cast<std::uint8_t>((major << 5) | information));
  for (int shift = 8 * (following - 1); shift >= 0; shift -= 8) {
    out_.push_back(static_cast<std::uint8_t>(argument >> shift));
  }
}

Writer& Writer::integer(std::int64_t value) {
  if (value >= 0) {
    head(0, static_cast<std::uint64_t>(value));
  } else {
    head(1, static_cast<std::uint64_t>(-1 - value));
  }
  return *this;
}

Writer& Writer::unsigned_integer(std::uint64_t value) {
  head(0, value);
  return *this;
}

Writer& Writer::bytes(Bytes value) {
  head(2, value.size());
  return raw(value);
}

Writer& Writer::text(std::string_view value) {
  head(3, value.size());
  return raw(as_bytes(value));
}

Writer& Writer::array(std::uint64_t item_count) {
  head(4, item_count);
  return *this;
}

Writer& Writer::map(std::uint64_t pair_count) {
  head(5, pair_count);
  return *this;
}

Writer& Writer::tag(std::uint64_t number) {
  head(6, number);
  return *this;
}

Writer& Writer::boolean(bool value) {
  out_.push_back(value ? kTrue : kFalse);
  return *this;
}

Writer& Writer::null() {
  out_.push_back(kNull);
  return *this;
}

Writer& Writer::raw(Bytes encoded_item) {
  out_.insert(out_.end(), encoded_item.begin(), encoded_item.end());
  return *this;
}

}  // namespace avouch::cbor
