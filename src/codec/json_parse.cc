// The only file that sees simdjson.
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "base/secret.h"
#include "codec/json.h"
#include "codec/utf8.h"

namespace avouch {
namespace {

namespace dom = simdjson::dom;

// A parser holds fifteen times its capacity and grows to the longest text it has met. Each thread keeps one for texts
// up to this size; a longer one gets a parser of its own, which goes when it has been read.
constexpr std::size_t kKeptParserBytes = 16 * 1024;

Error syntax(std::string detail) {
  return Error{Blame::kRequest, "json.syntax", std::move(detail)};
}

Error syntax_at(std::size_t offset, const char* problem) {
  return syntax("offset " + std::to_string(offset) + ": " + problem);
}

// The UTF-16 code unit that the escape "\u1234" at `offset` names, or -1 where no such escape stands.
int escaped_unit(std::string_view text, std::size_t offset) {
  if (text.size() < offset + 6 || text[offset] != '\\' || text[offset + 1] != 'u') return -1;
  const char* digits = text.data() + offset + 2;
  unsigned unit = 0;
  const auto [end, problem] = std::from_chars(digits, digits + 4, unit, 16);
  return problem == std::errc() && end == digits + 4 ? static_cast<int>(unit) : -1;
}

// Refuses "\u" escapes that name half a surrogate pair: simdjson 3.0 makes something of most of them. Every backslash
// of a valid text stands in a string, so that strings need not be told from what is between them.
Status check_surrogates(std::string_view text) {
  std::size_t offset = text.find('\\');
  while (offset != std::string_view::npos) {
    const int unit = escaped_unit(text, offset);
    const bool high = 0xD800 <= unit && unit <= 0xDBFF;
    ENSURE(unit < 0xDC00 || unit > 0xDFFF, syntax_at(offset, "unpaired surrogate"));
    if (high) {
      const int low = escaped_unit(text, offset + 6);
      ENSURE(0xDC00 <= low && low <= 0xDFFF, syntax_at(offset, "unpaired surrogate"));
    }
    offset = text.find('\\', offset + (high ? 12 : 2));
  }
  return ok();
}

Error from_simdjson(simdjson::error_code code) {
  const char* detail = simdjson::error_message(code);
  if (code == simdjson::DEPTH_ERROR) return Error{Blame::kRequest, "json.depth", detail};
  if (code == simdjson::NUMBER_ERROR) return Error{Blame::kRequest, "json.number", detail};
  return syntax(detail);
}

// Objects of a handful of members are looked through, without memory of their own; larger ones sorted.
constexpr std::size_t kHandful = 8;

std::optional<std::string_view> name_given_twice(const Json::Object& members) {
  if (members.size() <= kHandful) {
    for (auto member = members.begin(); member != members.end(); ++member) {
      const auto same = [&member](const Json::Member& other) { return other.first == member->first; };
      if (std::any_of(members.begin(), member, same)) return member->first;
    }
    return std::nullopt;
  }
  std::vector<std::string_view> names;
  names.reserve(members.size());
  for (const Json::Member& member : members) names.push_back(member.first);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice != names.end() ? std::optional(*twice) : std::nullopt;
}

Result<Json> convert(const dom::element& element, std::size_t depth);

Result<Json> convert_array(const dom::array& array, std::size_t depth) {
  Json::Array items;
  items.reserve(array.size());
  for (const dom::element& item : array) {
    if (item.is<std::int64_t>()) {  // what long arrays consist of: evidence is often sent as octets
      items.emplace_back(item.get_int64().value_unsafe());
    } else {
      items.push_back(TRY(convert(item, depth)));
    }
  }
  return Json(std::move(items));
}

Result<Json> convert_object(const dom::object& object, std::size_t depth) {
  Json::Object members;
  members.reserve(object.size());
  for (const dom::key_value_pair& member : object) {
    Json value = TRY(convert(member.value, depth));
    members.emplace_back(std::string(member.key), std::move(value));
  }
  const std::optional<std::string_view> twice = name_given_twice(members);
  ENSURE(!twice.has_value(), Error{Blame::kRequest, "json.duplicate", std::string(codec::utf8_prefix(*twice, 64))});
  return Json(std::move(members));
}

// `depth` counts the containers around the element.
Result<Json> convert(const dom::element& element, std::size_t depth) {
  switch (element.type()) {
    case dom::element_type::ARRAY:
    case dom::element_type::OBJECT:
      ENSURE(depth < limits::kJsonDepth, Error{Blame::kRequest, "json.depth", "nested too deep"});
      return element.is_array() ? convert_array(element.get_array().value_unsafe(), depth + 1)
                                : convert_object(element.get_object().value_unsafe(), depth + 1);
    case dom::element_type::STRING:
      return Json(std::string_view(element.get_string().value_unsafe()));
    case dom::element_type::INT64:
      return Json(element.get_int64().value_unsafe());
    case dom::element_type::UINT64:
      return Json(element.get_uint64().value_unsafe());
    case dom::element_type::DOUBLE:
      return Json(element.get_double().value_unsafe());
    case dom::element_type::BOOL:
      return Json(element.get_bool().value_unsafe());
    case dom::element_type::NULL_VALUE:
      return Json();
  }
  return syntax("unknown kind of value");
}

// What a parser keeps of a text, wiped when it has been read: its own copy, made to have readable octets behind the
// end, and the strings that it found. They hold what the text held.
class Padded {
 public:
  Padded(dom::parser& parser, std::string_view text) : parser_(parser), text_(text), padded_(text) {}
  Padded(const Padded&) = delete;
  Padded& operator=(const Padded&) = delete;
  ~Padded() {
    wipe_memory(padded_.data(), padded_.size());
    // At most as many as simdjson makes room for: strings may be as long as the text, each with a length before it.
    if (parser_.doc.string_buf != nullptr) wipe_memory(parser_.doc.string_buf.get(), 5 * text_.size() / 3);
  }
  const char* data() const { return padded_.data(); }

 private:
  dom::parser& parser_;
  std::string_view text_;
  simdjson::padded_string padded_;
};

Result<Json> parse_with(dom::parser& parser, std::string_view text) {
  const Padded padded(parser, text);
  dom::element root;
  const simdjson::error_code failed = parser.parse(padded.data(), text.size(), false).get(root);
  if (failed != simdjson::SUCCESS) return from_simdjson(failed);
  return convert(root, 0);
}

// One level more than allowed: simdjson counts the document as a level.
Status prepare(dom::parser& parser, std::size_t capacity) {
  const simdjson::error_code failed = parser.allocate(capacity, limits::kJsonDepth + 1);
  if (failed != simdjson::SUCCESS) return from_simdjson(failed);
  return ok();
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  ENSURE(!text.empty(), syntax_at(0, "empty text"));  // simdjson copies from the pointer, which may be null
  ENSURE(!text.starts_with("\xEF\xBB\xBF"), syntax_at(0, "byte order mark"));
  TRY(check_surrogates(text));
  if (text.size() > kKeptParserBytes) {
    dom::parser parser;
    TRY(prepare(parser, text.size()));
    return parse_with(parser, text);
  }
  thread_local dom::parser parser(kKeptParserBytes);
  if (parser.capacity() == 0) TRY(prepare(parser, kKeptParserBytes));
  return parse_with(parser, text);
}

}  // namespace avouch
