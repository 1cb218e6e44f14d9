// A verifier elsewhere: Trustee's attestation service, or ours, asked over gRPC. What it answers is believed only if it
// verifies like any token that a guest presents, and is about the key of the guest that was asked about.
#pragma once

#include <string>

#include "appraise/verifier.h"
#include "broker/verified_ear.h"
#include "net/grpc_call.h"

namespace avouch::dialect::coco_as {

class RemoteVerifier final : public appraise::Verifier {
 public:
  struct Parts {
    net::GrpcCall call;
    std::string address;  // for errors
    const tee::Rooms& rooms;
    appraise::Sessions& sessions;
    appraise::ReferenceProvider& reference_values;  // at the same address: the peer serves them on the same port
    const broker::EarVerifier& ears;
    ledger::DecisionLog& decisions;
    const Clock& clock;
  };
  explicit RemoteVerifier(Parts parts) : parts_(std::move(parts)) {}

  // Every TEE of the protocol but "se", whose challenge its verifier makes: whether it verifies a TEE, the other knows.
  Status expects(std::string_view tee) const override;
  //   fails   kEvidence: as.refused (the other says no), as.other-key (its token is about another guest), ear.*, jws.*,
  //           session.*; kUnavailable: as.unavailable
  tl::expected<appraise::SignedEar, ledger::Refusal> attest(const appraise::Submission& submission) override;
  Status set_policy(const std::string& id, const std::string& source) override;
  Result<std::optional<Json>> reference_value(const std::string& name) override;
  Result<std::vector<std::string>> accept_reference_values(std::string_view message) override;

 private:
  Result<std::string> evaluate(const appraise::Submission& submission, appraise::Session& session,
                               ledger::Decision& decision) const;
  Error failed(const net::GrpcStatus& status, Blame refused) const;
  Parts parts_;
};

}  // namespace avouch::dialect::coco_as
