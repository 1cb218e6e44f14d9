// Sessions: a challenge issued, and redeemed once. Issuing allocates nothing: the ticket that the client carries (as a
// cookie, in the KBS dialect) is the session itself, sealed and time-boxed, so a flood of challenges costs no memory.
// It ends by the time of day, as its cookie says, and by the machine's uptime, so that no clock put back prolongs it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/encryption.h"

namespace avouch::appraise {

struct Session {
  Buffer nonce;     // 32 random octets
  std::string tee;  // the TEE that the guest announced
  Instant expires_at;
  Uptime ends_at;  // whichever of the two comes first
};

struct Challenge {
  Session session;
  std::string ticket;  // base64url
};

// Remembers which nonces have been used until their sessions are over anyway. Thread safe. A memory that replicas share
// goes by expires_at, as their machines have no uptime in common; one of our own by ends_at, which nobody can set.
class SpentNonces {
 public:
  virtual ~SpentNonces() = default;
  // Marks the session's nonce as used; false if it was.
  //   fails   kUnavailable: session.too-many (the bound is reached: refuse rather than forget)
  virtual Result<bool> spend(const Session& session) = 0;
};

class Sessions {
 public:
  // `ticket_key` has crypto::kAesKeyBytes. Whoever restarts with a new key and an empty memory of spent nonces makes
  // every older ticket void, so that a restart never makes a used nonce usable again.
  Sessions(const Secret& ticket_key, std::unique_ptr<SpentNonces> spent, const Clock& clock,
           std::chrono::seconds lifetime);

  Challenge issue(std::string_view tee) const;

  // The session of a ticket, without using it up.
  //   fails   kRequest: session.unknown (not one of our tickets), session.expired
  Result<Session> open(std::string_view ticket) const;

  // The session of a ticket, used up: a nonce serves once, whether what follows succeeds or not.
  //   fails   as open(), and kRequest: session.used; kUnavailable: session.too-many
  Result<Session> redeem(std::string_view ticket);

 private:
  crypto::RecordCipher cipher_;
  std::unique_ptr<SpentNonces> spent_;
  const Clock& clock_;
  std::chrono::seconds lifetime_;
};

// For one process, and for so many nonces at one time.
std::unique_ptr<SpentNonces> make_spent_nonces_in_memory(const Clock& clock,
                                                         std::size_t count_max = limits::kRedeemedSessions);

}  // namespace avouch::appraise
