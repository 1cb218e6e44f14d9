// A verifier elsewhere that vouches for platforms whose trust anchors it keeps: Veraison, by the submodules
// CCA_SSD_PLATFORM and CCA_REALM of its result. What it may say, and what stays ours to judge:
// docs/adr/0014-remote-cca.md.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "format/ear.h"
#include "tee/cca/evidence.h"
#include "tee/cca/references.h"
#include "tee/testimony.h"

namespace avouch::tee::cca {

// The nonce is the realm's whole challenge. A token of 2023 may also travel under the legacy name: Veraison's only one
// for either.
Question question_about(const Evidence& token);

// That a verifier elsewhere affirms that a token is genuine. Only read_testimony() makes one.
class Vouching {
 public:
  const std::string& verifier() const { return verifier_; }
  const ear::TrustVector& platform() const { return platform_; }

 private:
  friend Result<Vouching> read_testimony(const std::optional<Testimony>& testimony, const Evidence& token);
  Vouching(std::string verifier, ear::TrustVector platform)
      : verifier_(std::move(verifier)), platform_(std::move(platform)) {}
  std::string verifier_;
  ear::TrustVector platform_;
};

// Whether the testimony vouches for this very token: it names the same platform and realm, affirms the realm's
// identity, and says of neither submodule "none" or "contraindicated", in its status or in any claim.
//   fails   kEvidence: cca.remote-refused; kUnavailable: cca.remote-other-evidence; kInternal: cca.remote-not-asked
Result<Vouching> read_testimony(const std::optional<Testimony>& testimony, const Evidence& token);

// Adds what the other found of the platform to what was found here. Where no firmware is endorsed here, its word on
// firmware and configuration counts instead; and where it has none either, they stay unrecognised.
PlatformVerdict weigh(const Vouching& vouching, PlatformVerdict verdict);

}  // namespace avouch::tee::cca
