// The gRPC service of Trustee's attestation service: package attestation, as of December 2025 and August 2026.
#pragma once

#include "dialect/coco_as/evaluator.h"
#include "net/grpc.h"

namespace avouch::dialect::coco_as {

class AttestationService final : public net::GrpcService {
 public:
  static constexpr std::string_view kName = "attestation.AttestationService";

  explicit AttestationService(const Evaluator& evaluator) : evaluator_(evaluator) {}
  std::string_view name() const override { return kName; }
  // AttestationEvaluate, SetAttestationPolicy, GetAttestationChallenge. Failures are ABORTED, as the peer has them, or
  // UNAVAILABLE where trying again later may help.
  net::GrpcReply call(std::string_view method, Bytes message, std::string_view peer) const override;

 private:
  net::GrpcReply evaluate(Bytes message, std::string_view peer) const;
  net::GrpcReply set_policy(Bytes message, std::string_view peer) const;
  net::GrpcReply challenge(Bytes message) const;
  const Evaluator& evaluator_;
};

}  // namespace avouch::dialect::coco_as
