#include "cmd/avouchd/verification.h"

#include <vector>

#include "ledger/default_policies.h"

namespace avouch::cmd {
namespace {

constexpr const char* kTicketInfo = "avouch challenge-response sessions 1";

}  // namespace

bool serves_veraison(const Config& config) {
  return config.veraison && config.role != Role::kReferenceValues && config.verifier_address.empty();
}

std::map<std::string, std::string> attestation_defaults(const Config& config) {
  std::vector<const char*> ids = {"default_cpu"};
  if (serves_veraison(config)) ids.insert(ids.end(), {"veraison_cca_platform", "veraison_cca_realm"});
  std::map<std::string, std::string> out;
  for (const char* id : ids) out.emplace(id, ledger::default_policies().at(id));
  return out;
}

Verification::Verification(const Secret& ticket_key, std::unique_ptr<appraise::SpentNonces> spent,
                           appraise::TicketScope scope, const appraise::Appraiser::Parts& like)
    : sessions(crypto::hkdf_sha256(ticket_key, {}, kTicketInfo, crypto::kAesKeyBytes), std::move(spent), like.clock,
               limits::kChallengeLifetime, scope),
      appraiser({like.rooms, sessions, like.endorsements, like.reference_values, like.policies, like.signer,
                 like.decisions, like.clock, like.witness}),
      handler({appraiser, sessions, like.signer, like.clock}) {}

}  // namespace avouch::cmd
