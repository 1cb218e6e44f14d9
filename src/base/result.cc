#include "base/result.h"

namespace avouch {

const char* to_string(Blame blame) {
  switch (blame) {
    case Blame::kEvidence:
      return "evidence";
    case Blame::kRequest:
      return "request";
    case Blame::kPolicy:
      return "policy";
    case Blame::kUnavailable:
      return "unavailable";
    case Blame::kInternal:
      return "internal";
  }
  return "internal";
}

}  // namespace avouch
