// A whole verifier in memory, and before it an emulated Arm CCA platform with one realm: what tests of appraisals start
// from. Nothing is endorsed at first.
#pragma once

#include <gtest/gtest.h>

#include "appraise/appraiser.h"
#include "appraise/why.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "ledger/default_policies.h"
#include "tee/cca/emulator/platform.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace avouch::testing {

// How this guest binds the session, as a dialect would: by a digest of the nonce.
inline Result<Buffer> bind_nonce(const appraise::Session& session) {
  return to_buffer(crypto::digest(crypto::Hash::kSha384, session.nonce).bytes());
}

struct CcaVerifier {
  ManualClock clock;
  FailingStore store{clock};
  const Log quiet{clock, LogLevel::kOff, LogFormat::kText};
  const tee::Rooms rooms{false};
  ledger::DecisionLog decisions{store, clock, quiet};
  ledger::Policies policies{store, "attestation_policy", ledger::default_policies()};
  appraise::ReferenceValues reference_values{store, clock};
  appraise::Endorsements endorsements{store, {}};
  appraise::Sessions sessions{Secret(crypto::random_bytes(crypto::kAesKeyBytes)),
                              appraise::make_spent_nonces_in_memory(clock), clock, std::chrono::seconds(300)};
  const appraise::Signer signer =
      appraise::Signer::make(crypto::PrivateKey::generate_ec(crypto::Curve::kP256), {}).value();
  appraise::Appraiser appraiser{{rooms, sessions, endorsements, reference_values, policies, signer, decisions, clock}};
  ledger::Policies resource_policies{
      store, "resource_policy", {{"resource-policy", ledger::default_policies().at("resource_default")}}};
  appraise::Why why{{decisions, policies, resource_policies, reference_values, rooms}};

  tee::cca::emulator::Platform platform = tee::cca::emulator::Platform::make();
  tee::cca::emulator::Realm realm = tee::cca::emulator::Realm::with_initial_measurement(Buffer(32, 0x44));

  // The measurement of `realm`, as claims and reference values have it.
  static constexpr const char* kRimName = "cca.realm.cca-realm-initial-measurement";
  static constexpr const char* kRim = "REREREREREREREREREREREREREREREREREREREREREQ=";

  tee::EndorsedRecords platform_endorsements() const {
    return rooms.find("cca").value()->read_endorsements(platform.endorsements()).value();
  }
  void endorse_platform() { ASSERT_TRUE(endorsements.add(platform_endorsements()).has_value()); }
  void endorse_realm() { ASSERT_TRUE(reference_values.set(kRimName, Json::array({kRim})).has_value()); }

  // The realm's token for the challenge of a session.
  Buffer evidence(const appraise::Session& session) const {
    Buffer challenge = bind_nonce(session).value();
    challenge.resize(64);
    return platform.token(realm, challenge, tee::cca::emulator::Profile::k2023, tee::cca::emulator::Collection::kCmw907)
        .value();
  }

  // What an honest guest sends back for a new challenge.
  appraise::Submission submission() const {
    const appraise::Challenge challenge = sessions.issue("cca");
    appraise::Submission out;
    out.ticket = challenge.ticket;
    out.peer = "192.0.2.7";
    out.evidence = evidence(challenge.session);
    out.report_data = bind_nonce;
    return out;
  }

  // The record of the attestation of an honest guest.
  Json attest() {
    const auto result = appraiser.attest(submission());
    return decisions.find(result.has_value() ? result->decision_id : result.error().decision_id).value();
  }
};

}  // namespace avouch::testing
