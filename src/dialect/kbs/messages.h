// The messages of the KBS attestation protocol ("RCAR", versions 0.1.0 to 0.4.x), as clients of Trustee send them,
// read strictly. Source: kbs-types 0.6 to 0.18 and the clients of those times; recorded traffic decides where they
// differ.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/json.h"

namespace avouch::dialect::kbs {

inline constexpr std::string_view kVersionSpoken = "0.4.0";

struct AuthRequest {
  std::string version;
  std::string tee;
};

// {"version","tee","extra-params"}; all three must be there.
//   fails   kRequest: kbs.auth.shape, kbs.auth.version-syntax (no semantic version), kbs.auth.version (not one that we
//   speak)
Result<AuthRequest> parse_auth_request(std::string_view body);

struct AttestRequest {
  // Guests before 0.4.0 do not repeat the nonce (their evidence binds ours all the same), and before 0.3.0 they know of
  // no evidence beside the CPU's.
  std::optional<std::string> nonce;
  bool binds_additional_evidence = true;
  Json filtered_jwk;  // tee-pubkey, only the members that count
  Json primary_evidence;
  std::string additional_evidence;                               // "" or a JSON text; as sent
  std::optional<std::pair<std::string, std::string>> init_data;  // format, body
};

// By generation, told apart by their shape:
//   0.4.x         {"init-data","runtime-data":{"nonce","tee-pubkey"},
//                  "tee-evidence":{"primary_evidence","additional_evidence"}}
//   0.3.0         {"tee-pubkey","tee-evidence":{"primary_evidence","additional_evidence"}}
//   0.1.1, 0.2.0  {"tee-pubkey","tee-evidence": evidence}
//   0.1.0         {"tee-pubkey","tee-evidence": evidence as a text}
// The key has to be one that a secret can be sealed to: checked here, when it is presented, and not at release.
//   fails   kRequest: kbs.attest.shape, kbs.attest.additional (devices beside the CPU: not verified by this build),
//           teekey.*, jwk.*, key.*
Result<AttestRequest> parse_attest_request(std::string_view body, bool allow_rsa1_5);

// What the guest binds, as policies and results show it: {"additional-evidence","nonce","tee-pubkey"}, before 0.3.0
// without the first. `nonce` is the server's own.
Json runtime_claims(const AttestRequest& request, std::string_view nonce);

// How the peers' guests put that into their evidence: SHA-384 over its canonical JSON (RFC 8785).
Buffer report_data(const AttestRequest& request, std::string_view nonce);

// {"type":"https://github.com/confidential-containers/kbs/errors/<variant>","detail":…}, and where there is one,
// "decision": an id that an operator can look up and a caller learns nothing from.
std::string error_body(std::string_view variant, std::string_view detail, std::string_view decision_id);

}  // namespace avouch::dialect::kbs
