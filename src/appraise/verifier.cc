#include "appraise/verifier.h"

namespace avouch::appraise {

Status LocalVerifier::expects(std::string_view tee) const {
  TRY(parts_.rooms.find(tee));
  return ok();
}

tl::expected<SignedEar, ledger::Refusal> LocalVerifier::attest(const Submission& submission) {
  return parts_.appraiser.attest(submission);
}

Status LocalVerifier::set_policy(const std::string& id, const std::string& source) {
  return parts_.policies.set(id, source);
}

Result<std::optional<Json>> LocalVerifier::reference_value(const std::string& name) {
  const std::shared_ptr<const References> references = TRY(parts_.reference_values.references({name}));
  ReferenceAnswer answer = references->ask(name, parts_.clock.now());
  ENSURE(!answer.failure.has_value(), *answer.failure);
  return answer.value.is_null() ? std::optional<Json>() : std::optional<Json>(std::move(answer.value));
}

Result<std::vector<std::string>> LocalVerifier::accept_reference_values(std::string_view message) {
  return parts_.reference_values.accept(message);
}

}  // namespace avouch::appraise
