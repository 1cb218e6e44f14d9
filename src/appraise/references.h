// What policies are told of reference values, wherever those are kept: in this process, or at a provider of reference
// values elsewhere.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"

namespace avouch::appraise {

// What is known of one name.
struct ReferenceAnswer {
  Json value;                         // null: there is none, or none any more
  std::optional<Instant> expired_at;  // there was one, until then
  std::optional<Error> failure;       // nobody knows: it is damaged, or could not be asked for. Never "missing".
  Json life = Json::array();          // what is said of values that count no longer, not yet, or not for long
};

// The answers that one appraisal gets.
class References {
 public:
  virtual ~References() = default;
  virtual ReferenceAnswer ask(const std::string& name, Instant now) const = 0;
};

// Who keeps reference values. Thread safe.
class ReferenceProvider {
 public:
  virtual ~ReferenceProvider() = default;

  // For one appraisal, whose policy is known to name `names`; others may be asked for as well.
  //   fails   kUnavailable: store.*, rvps.unavailable
  virtual Result<std::shared_ptr<const References>> references(const std::vector<std::string>& names) = 0;

  // Takes in what a supplier of reference values sends, in the peer's form (provenance.h). Returns the names that are
  // set by it, as far as they are known here.
  //   fails   kRequest: provenance.*, rvps.refused, store.key, reference.depth; kUnavailable: store.*, rvps.unavailable
  virtual Result<std::vector<std::string>> accept(std::string_view message) = 0;

  // Adds one measured value to the list of a name, which becomes a list if it was a single value.
  //   fails   as accept()
  virtual Status add(const std::string& name, const Json& measured) = 0;
};

}  // namespace avouch::appraise
