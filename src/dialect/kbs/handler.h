// The KBS's HTTP interface, as clients of Trustee know it: routes, statuses and error bodies. Translates and owns the
// outward error form, nothing else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "appraise/verifier.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/throttle.h"
#include "broker/admin.h"
#include "broker/broker.h"
#include "dialect/kbs/attested_tokens.h"
#include "dialect/kbs/messages.h"
#include "dialect/kbs/metrics.h"
#include "dialect/kbs/shared_tokens.h"
#include "net/http_message.h"

namespace avouch::dialect::kbs {

struct KbsOptions {
  bool allow_rsa1_5 = false;
  bool secure_cookies = false;  // behind TLS
  bool december_2025 = false;   // answers GET /resource-policy with the text, as Trustee did then
  std::vector<std::string> plugins = {"resource"};
};

class KbsHandler final : public net::HttpHandler {
 public:
  struct Parts {
    appraise::Verifier& verifier;
    appraise::Sessions& sessions;
    const appraise::Signer* signer;  // null: results are signed elsewhere, and their keys are published there
    ledger::Policies& resource_policies;
    broker::Broker& broker;
    broker::Vault& vault;
    const broker::EarVerifier& ears;
    const broker::Admin& admin;
    ledger::DecisionLog& decisions;
    const Clock& clock;
    const Log& log;
    SharedTokens* shared_tokens = nullptr;  // where there are other replicas
  };
  KbsHandler(Parts parts, KbsOptions options);

  Weight weight(const net::HttpRequest& head) const override;
  std::size_t body_limit_bytes(const net::HttpRequest& head) const override;
  net::HttpResponse handle(const net::HttpRequest& request) const override;

 private:
  struct Route;
  net::HttpResponse route(const net::HttpRequest& request) const;
  net::HttpResponse kbs(const net::HttpRequest& request, const Route& route) const;
  net::HttpResponse auth(const net::HttpRequest& request) const;
  net::HttpResponse refuse_challenge(const net::HttpRequest& request, const Error& error) const;
  net::HttpResponse attest(const net::HttpRequest& request) const;
  Result<appraise::Submission> read_submission(const net::HttpRequest& request, std::string_view ticket) const;
  net::HttpResponse get_resource(const net::HttpRequest& request, const Route& route) const;
  void remember(const appraise::Session& session, std::string token) const;
  std::optional<std::string> find_token(const appraise::Session& session) const;
  Result<broker::VerifiedEar> presented_ear(const net::HttpRequest& request) const;
  void log_refusal(const char* event, const std::string& decision_id, const Error& error) const;

  // handler_metrics.cc
  net::HttpResponse metrics(const net::HttpRequest& request) const;
  void count_refusal(const Result<appraise::Session>& session) const;
  void count_release(const Error* refusal) const;

  // handler_admin.cc
  net::HttpResponse set_attestation_policy(const net::HttpRequest& request) const;
  net::HttpResponse set_resource_policy(const net::HttpRequest& request) const;
  net::HttpResponse get_resource_policy(const net::HttpRequest& request) const;
  net::HttpResponse set_reference_values(const net::HttpRequest& request) const;
  net::HttpResponse get_reference_value(const net::HttpRequest& request, const Route& route) const;
  net::HttpResponse change_resource(const net::HttpRequest& request, const Route& route) const;
  Result<std::string> administrator(const net::HttpRequest& request) const;
  // Nothing if the caller may; the answer to give if not.
  std::optional<net::HttpResponse> forbid(const net::HttpRequest& request, std::string_view endpoint,
                                          bool is_plugin) const;
  // `names`: what it was done to, where one call does it to many.
  void record_admin(const net::HttpRequest& request, const std::string& what, Json names = nullptr) const;
  void record_reference_values(const net::HttpRequest& request, const std::vector<std::string>& set) const;

  Parts parts_;
  KbsOptions options_;
  mutable AttestedTokens attested_;
  mutable Throttle refusals_shown_;
  mutable Metrics metrics_;
};

}  // namespace avouch::dialect::kbs
