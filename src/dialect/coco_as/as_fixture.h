// A whole attestation service in memory, for tests: the sample TEE allowed, a clock of its own. Fed with messages as
// its callers make them; no sockets.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "appraise/reference_values.h"
#include "codec/base64.h"
#include "codec/protobuf.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "dialect/coco_as/service.h"
#include "format/jws.h"
#include "ledger/default_policies.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace avouch::dialect::coco_as {

// The sample's evidence for structured runtime data, with the hash of the peer's default.
inline Json sample_evidence(const Json& runtime_data, crypto::Hash hash = crypto::Hash::kSha384) {
  const crypto::Digest digest = crypto::digest(hash, as_bytes(to_canonical_text(runtime_data)));
  return Json::object({{"svn", "1"}, {"report_data", codec::to_base64(digest.bytes())}});
}

inline std::string encoded(const Json& evidence) {
  return codec::to_base64url(as_bytes(to_text(evidence)));
}

struct AsFixture {
  mutable testing::ManualClock clock;
  Log log{clock, LogLevel::kOff, LogFormat::kText};
  testing::FailingStore store{clock};
  tee::Rooms rooms{true};
  appraise::Signer signer = *appraise::Signer::make(crypto::PrivateKey::generate_ec(crypto::Curve::kP256), {});
  ledger::DecisionLog decisions{store, clock, log};
  ledger::Policies policies{
      store, "attestation_service_policy", {{"default_cpu", ledger::default_policies().at("default_cpu")}}};
  appraise::ReferenceValues reference_values{store, clock};
  appraise::Endorsements endorsements{store, {}};
  appraise::Sessions sessions{Secret(crypto::random_bytes(crypto::kAesKeyBytes)),
                              appraise::make_spent_nonces_in_memory(clock), clock, limits::kSessionLifetime};
  appraise::Appraiser appraiser{{rooms, sessions, endorsements, reference_values, policies, signer, decisions, clock}};
  Evaluator evaluator{{appraiser, rooms, policies, signer, decisions}, ReadOptions{}};
  AttestationService service{evaluator};

  // One IndividualAttestationRequest with structured runtime data.
  static Buffer item(const Json& runtime_data) {
    return protobuf::Writer()
        .text(1, "sample")
        .text(3, encoded(sample_evidence(runtime_data)))
        .text(5, to_text(runtime_data))
        .take();
  }
  static Buffer request(const Json& runtime_data) { return protobuf::Writer().bytes(1, item(runtime_data)).take(); }

  net::GrpcReply call(std::string_view method, Bytes message) const {
    clock.advance(std::chrono::milliseconds(1));  // so that decisions sort
    return service.call(method, message, "192.0.2.1:4711");
  }
  // "ABORTED Attestation evaluation failed: …", or "ok".
  static std::string outcome(const net::GrpcReply& reply) {
    return reply.has_value() ? "ok" : std::string(net::to_string(reply.error().code)) + " " + reply.error().message;
  }
  // The payload of a token that the service has to have signed.
  Json payload(const std::string& token) const {
    const Result<jose::Jws> jws = jose::parse_jws(token);
    EXPECT_TRUE(jws.has_value() && jose::verify_jws(*jws, signer.public_key()).has_value()) << token;
    return jws.has_value() ? jws->payload : Json();
  }
  Json payload(const net::GrpcReply& reply) const {
    EXPECT_TRUE(reply.has_value()) << outcome(reply);
    if (!reply.has_value()) return {};
    return payload(std::string(protobuf::Reader(*reply).next()->text().value()));
  }
  // Code of the newest decision: what an operator sees of a refusal.
  std::string newest_code() const {
    const Result<std::vector<Json>> newest = decisions.newest(1, "");
    if (!newest.has_value() || newest->empty()) return "no decision";
    const Json* code = newest->front().at("/error/code");
    return code == nullptr || code->as_string() == nullptr ? "granted" : *code->as_string();
  }
};

}  // namespace avouch::dialect::coco_as
