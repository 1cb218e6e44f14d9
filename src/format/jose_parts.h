// What the JOSE files share: base64url members, and the blame for octets that an attester or a guest sent.
#pragma once

#include <string_view>
#include <utility>

#include "base/result.h"
#include "codec/base64.h"
#include "codec/json.h"

namespace avouch::jose {

// The decoders blame the caller; inside a token it is the evidence that is at fault.
template <class T>
Result<T> blame_evidence(Result<T> result) {
  if (!result.has_value()) result.error().blame = Blame::kEvidence;
  return result;
}

// The octets of a base64url member.   fails   kRequest: `code` (missing, or no text), base64.syntax
inline Result<Buffer> octets_member(const Json& object, std::string_view name, const char* code) {
  const std::string* text = object.find_string(name);
  ENSURE(text != nullptr, Error{Blame::kRequest, code, std::string(name) + " is missing or no text"});
  return codec::from_base64url(*text);
}

}  // namespace avouch::jose
