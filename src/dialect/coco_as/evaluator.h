// What both interfaces of the attestation service do: evaluate evidence, take in policies, and say why not.
#pragma once

#include <string>
#include <string_view>

#include "appraise/appraiser.h"
#include "dialect/coco_as/request.h"

namespace avouch::dialect::coco_as {

class Evaluator {
 public:
  struct Parts {
    appraise::Appraiser& appraiser;
    const tee::Rooms& rooms;
    ledger::Policies& policies;
    const appraise::Signer& signer;
    ledger::DecisionLog& decisions;
  };
  Evaluator(Parts parts, ReadOptions options) : parts_(parts), options_(options) {}

  // The token. Whatever comes out is on record.
  tl::expected<std::string, ledger::Refusal> evaluate_grpc(Bytes message, const std::string& peer) const;
  tl::expected<std::string, ledger::Refusal> evaluate_rest(const Json& message, const std::string& peer) const;

  //   `encoded`: the text in base64url without padding
  //   fails   kRequest: as.policy, policy.*; kUnavailable: store.*
  Status set_policy(const std::string& id, std::string_view encoded, const std::string& peer) const;

  // What a verifier adds to the nonce of who asks: nothing, for every TEE that this build verifies.
  //   fails   kRequest: tee.*
  Result<std::string> challenge(std::string_view tee) const;

  Json jwks() const { return parts_.signer.jwks(); }
  ledger::Policies& policies() const { return parts_.policies; }

 private:
  tl::expected<std::string, ledger::Refusal> evaluate(Result<EvaluationRequest> request, const std::string& peer) const;
  Parts parts_;
  ReadOptions options_;
};

// Why, for a caller who has proved nothing: whose fault it is and which, and of the caller's own words what is wrong
// with them; nothing of evidence, policies or this machine.
std::string public_cause(const Error& error);
// The same with the decision that an operator can look up.
std::string public_cause(const ledger::Refusal& refusal);

}  // namespace avouch::dialect::coco_as
