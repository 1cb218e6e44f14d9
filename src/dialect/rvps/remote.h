// Reference values that a provider elsewhere keeps: Trustee's RVPS, or ours. They are asked for when a policy is
// evaluated, within limits::kReferenceDeadline, and never taken for missing when nobody could be asked.
#pragma once

#include <atomic>
#include <string>

#include "appraise/references.h"
#include "net/grpc_call.h"

namespace avouch::dialect::rvps {

class RemoteReferenceValues final : public appraise::ReferenceProvider {
 public:
  // `address`: of the provider, for errors.
  RemoteReferenceValues(net::GrpcCall call, std::string address)
      : call_(std::move(call)), address_(std::move(address)) {}

  // Ours is asked for all names at once and knows of expiry; the peer's for each when a policy comes to it.
  Result<std::shared_ptr<const appraise::References>> references(const std::vector<std::string>& names) override;
  Result<std::vector<std::string>> accept(std::string_view message) override;
  // With the peer's provider, of two who add to one name at the same time one may get lost: it has no call for that.
  Status add(const std::string& name, const Json& measured) override;

 private:
  class Answers;
  Result<Json> query(const std::string& name) const;
  Error failed(const net::GrpcStatus& status) const;
  const net::GrpcCall call_;
  const std::string address_;
  std::atomic<bool> is_ours_{true};  // until it turns out not to be
};

}  // namespace avouch::dialect::rvps
