// Result<T>: a value, or an Error that says whose fault it was. Nothing in Avouch throws.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace avouch {

// Who must act on a failure. Dialects map this, and nothing else, to a status code.
enum class Blame : unsigned char {
  kEvidence,     // The attester sent something malformed, forged or stale. Never retry as is.
  kRequest,      // The caller misused an interface.
  kPolicy,       // Genuine evidence, but policy says no.
  kUnavailable,  // Collateral, a store or a peer could not be reached in time. Retry later.
  kInternal,     // Our fault. Page somebody.
};

const char* to_string(Blame blame);

struct Error {
  Blame blame;
  const char* code;    // Stable and greppable, listed in docs/errors.md, e.g. "cca.platform.signature".
  std::string detail;  // For logs and operators. Never shown to an unauthenticated peer.
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(Error error)
      : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}  // NOLINT(google-explicit-constructor)
};

using Status = Result<void>;
inline Status ok() {
  return Status{};
}

namespace internal {
template <class T>
T take(Result<T>&& result) {
  return *std::move(result);
}
inline void take(Status&&) {}
}  // namespace internal

}  // namespace avouch

// TRY(x): the value of x, or return its error from the enclosing function. The only control-flow macros.
// Write it as a whole statement, or as all that stands right of `=`, `return` or a range-for's colon. Inside a larger
// expression, temporaries made before it are never destroyed when it returns (tools/style.py finds such places), and
// one TRY inside another's argument would shadow it.
#define TRY(...)                                                                          \
  __extension__({                                                                         \
    auto try_result_ = (__VA_ARGS__);                                                     \
    if (!try_result_.has_value()) return ::avouch::Error(std::move(try_result_).error()); \
    ::avouch::internal::take(std::move(try_result_));                                     \
  })

// ENSURE(condition, error): return error unless condition holds. State the condition positively.
#define ENSURE(condition, ...)            \
  do {                                    \
    if (!(condition)) return __VA_ARGS__; \
  } while (false)
