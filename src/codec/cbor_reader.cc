#include <algorithm>
#include <limits>
#include <vector>

#include "base/limits.h"
#include "codec/cbor.h"
#include "codec/utf8.h"

namespace avouch::cbor {
namespace {

// Additional information of an initial byte (RFC 8949 section 3, table 1 and section 3.3, table 3).
constexpr std::uint8_t kOneByteFollows = 24;
constexpr std::uint8_t kEightBytesFollow = 27;
constexpr std::uint8_t kIndefinite = 31;
constexpr std::uint8_t kFalse = 20;
constexpr std::uint8_t kTrue = 21;
constexpr std::uint8_t kNull = 22;
constexpr std::uint64_t kLowestLongSimple = 32;

constexpr auto kHighestInteger = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

// The encoded keys of one map, sorted: by length, then by octets. Writers that sort their keys only append.
class KeySet {
 public:
  explicit KeySet(std::uint64_t pair_count) { keys_.reserve(pair_count); }  // bounded by Reader::map()

  // False if the key is there already.
  bool insert(Bytes key) {
    const auto place = keys_.empty() || less(keys_.back(), key)
                           ? keys_.end()
                           : std::lower_bound(keys_.begin(), keys_.end(), key, less);
    if (place != keys_.end() && !less(key, *place)) return false;
    keys_.insert(place, key);
    return true;
  }

