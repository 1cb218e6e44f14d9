// Protocol buffers' wire format: a reader without copies and a writer. What a field means, and how often it may come,
// is its message's business. Source: https://protobuf.dev/programming-guides/encoding/.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::protobuf {

// The wire types in use. The two of groups (3 and 4) are no longer, and refused.
enum class Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

// One field as it was found, its content borrowed from the message.
struct Field {
  std::uint32_t number;
  Wire wire;
  std::uint64_t value;  // unless wire is kLength
  Bytes content;        // if wire is kLength

  // The content as the message's schema has it.
  //   fails   kRequest: protobuf.wire-type (the field is of another type), protobuf.utf8
  Result<std::string_view> text() const;
  Result<Bytes> bytes() const;  // also an embedded message
  Result<std::uint64_t> varint() const;
};

// Reads the fields of one message, one after the other, in the order in which they were sent. A caller passes over
// those that it does not know, lets a later value of a field replace an earlier one, and bounds those that repeat.
class Reader {
 public:
  explicit Reader(Bytes message) : rest_(message) {}
  bool at_end() const { return rest_.empty(); }
  //   fails   kRequest: protobuf.short, protobuf.varint (beyond 64 bits), protobuf.field (no such number or wire type),
  //           protobuf.group
  Result<Field> next();

 private:
  Result<std::uint64_t> varint();
  Result<std::uint64_t> fixed(std::size_t size_bytes);
  Bytes rest_;
};

// An entry of a map: an embedded message with the key as field 1 and the value as field 2, both texts. What is missing
// is empty, as everywhere.   fails   kRequest: protobuf.*
struct TextEntry {
  std::string_view key, value;
};
Result<TextEntry> read_text_entry(Bytes entry);

// Writes fields one after the other.
class Writer {
 public:
  Writer& varint(std::uint32_t number, std::uint64_t value);
  Writer& text(std::uint32_t number, std::string_view value) { return bytes(number, as_bytes(value)); }
  Writer& bytes(std::uint32_t number, Bytes value);  // also an embedded message
  Writer& fixed32(std::uint32_t number, std::uint32_t value);
  Writer& fixed64(std::uint32_t number, std::uint64_t value);
  Writer& entry(std::uint32_t number, TextEntry entry);
  Buffer take() { return std::move(out_); }

 private:
  void tag(std::uint32_t number, Wire wire);
  void append(std::uint64_t value);
  Buffer out_;
};

}  // namespace avouch::protobuf
