// ByteReader: the only way untrusted bytes become numbers. Never reads past its end, never throws.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch {

class ByteReader {
 public:
  // `what` names the structure in errors ("cbor"); both arguments must outlive the reader.
  ByteReader(Bytes input, const char* what) : input_(input), what_(what) {}

  template <std::unsigned_integral U>
  Result<U> little_endian() {
    const Bytes raw = TRY(take(sizeof(U)));
    U value = 0;
    for (std::size_t i = sizeof(U); i-- > 0;) value = static_cast<U>((std::uint64_t{value} << 8) | raw[i]);
    return value;
  }

  template <std::unsigned_integral U>
  Result<U> big_endian() {
    const Bytes raw = TRY(take(sizeof(U)));
    U value = 0;
    for (const std::uint8_t octet : raw) value = static_cast<U>((std::uint64_t{value} << 8) | octet);
    return value;
  }

  template <std::size_t N>
  Result<std::array<std::uint8_t, N>> array() {
    const Bytes raw = TRY(take(N));
    std::array<std::uint8_t, N> out;
    std::copy(raw.begin(), raw.end(), out.begin());
    return out;
  }

  Result<Bytes> take(std::size_t length) {
    ENSURE(length <= input_.size(), Error{Blame::kEvidence, "parse.short", at("needs more bytes")});
    const Bytes head = input_.first(length);
    input_ = input_.subspan(length);
    offset_ += length;
    return head;
  }

  Status skip(std::size_t length) {
    TRY(take(length));
    return ok();
  }

  // Reserved bytes: consume them, and refuse anything but zero.
  Status zeros(std::size_t length) {
    const Bytes raw = TRY(take(length));
    ENSURE(std::all_of(raw.begin(), raw.end(), [](std::uint8_t octet) { return octet == 0; }),
           Error{Blame::kEvidence, "parse.reserved", at("reserved bytes are not zero")});
    return ok();
  }

  // The end. A parser that does not call this has not finished.
  Status end() const {
    ENSURE(input_.empty(), Error{Blame::kEvidence, "parse.trailing", at("bytes left over")});
    return ok();
  }

  Bytes rest() const { return input_; }
  std::size_t offset() const { return offset_; }
  std::string at(const char* problem) const {
    return std::string(what_) + " at offset " + std::to_string(offset_) + ": " + problem;
  }

 private:
  Bytes input_;
  const char* what_;
  std::size_t offset_ = 0;
};

}  // namespace avouch
