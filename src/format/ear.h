// EAT Attestation Results (draft-ietf-rats-ear-04) with the trustworthiness vector of AR4SI
// (draft-ietf-rats-ar4si-10): what an appraisal says, in the field's own words.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"

namespace avouch::ear {

enum class Tier : unsigned char { kNone, kAffirming, kWarning, kContraindicated };

const char* to_string(Tier tier);   // "none", "affirming", "warning", "contraindicated"
Tier tier_of(std::int8_t claim);    // AR4SI section 2.3.2: 2..31, 32..95, 96..127 and the same below zero; -1..1 none
Tier worse(Tier left, Tier right);  // contraindicated > warning > affirming > none

// In the order in which tokens and reports list them.
enum class TrustClaim : unsigned char {
  kInstanceIdentity,
  kConfiguration,
  kExecutables,
  kFileSystem,
  kHardware,
  kRuntimeOpaque,
  kStorageOpaque,
  kSourcedData,
};
inline constexpr std::size_t kTrustClaimCount = 8;

const char* to_string(TrustClaim claim);  // "instance-identity"
const char* title_of(TrustClaim claim);   // "Instance Identity"
std::optional<TrustClaim> trust_claim_from_name(std::string_view name);
// "recognized and not compromised": the words of Veraison's `arc` for a value of a claim; explain() has a sentence.
std::string describe(TrustClaim claim, std::int8_t value);
std::string explain(TrustClaim claim, std::int8_t value);
// The value that Veraison's tools let people write as a word, e.g. "unsafe_config" for 32.
std::optional<std::int8_t> value_from_tag(std::string_view tag);

// A value per claim; a claim that nobody made is absent, which is not the same as 0.
class TrustVector {
 public:
  std::optional<std::int8_t> get(TrustClaim claim) const { return values_[static_cast<std::size_t>(claim)]; }
  void set(TrustClaim claim, std::int8_t value) { values_[static_cast<std::size_t>(claim)] = value; }
  bool empty() const;
  Tier status() const;   // the worst tier of the claims made; kNone if none was made
  Json to_json() const;  // only the claims made, in order

 private:
  std::array<std::optional<std::int8_t>, kTrustClaimCount> values_{};
};

struct Submod {
  std::string name;  // "cpu0"
  Tier status;       // never better than vector.status()
  TrustVector vector;
  std::string appraisal_policy_id;  // "default"
  Json annotated_evidence;          // "ear.veraison.annotated-evidence"
  Json::Object extensions;          // further members, e.g. "ear.trustee.identifiers"
};

struct Ear {
  std::string profile;  // eat_profile
  Instant issued_at, expires_at;
  std::string issuer;            // empty: none is named
  std::string developer, build;  // ear.verifier-id
  std::vector<Submod> submods;   // never empty
  Json::Object extensions;       // further top-level members
};

// Member order as the peer has it: eat_profile, iat, ear.verifier-id, submods, exp, iss.
Json to_json(Ear ear);

}  // namespace avouch::ear
