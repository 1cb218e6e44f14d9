#include "store/file_names.h"

#include <algorithm>
#include <climits>

#include "store/keys.h"

namespace avouch::store {
namespace {

constexpr std::string_view kEscapedSlash = "\\x2F";

bool fits_layout(char c) {
  return std::string_view(":@+= ").find(c) == std::string_view::npos;  // In keys of every store, but not in the peer's.
}

}  // namespace

Result<std::string> file_name_of(std::string_view key) {
  TRY(check_key(key));
  ENSURE(std::all_of(key.begin(), key.end(), fits_layout),
         Error{Blame::kRequest, "store.key", "keys of a local_fs store are [A-Za-z0-9._/-]: " + std::string(key)});
  ENSURE(key != "." && key != "..", Error{Blame::kRequest, "store.key", "the key is the name of a folder"});
  std::string name;
  for (const char c : key) {
    if (c == '/') {
      name += kEscapedSlash;
    } else {
      name += c;
    }
  }
  ENSURE(name.size() <= NAME_MAX,
         Error{Blame::kRequest, "store.key", "file name of " + std::to_string(name.size()) + " octets"});
  return name;
}

std::optional<std::string> key_of(std::string_view file_name) {
  if (file_name.find('/') != std::string_view::npos) return std::nullopt;
  std::string key;
  while (!file_name.empty()) {
    const bool is_slash = file_name.starts_with(kEscapedSlash);
    key += is_slash ? '/' : file_name.front();
    file_name.remove_prefix(is_slash ? kEscapedSlash.size() : 1);
  }
  if (!file_name_of(key).has_value()) return std::nullopt;
  return key;
}

}  // namespace avouch::store
