// Which spaces a store has: for tools that copy or compare whole stores. Every back end but those that keep one kind of
// record has it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace avouch::store {

class Spaces {
 public:
  virtual ~Spaces() = default;
  // Those that have, or ever had, a record, in order of octets.   fails   kUnavailable: as the store does
  virtual Result<std::vector<std::string>> spaces() const = 0;
};

}  // namespace avouch::store
