#include "codec/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace avouch {
namespace {

using Members = std::vector<const Json::Member*>;

Members sorted_by_name(const Json::Object& object) {
  Members members;
  members.reserve(object.size());
  for (const Json::Member& member : object) members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const Json::Member* left, const Json::Member* right) { return left->first < right->first; });
  return members;
}

bool same_members(const Json::Object& left, const Json::Object& right) {
  if (left.size() != right.size()) return false;
  const Members ours = sorted_by_name(left);
  const Members theirs = sorted_by_name(right);
  return std::equal(ours.begin(), ours.end(), theirs.begin(),
                    [](const Json::Member* our, const Json::Member* their) { return *our == *their; });
}

// An index as RFC 6901 section 4 writes it: digits without a leading zero.
std::optional<std::size_t> array_index(std::string_view token) {
  if (token.empty() || (token.size() > 1 && token[0] == '0')) return std::nullopt;
  std::size_t index = 0;
  const auto [end, problem] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (problem != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return index;
}

// "~1" is a slash and "~0" a tilde; any other tilde is an error (RFC 6901 section 3).
std::optional<std::string> unescaped(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out.push_back(token[i]);
      continue;
    }
    ++i;
    if (i == token.size() || (token[i] != '0' && token[i] != '1')) return std::nullopt;
    out.push_back(token[i] == '0' ? '~' : '/');
  }
  return out;
}

const Json* child(const Json& parent, std::string_view token) {
  if (const Json::Array* items = parent.as_array()) {
    const std::optional<std::size_t> index = array_index(token);
    return index.has_value() && *index < items->size() ? &(*items)[*index] : nullptr;
  }
  const std::optional<std::string> name = unescaped(token);
  return name.has_value() ? parent.find(*name) : nullptr;
}

}  // namespace

Json::Json(std::uint64_t value) {
  // One number, one form: what fits the signed kind has it.
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    value_ = static_cast<std::int64_t>(value);
  } else {
    value_ = value;
  }
}

Json Json::object(std::initializer_list<Named> members) {
  Object object;
  object.reserve(members.size());
  for (const Named& member : members) object.emplace_back(std::move(member.name), std::move(member.value));
  return Json(std::move(object));
}

std::optional<double> Json::as_number() const {
  if (const auto* number = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<double>(&value_)) return *number;
  return std::nullopt;
}

const Json* Json::find(std::string_view name) const {
  const Object* object = as_object();
  if (object == nullptr) return nullptr;
  const auto found =
      std::find_if(object->begin(), object->end(), [name](const Member& member) { return member.first == name; });
  return found != object->end() ? &found->second : nullptr;
}

Json* Json::find(std::string_view name) {
  return const_cast<Json*>(std::as_const(*this).find(name));
}

const Json* Json::at(std::string_view pointer) const {
  const Json* here = this;
  while (here != nullptr && !pointer.empty()) {
    if (pointer[0] != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    here = child(*here, token);
  }
  return here;
}

const std::string* Json::find_string(std::string_view name) const {
  const Json* member = find(name);
  return member != nullptr ? member->as_string() : nullptr;
}

Json& Json::set(std::string name, Json value) {
  if (is_null()) value_ = Object();
  Object* object = as_object();
  CHECK(object != nullptr);
  if (Json* present = find(name)) {
    *present = std::move(value);
  } else {
    object->emplace_back(std::move(name), std::move(value));
  }
  return *this;
}

bool Json::erase(std::string_view name) {
  Object* object = as_object();
  if (object == nullptr) return false;
  return std::erase_if(*object, [name](const Member& member) { return member.first == name; }) > 0;
}

void Json::push_back(Json item) {
  if (is_null()) value_ = Array();
  Array* items = as_array();
  CHECK(items != nullptr);
  items->push_back(std::move(item));
}

namespace {

// Whether a double is exactly this integer; both bounds are powers of two, which a double holds.
template <class Integer>
bool is_exactly(double number, Integer integer) {
  const double lowest = static_cast<double>(std::numeric_limits<Integer>::min());
  const double beyond = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
  return lowest <= number && number < beyond && std::trunc(number) == number && static_cast<Integer>(number) == integer;
}

}  // namespace

bool Json::operator==(const Json& other) const {
  const auto equal = [](const auto& left, const auto& right) {
    using Left = std::decay_t<decltype(left)>;
    using Right = std::decay_t<decltype(right)>;
    if constexpr (std::is_same_v<Left, Object> && std::is_same_v<Right, Object>) {
      return same_members(left, right);
    } else if constexpr (std::is_same_v<Left, Right>) {
      return left == right;
    } else if constexpr (std::is_same_v<Left, double> && std::is_integral_v<Right> && !std::is_same_v<Right, bool>) {
      return is_exactly(left, right);
    } else if constexpr (std::is_same_v<Right, double> && std::is_integral_v<Left> && !std::is_same_v<Left, bool>) {
      return is_exactly(right, left);
    } else {
      return false;  // An int64 and a uint64 differ: the latter holds only what is beyond the former.
    }
  };
  return std::visit(equal, value_, other.value_);
}

}  // namespace avouch
