#include "dialect/coco_as/remote.h"

#include "codec/base64.h"
#include "codec/protobuf.h"
#include "dialect/coco_as/service.h"
#include "format/coco.h"

namespace avouch::dialect::coco_as {
namespace {

// attestation.AttestationRequest with one IndividualAttestationRequest, as the peer's KBS sends it.
Result<Buffer> request_of(const appraise::Submission& submission, const std::string& tee) {
  const Json evidence = TRY(coco::evidence_json(tee, submission.evidence));
  protobuf::Writer item;
  item.text(1, tee);
  item.text(3, codec::to_base64url(as_bytes(to_text(evidence))));
  item.text(5, to_text(submission.runtime_claims));
  if (!submission.init_data_text.empty()) item.text(7, submission.init_data_text);
  item.text(8, "sha384");
  const Buffer content = item.take();
  return protobuf::Writer().bytes(1, content).text(2, appraise::kDefaultPolicy).take();
}

Result<std::string> token_of(Bytes reply) {
  std::string out;
  for (protobuf::Reader in(reply); !in.at_end();) {
    const protobuf::Field field = TRY(in.next());
    if (field.number == 1) out = TRY(field.text());
  }
  return out;
}

}  // namespace

Error RemoteVerifier::failed(const net::GrpcStatus& status, Blame refused) const {
  const bool was_refused = status.code == net::GrpcCode::kAborted || status.code == net::GrpcCode::kInvalidArgument ||
                           status.code == net::GrpcCode::kUnauthenticated ||
                           status.code == net::GrpcCode::kPermissionDenied;
  return Error{was_refused ? refused : Blame::kUnavailable, was_refused ? "as.refused" : "as.unavailable",
               "attestation service at " + parts_.address + ": " + net::to_string(status.code) + " " + status.message};
}

Status RemoteVerifier::expects(std::string_view tee) const {
  ENSURE(tee != "se",
         Error{Blame::kRequest, "tee.unsupported", "a verifier elsewhere is not asked for se's challenge"});
  const Result<const tee::Room*> room = parts_.rooms.find(tee);
  ENSURE(room.has_value() || std::string_view(room.error().code) != "tee.unknown", room.error());
  return ok();
}

tl::expected<appraise::SignedEar, ledger::Refusal> RemoteVerifier::attest(const appraise::Submission& submission) {
  ledger::Decision decision = parts_.decisions.begin("attest", submission.peer, "");
  appraise::Session session;
  Result<std::string> token = evaluate(submission, session, decision);
  if (token.has_value()) {
    decision.outcome = "granted";
  } else {
    decision.error = token.error();
  }
  decision.facts.set("verifier", parts_.address);
  parts_.decisions.record(decision);
  if (!token.has_value()) return tl::unexpected(ledger::Refusal{std::move(token).error(), decision.id});
  return appraise::SignedEar{*std::move(token), decision.id, std::move(session)};
}

Result<std::string> RemoteVerifier::evaluate(const appraise::Submission& submission, appraise::Session& session,
                                             ledger::Decision& decision) const {
  session = TRY(parts_.sessions.redeem(submission.ticket));
  decision.subject = session.tee;
  const Buffer request = TRY(request_of(submission, session.tee));
  const net::GrpcReply reply = parts_.call(AttestationService::kName, "AttestationEvaluate", request);
  ENSURE(reply.has_value(), failed(reply.error(), Blame::kEvidence));
  std::string token = TRY(token_of(*reply));
  const broker::VerifiedEar ear = TRY(parts_.ears.verify(token, parts_.clock.now()));
  const Json* bound = submission.runtime_claims.find("tee-pubkey");
  ENSURE(bound != nullptr && ear.recipient().filtered_jwk() == *bound,
         Error{Blame::kEvidence, "as.other-key", "the token is about another key than the guest presented"});
  decision.facts.set("remote_decision", ear.decision_id());
  return token;
}

Status RemoteVerifier::set_policy(const std::string& id, const std::string& source) {
  const Buffer message = protobuf::Writer().text(1, id).text(2, codec::to_base64url(as_bytes(source))).take();
  const net::GrpcReply reply = parts_.call(AttestationService::kName, "SetAttestationPolicy", message);
  ENSURE(reply.has_value(), failed(reply.error(), Blame::kRequest));
  return ok();
}

Result<std::optional<Json>> RemoteVerifier::reference_value(const std::string& name) {
  const auto references = TRY(parts_.reference_values.references({name}));
  appraise::ReferenceAnswer answer = references->ask(name, parts_.clock.now());
  ENSURE(!answer.failure.has_value(), *answer.failure);
  return answer.value.is_null() ? std::optional<Json>() : std::optional<Json>(std::move(answer.value));
}

Result<std::vector<std::string>> RemoteVerifier::accept_reference_values(std::string_view message) {
  return parts_.reference_values.accept(message);
}

}  // namespace avouch::dialect::coco_as
