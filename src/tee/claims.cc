#include "tee/claims.h"

namespace avouch::tee {

const char* to_string(ReferenceState state) {
  switch (state) {
    case ReferenceState::kMissing:
      return "missing";
    case ReferenceState::kMismatched:
      return "mismatched";
    case ReferenceState::kMatched:
      return "matched";
  }
  return "missing";
}

}  // namespace avouch::tee
