// What Veraison's verification service says: its discovery document, its sessions and its problems. Read strictly where
// something hangs on it; what else they hold is passed over, as they grow from release to release.
// Source: Veraison services 6b88102, and the traffic recorded of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/key.h"

namespace avouch::dialect::veraison {

inline constexpr std::string_view kDiscoveryPath = "/.well-known/veraison/verification";
inline constexpr std::string_view kDiscoveryType = "application/vnd.veraison.discovery+json";
inline constexpr std::string_view kSessionType = "application/vnd.veraison.challenge-response-session+json";

// {"ear-verification-key": JWK, "media-types": […], "service-state": "READY", "api-endpoints": {…}, …}
struct Discovery {
  crypto::PublicKey key;                 // that signs results
  std::string algorithm;                 // its JWK's "alg"; empty: not said
  std::vector<std::string> media_types;  // of evidence
  std::string new_session;               // path, begins with '/'
};

//   fails   kUnavailable: veraison.protocol (no such document), veraison.state (not ready), veraison.no-key
Result<Discovery> parse_discovery(std::string_view body);

// {"status": "waiting", "nonce": base64, "accept": […], "result"?: JWT, …}
struct Session {
  enum class State : unsigned char { kWaiting, kProcessing, kComplete, kFailed };
  State state;
  Buffer nonce;
  std::vector<std::string> accept;
  std::string result;  // a JWT; empty unless kComplete
};

//   fails   kUnavailable: veraison.protocol
Result<Session> parse_session(std::string_view body);

// Where a session is: what its Location says (RFC 9110 section 10.2.2), which Veraison writes relative to the path of
// newSession. Within the same server alone.
//   fails   kUnavailable: veraison.protocol
Result<std::string> session_path(std::string_view location, std::string_view new_session_path);

// The words of a problem document (RFC 9457), cut to what a record takes; empty if it is none.
std::string problem_in(std::string_view body);

}  // namespace avouch::dialect::veraison