 private:
  static bool less(Bytes left, Bytes right) {
    if (left.size() != right.size()) return left.size() < right.size();
    return as_text(left) < as_text(right);
  }
  std::vector<Bytes> keys_;
};

}  // namespace

struct Reader::Head {
  Kind kind;
  std::uint8_t information;  // the low five bits of the initial byte
  std::uint64_t argument;
  std::size_t size_bytes;
};

Error Reader::error(const char* code, const char* problem) const {
  return Error{Blame::kEvidence, code, std::string(what_) + " at offset " + std::to_string(offset_) + ": " + problem};
}

// RFC 8949 section 3, with the shortest form that section 4.2.1 asks for.
Result<Reader::Head> Reader::head() const {
  ENSURE(!at_end(), error("cbor.short", "an item is missing"));
  const std::uint8_t initial = input_[offset_];
  Head head{static_cast<Kind>(initial >> 5), static_cast<std::uint8_t>(initial & 0x1F), initial & 0x1FU, 1};
  if (head.information < kOneByteFollows) return head;
  ENSURE(head.information != kIndefinite, error("cbor.indefinite", "indefinite length, or a break"));
  ENSURE(head.information <= kEightBytesFollow, error("cbor.kind", "reserved initial byte"));

  const std::size_t following = std::size_t{1} << (head.information - kOneByteFollows);
  ENSURE(following < input_.size() - offset_, error("cbor.short", "the head is cut off"));
  head.argument = 0;
  for (std::size_t i = 1; i <= following; ++i) head.argument = (head.argument << 8) | input_[offset_ + i];
  head.size_bytes = 1 + following;

  if (head.kind == Kind::kSimple) {  // More octets than one are a float, which may have any length: none is ever read.
    ENSURE(following > 1 || head.argument >= kLowestLongSimple, error("cbor.simple", "simple value in a longer form"));
    return head;
  }
  const std::uint64_t lowest = following == 1 ? kOneByteFollows : std::uint64_t{1} << (following * 4);
  ENSURE(head.argument >= lowest, error("cbor.not-shortest", "the head could be shorter"));
  return head;
}

Result<Reader::Head> Reader::expect(Kind kind) {
  const Head found = TRY(head());
  ENSURE(found.kind == kind, error("cbor.kind", "another kind of item is needed here"));
  offset_ += found.size_bytes;
  return found;
}

Result<Bytes> Reader::string(Kind kind) {
  const Head found = TRY(expect(kind));
  ENSURE(found.argument <= input_.size() - offset_, error("cbor.short", "the string is cut off"));
  const Bytes content = input_.subspan(offset_, found.argument);
  offset_ += found.argument;
  return content;
}

Result<Kind> Reader::peek() const {
  ENSURE(!at_end(), error("cbor.short", "an item is missing"));
  return static_cast<Kind>(input_[offset_] >> 5);
}

Result<std::uint64_t> Reader::unsigned_integer() {
  return TRY(expect(Kind::kUnsigned)).argument;
}

Result<std::int64_t> Reader::integer() {
  const Head found = TRY(head());
  ENSURE(found.kind == Kind::kUnsigned || found.kind == Kind::kNegative,
         error("cbor.kind", "an integer is needed here"));
  ENSURE(found.argument <= kHighestInteger, error("cbor.integer", "beyond 64 bits with sign"));
  offset_ += found.size_bytes;
  const auto argument = static_cast<std::int64_t>(found.argument);
  return found.kind == Kind::kUnsigned ? argument : -1 - argument;
}

Result<Bytes> Reader::bytes() {
  return string(Kind::kBytes);
}

Result<std::string_view> Reader::text() {
  const Bytes content = TRY(string(Kind::kText));
  ENSURE(codec::is_utf8(content), error("cbor.utf8", "the text that ends here is not UTF-8"));
  return as_text(content);
}

Result<std::uint64_t> Reader::array() {
  const Head found = TRY(expect(Kind::kArray));
  ENSURE(found.argument <= input_.size() - offset_, error("cbor.short", "more items than octets left"));
  return found.argument;
}

Result<std::uint64_t> Reader::map() {
  const Head found = TRY(expect(Kind::kMap));
  ENSURE(found.argument <= (input_.size() - offset_) / 2, error("cbor.short", "more pairs than octets left"));
  ENSURE(found.argument <= limits::kCborMapPairs, error("cbor.too-many", "too many pairs in a map"));
  return found.argument;
}

Result<std::uint64_t> Reader::tag() {
  return TRY(expect(Kind::kTag)).argument;
}

Result<bool> Reader::boolean() {
  const Head found = TRY(head());
  ENSURE(found.kind == Kind::kSimple, error("cbor.kind", "true or false is needed here"));
  ENSURE(found.information == kFalse || found.information == kTrue, error("cbor.simple", "neither true nor false"));
  offset_ += found.size_bytes;
  return found.information == kTrue;
}

Status Reader::null() {
  const Head found = TRY(head());
  ENSURE(found.kind == Kind::kSimple, error("cbor.kind", "null is needed here"));
  ENSURE(found.information == kNull, error("cbor.simple", "not null"));
  offset_ += found.size_bytes;
  return ok();
}

Result<Bytes> Reader::skip() {
  const std::size_t start = offset_;
  TRY(skip_item(0));
  return input_.subspan(start, offset_ - start);
}

// `depth` counts the arrays, maps and tags around the item.
Status Reader::skip_item(std::size_t depth) {
  const Kind kind = TRY(peek());
  const bool container = kind == Kind::kArray || kind == Kind::kMap || kind == Kind::kTag;
  ENSURE(!container || depth < limits::kCborDepth, error("cbor.depth", "nested too deep"));
  switch (kind) {
    case Kind::kUnsigned:
    case Kind::kNegative:
    case Kind::kSimple:
      TRY(expect(kind));
      break;
    case Kind::kBytes:
      TRY(bytes());
      break;
    case Kind::kText:
      TRY(text());
      break;
    case Kind::kTag:
      TRY(tag());
      TRY(skip_item(depth + 1));
      break;
    case Kind::kArray: {
      const std::uint64_t count = TRY(array());
      for (std::uint64_t i = 0; i < count; ++i) TRY(skip_item(depth + 1));
      break;
    }
    case Kind::kMap:
      TRY(skip_map(depth + 1));
      break;
  }
  return ok();
}

Status Reader::skip_map(std::size_t depth) {
  const std::uint64_t count = TRY(map());
  KeySet keys(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t start = offset_;
    TRY(skip_item(depth));
    ENSURE(keys.insert(input_.subspan(start, offset_ - start)),
           error("cbor.duplicate-key", "the key that ends here came before"));
    TRY(skip_item(depth));
  }
  return ok();
}

Status Reader::end() const {
  ENSURE(at_end(), error("cbor.trailing", "octets left over"));
  return ok();
}

namespace {

Result<Key> read_key(Reader& in) {
  const Kind kind = TRY(in.peek());
  if (kind == Kind::kText) return Key{.is_text = true, .number = 0, .text = TRY(in.text())};
  return Key{.is_text = false, .number = TRY(in.integer()), .text = {}};
}

}  // namespace

Status read_map(Reader& in, const std::function<Status(const Key& key, Reader& value)>& on_pair) {
  const std::uint64_t count = TRY(in.map());
  KeySet keys(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    Reader before = in;
    const Key key = TRY(read_key(in));
    const Bytes encoded = TRY(before.skip());
    ENSURE(keys.insert(encoded), in.error("cbor.duplicate-key", "the key that ends here came before"));
    TRY(on_pair(key, in));
  }
  return ok();
}

}  // namespace avouch::cbor
