// The gRPC service of Trustee's provider of reference values (package reference), and beside it one of our own, which
// answers many names at once, lists and deletes.
#pragma once

#include "appraise/reference_values.h"
#include "ledger/decision.h"
#include "net/grpc.h"

namespace avouch::dialect::rvps {

// QueryReferenceValue{reference_value_id=1} → {optional reference_value_results=1, JSON text};
// RegisterReferenceValue{message=1} → {}. Failures are ABORTED, as the peer has them, or UNAVAILABLE.
class ReferenceService final : public net::GrpcService {
 public:
  static constexpr std::string_view kName = "reference.ReferenceValueProviderService";

  struct Parts {
    appraise::ReferenceProvider& values;
    ledger::DecisionLog& decisions;
    const Clock& clock;
  };
  explicit ReferenceService(Parts parts) : parts_(parts) {}
  std::string_view name() const override { return kName; }
  net::GrpcReply call(std::string_view method, Bytes message, std::string_view peer) const override;

 private:
  net::GrpcReply query(Bytes message) const;
  net::GrpcReply accept(Bytes message, std::string_view peer) const;
  Parts parts_;
};

// Our own:
//   Query{repeated name=1}    → {repeated answer=1 {name=1, value=2 JSON, expired_at=3 seconds, failure=4 code,
//                                                   life=5 JSON}}
//   Add{name=1, value=2 JSON} → {}     adds one measured value to the list of a name
//   List{}                    → {repeated value=1 {name=1, value=2 JSON, expires_at=3 seconds, failure=4}}
//   Delete{name=1}            → {was_there=1}
class OwnReferenceService final : public net::GrpcService {
 public:
  static constexpr std::string_view kName = "avouch.ReferenceValues";

  struct Parts {
    appraise::ReferenceValues& values;
    ledger::DecisionLog& decisions;
    const Clock& clock;
  };
  explicit OwnReferenceService(Parts parts) : parts_(parts) {}
  std::string_view name() const override { return kName; }
  net::GrpcReply call(std::string_view method, Bytes message, std::string_view peer) const override;

 private:
  Result<Buffer> query(Bytes message) const;
  Result<Buffer> add(Bytes message, std::string_view peer) const;
  Result<Buffer> list() const;
  Result<Buffer> erase(Bytes message, std::string_view peer) const;
  Parts parts_;
};

}  // namespace avouch::dialect::rvps
