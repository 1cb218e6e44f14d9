// Claims: what authentic evidence says, in the words that policies read, and what the room itself found wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "format/ear.h"

namespace avouch::tee {

// How one measured value compared with what was endorsed for it.
enum class ReferenceState : unsigned char { kMissing, kMismatched, kMatched };
const char* to_string(ReferenceState state);  // "missing", "mismatched", "matched"

struct ReferenceComparison {
  std::string name;   // of the reference value, as an operator endorses it
  std::string claim;  // where the measured value stands: "cca.realm.cca-realm-initial-measurement"
  Json measured;
  Json::Array expected;  // empty if missing
  ReferenceState state;
};

// The name of a comparison with endorsed keys: "cca.trust-anchor/<key of the Need>".
std::string trust_anchor_name(std::string_view tee, std::string_view key);
// The key in such a name; nothing in any other.
std::optional<std::string> trust_anchor_of(std::string_view name);

// A ceiling that no policy can lift: the trust claim becomes at best `value`.
struct Finding {
  ear::TrustClaim claim;
  std::int8_t value;   // e.g. 97: unrecognised hardware
  const char* code;    // "cca.platform.not-secured"
  std::string detail;  // for operators
};

struct Claims {
  std::string tee;     // the name policies see: input.<tee>
  std::string submod;  // class of the submodule: "cpu", "gpu"
  Json evidence;       // the object at input.<tee>
  Json report_data;    // text as the peer encodes it for this TEE; null where the TEE has none
  Json init_data;      // likewise
  std::vector<ReferenceComparison> comparisons;
  std::vector<Finding> findings;
};

// A part of the evidence that has a verdict of its own where a dialect wants one: a platform, a realm.
struct Part {
  std::string name;               // of its submodule: "CCA_REALM"
  std::string policy_class;       // which policy judges it: "cca_realm"
  Json evidence;                  // what the evidence itself says of it, and nothing of ours
  std::vector<Finding> findings;  // ceilings as for the whole, in values that fit the part alone
};

}  // namespace avouch::tee
