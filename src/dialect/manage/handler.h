// Our own management interface, under /avouch/v1: what `avouch` asks and no peer has. For administrators only; since
// they may see everything, its errors say everything. Routes are listed in docs/management-api.md and
// docs/openapi.json, which is served to everybody.
#pragma once

#include <string>

#include "appraise/appraiser.h"
#include "appraise/why.h"
#include "broker/admin.h"
#include "broker/vault.h"
#include "net/http_message.h"

namespace avouch::dialect::manage {

inline constexpr std::string_view kPrefix = "/avouch/v1/";

class ManageHandler final : public net::HttpHandler {
 public:
  struct Parts {
    appraise::Appraiser& appraiser;
    appraise::Why& why;
    appraise::Endorsements& endorsements;
    appraise::ReferenceValues& reference_values;
    ledger::Policies& attestation_policies;
    ledger::Policies& resource_policies;
    ledger::DecisionLog& decisions;
    broker::Vault& vault;
    const tee::Rooms& rooms;
    const broker::Admin& admin;
    const Clock& clock;
    // Where evidence is verified and reference values are kept, if elsewhere: what belongs there is not managed here.
    std::string verifier_address{}, references_address{};
    appraise::ReferenceProvider* references_elsewhere = nullptr;
  };
  explicit ManageHandler(Parts parts) : parts_(std::move(parts)) {}

  Weight weight(const net::HttpRequest&) const override { return Weight::kHeavy; }
  net::HttpResponse handle(const net::HttpRequest& request) const override;

 private:
  struct Call;  // a request, its path taken apart
  net::HttpResponse forbid(const net::HttpRequest& request, const Error& error) const;
  Result<Json> dispatch(const Call& call) const;
  appraise::ReferenceProvider& provider() const {
    return parts_.references_elsewhere != nullptr ? *parts_.references_elsewhere : parts_.reference_values;
  }
  Status check_place(const Call& call, std::string_view head) const;
  Result<Json> decisions(const Call& call) const;
  Result<Json> endorsements(const Call& call) const;
  Result<Json> reference_values(const Call& call) const;
  Result<Json> list_reference_values() const;
  Result<Json> show_reference_value(const std::string& name) const;
  Result<Json> register_reference_values(const Call& call) const;
  Result<Json> change_reference_value(const Call& call) const;
  Result<Json> forecast(const Call& call) const;
  Result<Json> policies(const Call& call) const;
  Result<Json> test_policy(const Call& call) const;
  void record(const Call& call, const std::string& what) const;
  void record(const Call& call, ledger::Decision decision) const;
  Parts parts_;
};

}  // namespace avouch::dialect::manage
