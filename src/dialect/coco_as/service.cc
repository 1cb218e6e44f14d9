#include "dialect/coco_as/service.h"

#include "codec/protobuf.h"

namespace avouch::dialect::coco_as {
namespace {

net::GrpcReply failed(const Error& error, std::string text) {
  const net::GrpcCode code = error.blame == Blame::kUnavailable ? net::GrpcCode::kUnavailable : net::GrpcCode::kAborted;
  return tl::unexpected(net::GrpcStatus{code, std::move(text)});
}

struct PolicyMessage {
  std::string id, policy;
};

Result<PolicyMessage> read_policy(Bytes message) {
  PolicyMessage out;
  for (protobuf::Reader in(message); !in.at_end();) {
    const protobuf::Field field = TRY(in.next());
    if (field.number == 1) out.id = TRY(field.text());
    if (field.number == 2) out.policy = TRY(field.text());
  }
  return out;
}

// ChallengeRequest{map<string, string> inner}: "tee" and "tee_params", both of which have to be there.
Result<std::string> read_challenge(Bytes message) {
  std::optional<std::string> tee;
  bool has_params = false;
  for (protobuf::Reader in(message); !in.at_end();) {
    const protobuf::Field field = TRY(in.next());
    if (field.number != 1) continue;
    const Bytes content = TRY(field.bytes());
    const protobuf::TextEntry entry = TRY(protobuf::read_text_entry(content));
    if (entry.key == "tee") tee = entry.value;
    if (entry.key == "tee_params") has_params = true;
  }
  ENSURE(tee.has_value() && has_params, Error{Blame::kRequest, "as.shape", "tee and tee_params have to be there"});
  return *std::move(tee);
}

}  // namespace

net::GrpcReply AttestationService::call(std::string_view method, Bytes message, std::string_view peer) const {
  if (method == "AttestationEvaluate") return evaluate(message, peer);
  if (method == "SetAttestationPolicy") return set_policy(message, peer);
  if (method == "GetAttestationChallenge") return challenge(message);
  return tl::unexpected(net::GrpcStatus{net::GrpcCode::kUnimplemented, ""});
}

net::GrpcReply AttestationService::evaluate(Bytes message, std::string_view peer) const {
  const tl::expected<std::string, ledger::Refusal> token = evaluator_.evaluate_grpc(message, std::string(peer));
  if (!token.has_value()) {
    return failed(token.error().error, "Attestation evaluation failed: \n0: " + public_cause(token.error()));
  }
  return protobuf::Writer().text(1, *token).take();
}

net::GrpcReply AttestationService::set_policy(Bytes message, std::string_view peer) const {
  const Result<PolicyMessage> sent = read_policy(message);
  const Status set =
      sent.has_value() ? evaluator_.set_policy(sent->id, sent->policy, std::string(peer)) : Status(sent.error());
  if (!set.has_value()) return failed(set.error(), "Set Attestation Policy Failed: " + public_cause(set.error()));
  return Buffer();
}

net::GrpcReply AttestationService::challenge(Bytes message) const {
  const Result<std::string> tee = read_challenge(message);
  const Result<std::string> challenge = tee.has_value() ? evaluator_.challenge(*tee) : tee;
  if (!challenge.has_value()) return failed(challenge.error(), "Challenge: " + public_cause(challenge.error()));
  return protobuf::Writer().text(1, *challenge).take();
}

}  // namespace avouch::dialect::coco_as
