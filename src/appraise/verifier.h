// Verifier: who judges the evidence of a broker's guests, and holds the policies and reference values that this goes
// by: the appraiser of this process, or an attestation service elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "appraise/appraiser.h"
#include "base/result.h"
#include "codec/json.h"

namespace avouch::appraise {

class Verifier {
 public:
  virtual ~Verifier() = default;

  // Whether a challenge makes sense: evidence of this TEE would be looked at.
  //   fails   kRequest: tee.*
  virtual Status expects(std::string_view tee) const = 0;

  // Uses the session up, and puts on record what came out.
  virtual tl::expected<SignedEar, ledger::Refusal> attest(const Submission& submission) = 0;

  //   fails   kRequest: policy.*, as.refused; kUnavailable: store.*, as.unavailable
  virtual Status set_policy(const std::string& id, const std::string& source) = 0;

  // The value of a name; nothing if there is none, or none any more.
  //   fails   kUnavailable: store.*, reference.damaged, rvps.unavailable, as.unavailable
  virtual Result<std::optional<Json>> reference_value(const std::string& name) = 0;

  // As ReferenceProvider::accept().
  virtual Result<std::vector<std::string>> accept_reference_values(std::string_view message) = 0;
};

// The verifier of this process.
class LocalVerifier final : public Verifier {
 public:
  struct Parts {
    Appraiser& appraiser;
    const tee::Rooms& rooms;
    ledger::Policies& policies;
    ReferenceProvider& reference_values;
    const Clock& clock;
  };
  explicit LocalVerifier(Parts parts) : parts_(parts) {}
  Status expects(std::string_view tee) const override;
  tl::expected<SignedEar, ledger::Refusal> attest(const Submission& submission) override;
  Status set_policy(const std::string& id, const std::string& source) override;
  Result<std::optional<Json>> reference_value(const std::string& name) override;
  Result<std::vector<std::string>> accept_reference_values(std::string_view message) override;

 private:
  Parts parts_;
};

}  // namespace avouch::appraise
