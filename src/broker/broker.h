// Broker: a verified attestation result in, a secret sealed to the attested key out. The other of the two functions
// that are the product: no secret leaves except through release().
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "broker/vault.h"
#include "broker/verified_ear.h"
#include "ledger/decision.h"
#include "ledger/policies.h"

namespace avouch::broker {

struct ReleaseRequest {
  std::string path;             // as asked for, unchecked
  Json query = Json::object();  // of the URL, for policies
  std::string peer;
};

struct Release {
  Json jwe;
  std::string decision_id;
};

// How policies see the path: an array of its segments, or, as Trustee had it until 2025, one text "resource/a/b/c".
enum class PathForm : unsigned char { kSegments, kText };

class Broker {
 public:
  struct Parts {
    Vault& vault;
    ledger::Policies& policies;
    ledger::DecisionLog& decisions;
    const Clock& clock;
    PathForm path_form;
  };
  explicit Broker(Parts parts) : parts_(parts) {}

  // Judges by the resource policy first and looks for the secret only then: a caller who may not have a secret does not
  // learn whether it exists.
  //   fails   kPolicy: release.denied, policy.*; kRequest: resource.path, resource.unknown;
  //           kUnavailable: store.*, vault.seal
  tl::expected<Release, ledger::Refusal> release(const VerifiedEar& ear, const ReleaseRequest& request);

 private:
  Result<Json> judge(const VerifiedEar& ear, const ReleaseRequest& request, ledger::Decision& decision);
  Status allow(const VerifiedEar& ear, const ReleaseRequest& request, ledger::Decision& decision);
  Parts parts_;
};

inline constexpr const char* kResourcePolicyId = "resource-policy";  // the peer's key

}  // namespace avouch::broker
