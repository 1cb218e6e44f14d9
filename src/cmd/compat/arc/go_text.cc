#include "cmd/compat/arc/go_text.h"

#include <algorithm>
#include <cstdio>

#include "codec/base64.h"

namespace avouch::arc {
namespace {

constexpr std::size_t kIndent = 4;

std::string hex_escape(const char* format, unsigned code) {
  char text[8];
  return {text, static_cast<std::size_t>(std::snprintf(text, sizeof text, format, code))};
}

// encoding/json's short escapes, or nothing.
const char* short_escape(char octet) {
  switch (octet) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return nullptr;
  }
}

bool is_control(char octet) {
  return static_cast<unsigned char>(octet) < 0x20 || octet == 0x7F;
}

// A control character from U+0080 to U+009F: "\u009b". Terminals obey those too. Go writes them as they are.
std::string c1_escape(std::string_view two) {
  const auto octet = [two](std::size_t i) { return static_cast<unsigned char>(two[i]); };
  const bool is_c1 = two.size() == 2 && octet(0) == 0xC2 && 0x80 <= octet(1) && octet(1) < 0xA0;
  return is_c1 ? hex_escape("\\u%04x", octet(1)) : "";
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char octet = text[i];
    const std::string_view three = text.substr(i, 3);
    if (const char* escape = short_escape(octet)) {
      out += escape;
    } else if (static_cast<unsigned char>(octet) < 0x20 || octet == '<' || octet == '>' || octet == '&') {
      out += hex_escape("\\u%04x", static_cast<unsigned char>(octet));
    } else if (three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9") {
      out += three.back() == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else if (const std::string c1 = c1_escape(three.substr(0, 2)); !c1.empty()) {
      out += c1;
      i += 1;
    } else {
      out += octet;
    }
  }
  return out + "\"";
}

// Recursion is as deep as the JSON parser let the value be.
class GoWriter {
 public:
  explicit GoWriter(bool indented) : indented_(indented) {}

  std::string write(const Json& value, std::size_t depth = 0) const {
    if (const Json::Object* object = value.as_object()) return write_object(*object, depth);
    if (const Json::Array* array = value.as_array()) return write_array(*array, depth);
    if (const std::string* text = value.as_string()) return json_string(*text);
    return value.as_integer().has_value() ? to_text(value) : to_canonical_text(value);  // RFC 8785 numbers are Go's
  }

 private:
  std::string write_object(const Json::Object& object, std::size_t depth) const {
    if (object.empty()) return "{}";
    std::string out = "{";
    for (const Json::Member& member : object) {
      out += separator(&member == &object.front(), depth + 1) + json_string(member.first) + (indented_ ? ": " : ":");
      out += write(member.second, depth + 1);
    }
    return out + line(depth) + "}";
  }

  std::string write_array(const Json::Array& array, std::size_t depth) const {
    if (array.empty()) return "[]";
    std::string out = "[";
    for (const Json& item : array) out += separator(&item == &array.front(), depth + 1) + write(item, depth + 1);
    return out + line(depth) + "]";
  }

  std::string separator(bool first, std::size_t depth) const { return (first ? "" : ",") + line(depth); }
  std::string line(std::size_t depth) const { return indented_ ? "\n" + std::string(depth * kIndent, ' ') : ""; }

  bool indented_;
};

}  // namespace

std::string to_go_indented(const Json& value) {
  return GoWriter(true).write(value);
}

std::string to_go_compact(const Json& value) {
  return GoWriter(false).write(value);
}

Json sorted(const Json& value) {
  if (const Json::Array* array = value.as_array()) {
    Json::Array out;
    for (const Json& item : *array) out.push_back(sorted(item));
    return Json(std::move(out));
  }
  const Json::Object* object = value.as_object();
  if (object == nullptr) return value;
  Json::Object out;
  for (const Json::Member& member : *object) out.emplace_back(member.first, sorted(member.second));
  std::sort(out.begin(), out.end(), [](const auto& left, const auto& right) { return left.first < right.first; });
  return Json(std::move(out));
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char octet = text[i];
    if (const std::string c1 = c1_escape(text.substr(i, 2)); !c1.empty()) {
      out += c1;
      i += 1;
    } else if (!is_control(octet)) {
      out += octet;
    } else if (const char* escape = short_escape(octet)) {
      out += escape;
    } else {
      out += hex_escape("\\x%02x", static_cast<unsigned char>(octet));
    }
  }
  return out;
}

std::string quoted(std::string_view text) {
  std::string escaped;
  for (const char octet : text) {
    if (octet == '"' || octet == '\\') escaped += '\\';
    escaped += octet;
  }
  return "\"" + printable(escaped) + "\"";
}

Result<Buffer> decode_base64url(std::string_view text) {
  Result<Buffer> octets = codec::from_base64url(text);
  if (octets.has_value()) return octets;
  const std::size_t stray = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
  const std::size_t position = stray != std::string_view::npos ? stray : text.size() - text.size() % 4;
  return refused("illegal base64 data at input byte " + std::to_string(position));
}

const char* go_type(const Json& value) {
  if (value.is_null()) return "<nil>";
  if (value.as_bool() != nullptr) return "bool";
  if (value.as_string() != nullptr) return "string";
  if (value.as_array() != nullptr) return "[]interface {}";
  if (value.as_object() != nullptr) return "map[string]interface {}";
  return "float64";
}

Error refused(std::string text) {
  return Error{Blame::kRequest, "arc.refused", std::move(text)};
}

}  // namespace avouch::arc
