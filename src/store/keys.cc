#include "store/keys.h"

#include <algorithm>
#include <string>

namespace avouch::store {
namespace {

bool is_letter_or_digit(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9');
}

bool is_space_octet(char c) {
  return is_letter_or_digit(c) || std::string_view("._-").find(c) != std::string_view::npos;
}

bool is_key_octet(char c) {
  return is_letter_or_digit(c) || std::string_view("._/:@+=- ").find(c) != std::string_view::npos;
}

}  // namespace

Status check_space(std::string_view space) {
  const bool fits = !space.empty() && space.size() <= kSpaceBytes && space.front() != '.';
  ENSURE(fits && std::all_of(space.begin(), space.end(), is_space_octet),
         Error{Blame::kRequest, "store.space", "space of " + std::to_string(space.size()) + " octets is not a name"});
  return ok();
}

Status check_key(std::string_view key) {
  const std::string size = std::to_string(key.size());
  ENSURE(!key.empty() && key.size() <= kKeyBytes, Error{Blame::kRequest, "store.key", "key of " + size + " octets"});
  const auto bad = std::find_if_not(key.begin(), key.end(), is_key_octet);
  ENSURE(bad == key.end(), Error{Blame::kRequest, "store.key",
                                 "key has octet " + std::to_string(static_cast<unsigned char>(*bad)) + " at offset " +
                                     std::to_string(bad - key.begin())});
  return ok();
}

Status check_name(std::string_view space, std::string_view key) {
  TRY(check_space(space));
  return check_key(key);
}

Status check_value(Bytes value) {
  ENSURE(value.size() <= kValueBytes,
         Error{Blame::kRequest, "store.value", "value of " + std::to_string(value.size()) + " octets"});
  return ok();
}

std::string key_bound(std::string_view after) {
  std::string out;
  for (const char c : after) {
    const bool is_below = static_cast<unsigned char>(c)<' ', is_above = static_cast<unsigned char>(c)> '~';
    if (is_below) return out;  // Keys that go on here sort after it, the key that ends here before.
    out += is_above ? kAfterEveryKey : c;
    if (is_above) return out;
  }
  return out;
}

bool may_begin_key(std::string_view prefix) {
  return prefix.size() <= kKeyBytes && std::all_of(prefix.begin(), prefix.end(), is_key_octet);
}

}  // namespace avouch::store
