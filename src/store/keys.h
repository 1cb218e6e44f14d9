// What may name a record, and how large a record may be: one rule for every back end, so that what one of them can hold
// another can take over.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::store {

inline constexpr std::size_t kSpaceBytes = 64;
inline constexpr std::size_t kKeyBytes = 512;
inline constexpr std::size_t kValueBytes =
    16 * 1024 * 1024;  // Eight times the largest resource (limits::kResourceBytes).

// A space: 1 to kSpaceBytes octets of [A-Za-z0-9._-], the first not a dot, so that it can be a folder's or table's
// name.
//   fails   kRequest: store.space
Status check_space(std::string_view space);

// A key: 1 to kKeyBytes octets of [A-Za-z0-9._/:@+=-] and space.
//   fails   kRequest: store.key
Status check_key(std::string_view key);

// A space and a key of it.
//   fails   kRequest: store.space, store.key
Status check_name(std::string_view space, std::string_view key);

//   fails   kRequest: store.value, over kValueBytes
Status check_value(Bytes value);

// Whether some key could begin so. Back ends use it to answer hopeless listings without asking their medium.
bool may_begin_key(std::string_view prefix);

// A text of such octets (and kAfterEveryKey) that as many keys sort after as after `after`, which may have any.
std::string key_bound(std::string_view after);

// Every octet of a key is less than this one, thus prefix + kAfterEveryKey sorts after all keys that begin with prefix.
inline constexpr char kAfterEveryKey = '\x7f';

}  // namespace avouch::store
