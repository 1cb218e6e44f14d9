// The code of a failure, or "ok": what most tests compare.
#pragma once

#include <string>

#include "base/result.h"

namespace avouch::testing {

template <class T>
std::string code_of(const Result<T>& result) {
  return result.has_value() ? "ok" : result.error().code;
}

}  // namespace avouch::testing
