#include "dialect/veraison/cmw.h"

#include <cstdint>

#include "codec/base64.h"
#include "codec/cbor.h"
#include "codec/json.h"
#include "dialect/veraison/negotiation.h"

namespace avouch::dialect::veraison {
namespace {

constexpr std::uint64_t kCollectionTag = 907;
constexpr std::uint64_t kEatCwt = 263;  // CoAP content format of application/eat+cwt
constexpr std::int64_t kEvidenceBit = 1 << 2;

Error refused(const char* code, std::string detail) {
  return Error{Blame::kRequest, code, std::move(detail)};
}

std::string name_of_content_format(std::uint64_t number) {
  return number == kEatCwt ? "application/eat+cwt" : "content format " + std::to_string(number);
}

// RFC 9277 section 4.3: tags stand for the content formats 0 to 65024, but for every 256th.
Result<std::uint64_t> content_format_of(std::uint64_t tag) {
  constexpr std::uint64_t kFirst = 0x6374'0101, kRow = 256, kFormatsMax = 65'024;
  const std::uint64_t offset = tag - kFirst;
  const std::uint64_t format = offset / kRow * (kRow - 1) + offset % kRow;
  ENSURE(tag >= kFirst && offset % kRow != kRow - 1 && format <= kFormatsMax,
         refused("cmw.type", "tag " + std::to_string(tag) + " is of no content format"));
  return format;
}

Status check_indicator(std::int64_t indicator) {
  ENSURE((indicator & kEvidenceBit) != 0, refused("cmw.indicator", "what is wrapped says that it is no evidence"));
  return ok();
}

Result<Wrapped> from_json(std::string_view message) {
  const Json json = TRY(parse_json(message));
  ENSURE(json.as_object() == nullptr, refused("cmw.collection", "a JSON collection wraps no evidence known here"));
  const Json::Array* record = json.as_array();
  ENSURE(record != nullptr && (record->size() == 2 || record->size() == 3),
         refused("cmw.record", "a record is [type, value] or [type, value, indicator]"));
  const std::string* type = (*record)[0].as_string();
  const std::int64_t number = (*record)[0].as_integer().value_or(-1);
  ENSURE(type != nullptr || number >= 0, refused("cmw.type", "the type is a text or the number of a content format"));
  const std::string* value = (*record)[1].as_string();
  ENSURE(value != nullptr, refused("cmw.record", "the value is a text in base64url"));
  if (record->size() == 3) {
    const std::optional<std::int64_t> indicator = (*record)[2].as_integer();
    ENSURE(indicator.has_value() && *indicator >= 0, refused("cmw.record", "the indicator is a number"));
    TRY(check_indicator(*indicator));
  }
  Wrapped out{type != nullptr ? *type : name_of_content_format(static_cast<std::uint64_t>(number)), {}};
  out.evidence = TRY(codec::from_base64url(*value));
  return out;
}

Result<std::string> cbor_type(cbor::Reader& in) {
  const cbor::Kind kind = TRY(in.peek());
  if (kind == cbor::Kind::kText) {
    const std::string_view text = TRY(in.text());
    return std::string(text);
  }
  const std::uint64_t number = TRY(in.unsigned_integer());
  return name_of_content_format(number);
}

Result<Wrapped> from_record(cbor::Reader& in) {
  const std::uint64_t item_count = TRY(in.array());
  ENSURE(item_count == 2 || item_count == 3,
         refused("cmw.record", "a record is [type, value] or [type, value, indicator]"));
  Wrapped out;
  out.media_type = TRY(cbor_type(in));
  out.evidence = to_buffer(TRY(in.bytes()));
  if (item_count == 3) {
    const std::int64_t indicator = TRY(in.integer());
    ENSURE(indicator >= 0, refused("cmw.record", "the indicator is a number"));
    TRY(check_indicator(indicator));
  }
  TRY(in.end());
  return out;
}

Result<Wrapped> from_cbor(Bytes message) {
  cbor::Reader in(message, "cmw");
  const cbor::Kind kind = TRY(in.peek());
  if (kind != cbor::Kind::kTag) return from_record(in);
  const std::uint64_t tag = TRY(in.tag());
  if (tag == kCollectionTag) return Wrapped{std::string(kEvidenceTypes[0]), to_buffer(message)};
  Wrapped out;
  const std::uint64_t format = TRY(content_format_of(tag));
  out.media_type = name_of_content_format(format);
  out.evidence = to_buffer(TRY(in.bytes()));
  TRY(in.end());
  return out;
}

}  // namespace

// As the peer does it, by the first octet: none of those that begin JSON begins a record or a tag in CBOR.
Result<Wrapped> unwrap(std::string_view message) {
  ENSURE(!message.empty(), refused("cmw.empty", "nothing is there"));
  const bool is_json = message.front() == '[' || message.front() == '{';
  Wrapped out = TRY(is_json ? from_json(message) : from_cbor(as_bytes(message)));
  ENSURE(!out.evidence.empty(), refused("cmw.empty", "nothing is wrapped"));
  return out;
}

}  // namespace avouch::dialect::veraison
