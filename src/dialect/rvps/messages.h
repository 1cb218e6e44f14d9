// The messages of our own service of reference values, as both of its ends need them. Internal to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace avouch::dialect::rvps {

// One name and what is known of it.
struct Entry {
  std::string name;
  std::string value;                  // JSON text; empty: there is none
  std::optional<std::int64_t> until;  // seconds since 1970: when it expires or expired
  std::string failure;                // a code; empty: none
  std::string life{};                 // JSON text: what is said of values that do not simply count; empty: nothing
};

Buffer write_entry(const Entry& entry);
Result<Entry> read_entry(Bytes message);  // fails   kRequest: protobuf.*

// The one text of a message with nothing but field 1, and all of them where it repeats.
Result<std::string> read_text(Bytes message);
Result<std::vector<std::string>> read_texts(Bytes message);  // also kRequest: rvps.too-many

}  // namespace avouch::dialect::rvps
