// JSON (RFC 8259) as a value. Objects keep the order of their members and never hold a name twice.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace avouch {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;                                      // null
  Json(std::nullptr_t) {}                                // NOLINT(google-explicit-constructor): the six kinds of JSON
  Json(bool value) : value_(value) {}                    // NOLINT(google-explicit-constructor)
  Json(int value) : value_(std::int64_t{value}) {}       // NOLINT(google-explicit-constructor)
  Json(std::int64_t value) : value_(value) {}            // NOLINT(google-explicit-constructor)
  Json(std::uint64_t value);                             // NOLINT(google-explicit-constructor)
  Json(double value) : value_(value) {}                  // NOLINT(google-explicit-constructor)
  Json(std::string value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Json(std::string_view value) : value_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Json(const char* value) : value_(std::string(value)) {}       // NOLINT(google-explicit-constructor)
  Json(Array value) : value_(std::move(value)) {}               // NOLINT(google-explicit-constructor)
  Json(Object value) : value_(std::move(value)) {}              // NOLINT(google-explicit-constructor)
  struct Named;
  static Json object() { return Json(Object()); }
  static Json object(std::initializer_list<Named> members);
  static Json array(std::initializer_list<Json> items = {}) { return Json(Array(items)); }

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  // A pointer to the content, or null if the value is of another kind.
  const bool* as_bool() const { return std::get_if<bool>(&value_); }
  const std::string* as_string() const { return std::get_if<std::string>(&value_); }
  const Array* as_array() const { return std::get_if<Array>(&value_); }
  const Object* as_object() const { return std::get_if<Object>(&value_); }
  Array* as_array() { return std::get_if<Array>(&value_); }
  Object* as_object() { return std::get_if<Object>(&value_); }
  std::optional<std::int64_t> as_integer() const {  // an integer within 64 bits with sign; 3.0 is not one
    const auto* number = std::get_if<std::int64_t>(&value_);
    return number != nullptr ? std::optional(*number) : std::nullopt;
  }
  std::optional<double> as_number() const;  // any number

  // The member of an object, or null if this is no object or has no such member.
  const Json* find(std::string_view name) const;
  Json* find(std::string_view name);
  // Follows a JSON pointer (RFC 6901), e.g. "/submods/cpu0/ear.status".
  const Json* at(std::string_view pointer) const;
  // The member's text, or null unless it is a string.
  const std::string* find_string(std::string_view name) const;
  // Sets a member of an object (null becomes one), replacing one of the same name in its place. Returns *this.
  // Of any other kind of value it is our own bug (CHECK), as push_back is of anything but an array or null.
  Json& set(std::string name, Json value);
  bool erase(std::string_view name);
  void push_back(Json item);

  bool operator==(const Json& other) const;  // members in any order; numbers by value

 private:
  friend class JsonWriter;
  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_;
};

// A member as object() takes it: what an initializer list holds is const, and yet shall be moved from, not copied.
struct Json::Named {
  mutable std::string name;
  mutable Json value;
};

// Parses one JSON text, at most limits::kJsonDepth deep.
//   fails   kRequest: json.syntax (with the offset where known), json.depth, json.duplicate, json.number
Result<Json> parse_json(std::string_view text);

std::string to_text(const Json& value);                         // compact, members in their order
std::string to_pretty_text(const Json& value, int indent = 2);  // one member a line; no newline at the end
std::string to_canonical_text(const Json& value);               // RFC 8785 (JCS); integers keep all their digits
std::string to_sorted_text(const Json& value);                  // compact, members sorted by octets (serde_json, Go)

}  // namespace avouch
