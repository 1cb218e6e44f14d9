#include "tee/cca/parts.h"

#include <string_view>

#include "base/check.h"

namespace avouch::tee::cca {
namespace {

constexpr std::int8_t kUnrecognizedExecutables = 33;
constexpr std::int8_t kUnsafeConfiguration = 32;
constexpr std::int8_t kUntrustworthyInstance = 96;
constexpr std::int8_t kVisibleMemory = 96;
constexpr std::int8_t kUnencryptedSecrets = 96;

struct Ceiling {
  std::string_view code;
  ear::TrustClaim claim;
  std::int8_t value;
};
constexpr Ceiling kPlatformCeilings[] = {
    {"cca.platform.firmware-unknown", ear::TrustClaim::kExecutables, kUnrecognizedExecutables},
    {"cca.platform.firmware-unknown", ear::TrustClaim::kConfiguration, kUnsafeConfiguration},
    {"cca.platform.firmware-mismatched", ear::TrustClaim::kExecutables, kUnrecognizedExecutables},
    {"cca.platform.firmware-mismatched", ear::TrustClaim::kConfiguration, kUnsafeConfiguration},
    {"cca.platform.not-secured", ear::TrustClaim::kInstanceIdentity, kUntrustworthyInstance},
    {"cca.platform.not-secured", ear::TrustClaim::kRuntimeOpaque, kVisibleMemory},
    {"cca.platform.not-secured", ear::TrustClaim::kStorageOpaque, kUnencryptedSecrets},
};

// A finding of the whole caps several claims, one entry each: of each code the first will do. One that has no row here
// caps what it caps there, so that nothing is forgotten.
std::vector<Finding> platform_findings(const std::vector<Finding>& of_the_whole) {
  std::vector<Finding> out;
  std::string_view seen;
  for (const Finding& finding : of_the_whole) {
    if (finding.code == seen) continue;
    bool has_row = false;
    for (const Ceiling& ceiling : kPlatformCeilings) {
      if (ceiling.code != finding.code) continue;
      out.push_back({ceiling.claim, ceiling.value, finding.code, finding.detail});
      has_row = true;
    }
    if (has_row) {
      seen = finding.code;
    } else {
      out.push_back(finding);
    }
  }
  return out;
}

}  // namespace

std::vector<Part> parts(const Claims& claims) {
  const Json* platform = claims.evidence.find("platform");
  const Json* realm = claims.evidence.find("realm");
  CHECK(platform != nullptr && realm != nullptr);
  Json of_platform = *platform;
  for (const char* ours : {"cca-platform-lifecycle-state", "cca-platform-endorsed"}) of_platform.erase(ours);
  return {{"CCA_SSD_PLATFORM", "cca_platform", std::move(of_platform), platform_findings(claims.findings)},
          {"CCA_REALM", "cca_realm", *realm, {}}};
}

}  // namespace avouch::tee::cca
