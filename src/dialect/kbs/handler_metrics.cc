// What the KBS dialect counts as what, and how it is read.
#include "dialect/kbs/handler.h"

namespace avouch::dialect::kbs {

net::HttpResponse KbsHandler::metrics(const net::HttpRequest& request) const {
  if (request.method != "GET") return {405, {{"Allow", "GET"}}, "", false};
  return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, metrics_.render(), false};
}

void KbsHandler::count_refusal(const Result<appraise::Session>& session) const {
  if (session.has_value()) return metrics_.add_attestation(session->tee, false);
  metrics_.add(Count::kAttestationErrors);
}

// What the resource policy came to, by how the release ended. What there is not to release was released by the policy.
void KbsHandler::count_release(const Error* refusal) const {
  metrics_.add(Count::kResourceReads);
  metrics_.add(Count::kPolicyEvaluations);
  if (refusal == nullptr || refusal->blame == Blame::kRequest) return metrics_.add(Count::kPolicyApprovals);
  const bool is_denied = std::string_view(refusal->code) == "release.denied";
  metrics_.add(is_denied ? Count::kPolicyViolations : Count::kPolicyErrors);
}

}  // namespace avouch::dialect::kbs
