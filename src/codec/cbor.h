// CBOR (RFC 8949): a reader without copies that accepts only definite lengths and shortest-form heads, and a writer
// that emits what it accepts. Nothing here allocates on reading, save the list of keys that finds duplicates.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::cbor {

enum class Kind : unsigned char { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };

// Reads items one after the other. All failures blame kEvidence:
//   cbor.short, cbor.kind (another kind of item stands there), cbor.indefinite, cbor.not-shortest, cbor.utf8,
//   cbor.integer (beyond 64 bits with sign), cbor.depth, cbor.duplicate-key, cbor.too-many, cbor.trailing, cbor.simple
class Reader {
 public:
  // `what` names the document in errors ("cca.realm"); both must outlive the reader and what it returns.
  Reader(Bytes input, const char* what) : input_(input), what_(what) {}

  Result<Kind> peek() const;
  bool at_end() const { return offset_ == input_.size(); }
  Result<std::uint64_t> unsigned_integer();
  Result<std::int64_t> integer();
  Result<Bytes> bytes();
  Result<std::string_view> text();  // valid UTF-8
  Result<std::uint64_t> array();    // how many items follow; never more than there are octets left
  Result<std::uint64_t> map();      // how many pairs follow; at most limits::kCborMapPairs
  Result<std::uint64_t> tag();
  Result<bool> boolean();
  Status null();
  Result<Bytes> skip();  // one whole item of any kind, checked throughout; its octets
  Status end() const;    // refuses anything left over
  std::size_t offset() const { return offset_; }
  const char* what() const { return what_; }
  Error error(const char* code, const char* problem) const;

 private:
  struct Head;
  Result<Head> head() const;        // decodes and stays
  Result<Head> expect(Kind kind);   // decodes and passes over
  Result<Bytes> string(Kind kind);  // head and content
  Status skip_item(std::size_t depth);
  Status skip_map(std::size_t depth);
  Bytes input_;
  const char* what_;
  std::size_t offset_ = 0;
};

// A map key: labels of COSE and CWT are integers or texts.
struct Key {
  bool is_text;
  std::int64_t number;    // unless is_text
  std::string_view text;  // if is_text
  bool is(std::int64_t label) const { return !is_text && number == label; }
};

// Reads a whole map, calling on_pair for each pair; on_pair must read exactly the value. Refuses a key that comes
// twice.
Status read_map(Reader& in, const std::function<Status(const Key& key, Reader& value)>& on_pair);

// Writes items one after the other, shortest form. The caller says how many items a container has.
class Writer {
 public:
  Writer& integer(std::int64_t value);
  Writer& unsigned_integer(std::uint64_t value);
  Writer& bytes(Bytes value);
  Writer& text(std::string_view value);
  Writer& array(std::uint64_t item_count);
  Writer& map(std::uint64_t pair_count);
  Writer& tag(std::uint64_t number);
  Writer& boolean(bool value);
  Writer& null();
  Writer& raw(Bytes encoded_item);
  Buffer take() { return std::move(out_); }
  Bytes view() const { return out_; }

 private:
  void head(std::uint8_t major, std::uint64_t argument);
  Buffer out_;
};

}  // namespace avouch::cbor
