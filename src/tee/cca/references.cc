#include "tee/cca/references.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/hex.h"
#include "tee/cca/claims.h"
#include "tee/cca/endorsements.h"

namespace avouch::tee::cca {
namespace {

// Values of trustworthiness claims in AR4SI, draft-ietf-rats-ar4si-10.
constexpr std::int8_t kUnrecognizedHardware = 97;
constexpr std::int8_t kUnrecognizedExecutables = 33;
constexpr std::int8_t kUnknownConfiguration = 36;
constexpr std::int8_t kUnrecognizedInstance = 97;

// A record of the same implementation, and the JSON that it was read from.
struct Candidate {
  PlatformRecord record;
  const Json* json;
};
using Candidates = std::vector<const Candidate*>;

bool equal(Bytes left, Bytes right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

bool matches(const SoftwareComponent& measured, const ComponentReference& expected) {
  return equal(measured.measurement, expected.measurement) && equal(measured.signer_id, expected.signer_id) &&
         (!expected.type.has_value() || measured.type == *expected.type) &&
         (!expected.version.has_value() || measured.version == *expected.version);
}

// How many components from the first on are as endorsed.
std::size_t matching_prefix(const std::vector<SoftwareComponent>& measured,
                            const std::vector<ComponentReference>& expected) {
  const auto [first, second] =
      std::mismatch(measured.begin(), measured.end(), expected.begin(), expected.end(), matches);
  return static_cast<std::size_t>(first - measured.begin());
}

bool components_match(const PlatformClaims& measured, const PlatformRecord& record) {
  return measured.software_components.size() == record.components.size() &&
         matching_prefix(measured.software_components, record.components) == record.components.size();
}

Result<std::vector<Candidate>> candidates(const PlatformClaims& claims, std::span<const PlatformReference> references) {
  std::vector<Candidate> out;
  for (const PlatformReference& reference : references) {
    Result<PlatformRecord> record = parse_platform_record(reference.record);
    ENSURE(record.has_value(), Error{Blame::kInternal, "cca.endorsement.damaged",
                                     reference.name + ": " + record.error().code + " " + record.error().detail});
    if (equal(record->implementation_id, claims.implementation_id)) {
      out.push_back({*std::move(record), &reference.record});
    }
  }
  return out;
}

ReferenceState state_of(bool matched, const Candidates& among) {
  if (among.empty()) return ReferenceState::kMissing;
  return matched ? ReferenceState::kMatched : ReferenceState::kMismatched;
}

Json::Array expected_of(const Candidates& among, const char* member) {
  Json::Array out;
  for (const Candidate* candidate : among) out.push_back(*candidate->json->find(member));
  return out;
}

// For people: the first component that is not as in the record that agrees longest.
std::string first_difference(const PlatformClaims& claims, const Candidates& among) {
  std::size_t longest = 0;
  for (const Candidate* candidate : among) {
    longest = std::max(longest, matching_prefix(claims.software_components, candidate->record.components));
  }
  if (longest >= claims.software_components.size()) {
    return "the list of software components or the configuration differs from every endorsed record";
  }
  const SoftwareComponent& component = claims.software_components[longest];
  return "software component " + std::to_string(longest) + " (" + std::string(component.type.value_or("unnamed")) +
         ") measures " + codec::to_hex(component.measurement) + ", which no endorsed record has there";
}

void add_firmware_findings(const PlatformClaims& claims, const Candidates& among, PlatformVerdict& verdict) {
  if (verdict.state == ReferenceState::kMatched) return;
  const bool unknown = verdict.state == ReferenceState::kMissing;
  const char* code = unknown ? "cca.platform.firmware-unknown" : "cca.platform.firmware-mismatched";
  const std::string detail = "implementation " + platform_reference_key(claims) + ": " +
                             (unknown ? "no firmware is endorsed for it" : first_difference(claims, among));
  verdict.findings.push_back({ear::TrustClaim::kHardware, kUnrecognizedHardware, code, detail});
  verdict.findings.push_back({ear::TrustClaim::kExecutables, kUnrecognizedExecutables, code, detail});
  verdict.findings.push_back({ear::TrustClaim::kConfiguration, kUnknownConfiguration, code, detail});
}

// Outside the secured range firmware may be debugged or replaced: a signature then proves the chip, not its software.
void add_lifecycle_findings(const PlatformClaims& claims, PlatformVerdict& verdict) {
  if (is_secured(claims.lifecycle)) return;
  const std::uint8_t octets[] = {static_cast<std::uint8_t>(claims.lifecycle >> 8),
                                 static_cast<std::uint8_t>(claims.lifecycle & 0xff)};
  const std::string detail = std::string("lifecycle ") + lifecycle_state(claims.lifecycle) + " (0x" +
                             codec::to_hex(octets) + "), not secured (0x3000 to 0x30ff)";
  for (const auto& [claim, value] : {std::pair{ear::TrustClaim::kHardware, kUnrecognizedHardware},
                                     std::pair{ear::TrustClaim::kInstanceIdentity, kUnrecognizedInstance}}) {
    verdict.findings.push_back({claim, value, "cca.platform.not-secured", detail});
  }
  verdict.comparisons.push_back({"built-in/cca-platform-lifecycle",
                                 "cca.platform.cca-platform-lifecycle-state",
                                 lifecycle_state(claims.lifecycle),
                                 {"secured"},
                                 ReferenceState::kMismatched});
}

}  // namespace

Result<PlatformVerdict> compare(const Authentic<PlatformToken>& platform,
                                std::span<const PlatformReference> references) {
  const PlatformClaims& claims = platform->claims;
  const std::vector<Candidate> records = TRY(candidates(claims, references));
  Candidates same_implementation, same_components;
  for (const Candidate& candidate : records) {
    same_implementation.push_back(&candidate);
    if (components_match(claims, candidate.record)) same_components.push_back(&candidate);
  }
  const bool config_matches =
      std::any_of(same_components.begin(), same_components.end(),
                  [&claims](const Candidate* candidate) { return equal(candidate->record.config, claims.config); });
  // A configuration counts beside the components it was endorsed with, and is shown beside all where none fit.
  const Candidates& with_config = same_components.empty() ? same_implementation : same_components;

  const std::string name = "cca.platform/" + platform_reference_key(claims);
  PlatformVerdict verdict{state_of(config_matches, same_implementation), {}, {}};
  verdict.comparisons.push_back({name, "cca.platform.cca-platform-sw-components", software_components_json(claims),
                                 expected_of(same_implementation, "sw-components"),
                                 state_of(!same_components.empty(), same_implementation)});
  verdict.comparisons.push_back({name, "cca.platform.cca-platform-config", codec::to_base64(claims.config),
                                 expected_of(with_config, "platform-configuration"),
                                 state_of(config_matches, same_implementation)});
  add_firmware_findings(claims, same_implementation, verdict);
  add_lifecycle_findings(claims, verdict);
  return verdict;
}

}  // namespace avouch::tee::cca
