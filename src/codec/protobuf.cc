#include "codec/protobuf.h"

#include <string>

#include "codec/utf8.h"

namespace avouch::protobuf {
namespace {

constexpr std::uint64_t kFieldNumberMax = (1U << 29) - 1;
constexpr unsigned kVarintBits = 7;

Error bad(const char* code, std::string problem) {
  return Error{Blame::kRequest, code, "protobuf: " + std::move(problem)};
}

Error wrong_type(const Field& field) {
  return bad("protobuf.wire-type", "field " + std::to_string(field.number) + " has wire type " +
                                       std::to_string(static_cast<int>(field.wire)) + ", another is due");
}

}  // namespace

Result<Bytes> Field::bytes() const {
  ENSURE(wire == Wire::kLength, wrong_type(*this));
  return content;
}

Result<std::string_view> Field::text() const {
  const Bytes octets = TRY(bytes());
  ENSURE(codec::is_utf8(octets), bad("protobuf.utf8", "field " + std::to_string(number) + " is not UTF-8"));
  return as_text(octets);
}

Result<std::uint64_t> Field::varint() const {
  ENSURE(wire == Wire::kVarint, wrong_type(*this));
  return value;
}

Result<std::uint64_t> Reader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += kVarintBits) {
    ENSURE(!rest_.empty(), bad("protobuf.short", "a number is cut off"));
    const std::uint64_t octet = rest_.front();
    rest_ = rest_.subspan(1);
    // The tenth octet has room for one bit more.
    ENSURE(shift + kVarintBits <= 64 || octet <= 1, bad("protobuf.varint", "a number is beyond 64 bits"));
    value |= (octet & 0x7f) << shift;
    if ((octet & 0x80) == 0) return value;
  }
  return bad("protobuf.varint", "a number is beyond 64 bits");
}

Result<std::uint64_t> Reader::fixed(std::size_t size_bytes) {
  ENSURE(size_bytes <= rest_.size(), bad("protobuf.short", "a number is cut off"));
  std::uint64_t value = 0;
  for (std::size_t i = size_bytes; i-- > 0;) value = value << 8 | rest_[i];
  rest_ = rest_.subspan(size_bytes);
  return value;
}

Result<Field> Reader::next() {
  const std::uint64_t tag = TRY(varint());
  const std::uint64_t number = tag >> 3;
  ENSURE(1 <= number && number <= kFieldNumberMax, bad("protobuf.field", "there is no such field number"));
  Field field{static_cast<std::uint32_t>(number), static_cast<Wire>(tag & 7), 0, {}};
  switch (tag & 7) {
    case 0:
      field.value = TRY(varint());
      return field;
    case 1:
      field.value = TRY(fixed(8));
      return field;
    case 2: {
      const std::uint64_t length = TRY(varint());
      ENSURE(length <= rest_.size(),
             bad("protobuf.short", "field " + std::to_string(number) + " is longer than what is left"));
      field.content = rest_.first(static_cast<std::size_t>(length));
      rest_ = rest_.subspan(static_cast<std::size_t>(length));
      return field;
    }
    case 3:
    case 4:
      return bad("protobuf.group", "field " + std::to_string(number) + " is a group");
    case 5:
      field.value = TRY(fixed(4));
      return field;
    default:
      return bad("protobuf.field", "there is no wire type " + std::to_string(tag & 7));
  }
}

Result<TextEntry> read_text_entry(Bytes entry) {
  TextEntry out;
  for (Reader in(entry); !in.at_end();) {
    const Field field = TRY(in.next());
    if (field.number == 1) out.key = TRY(field.text());
    if (field.number == 2) out.value = TRY(field.text());
  }
  return out;
}

void Writer::append(std::uint64_t value) {
  for (; value >= 0x80; value >>= kVarintBits) out_.push_back(static_cast<std::uint8_t>(value | 0x80));
  out_.push_back(static_cast<std::uint8_t>(value));
}

void Writer::tag(std::uint32_t number, Wire wire) {
  append(std::uint64_t{number} << 3 | static_cast<std::uint64_t>(wire));
}

Writer& Writer::varint(std::uint32_t number, std::uint64_t value) {
  tag(number, Wire::kVarint);
  append(value);
  return *this;
}

Writer& Writer::bytes(std::uint32_t number, Bytes value) {
  tag(number, Wire::kLength);
  append(value.size());
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

Writer& Writer::fixed32(std::uint32_t number, std::uint32_t value) {
  tag(number, Wire::kFixed32);
  for (int shift = 0; shift < 32; shift += 8) out_.push_back(static_cast<std::uint8_t>(value >> shift));
  return *this;
}

Writer& Writer::fixed64(std::uint32_t number, std::uint64_t value) {
  tag(number, Wire::kFixed64);
  for (int shift = 0; shift < 64; shift += 8) out_.push_back(static_cast<std::uint8_t>(value >> shift));
  return *this;
}

Writer& Writer::entry(std::uint32_t number, TextEntry entry) {
  const Buffer content = Writer().text(1, entry.key).text(2, entry.value).take();
  return bytes(number, content);
}

}  // namespace avouch::protobuf
