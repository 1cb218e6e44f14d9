// Sessions: a challenge issued, and redeemed once. Issuing allocates nothing: the ticket that the client carries (as a
// cookie, in the KBS dialect) is the session itself, sealed and time-boxed, so a flood of challenges costs no memory.
// It ends by the time of day, as its cookie says, and by the machine's uptime, so that no clock put back prolongs it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/encryption.h"
#include "store/store.h"

namespace avouch::appraise {

struct Session {
  Buffer nonce;     // 32 random octets
  std::string tee;  // the TEE that the guest announced
  Instant expires_at;
  Uptime ends_at;  // whichever of the two comes first
  // What the evidence has to bind instead of the nonce, where a dialect lets the relying party choose: then only the
  // nonce tells sessions apart, and makes each count once. At most kChallengeBytesMax; empty: there is none.
  Buffer challenge{};
};

inline constexpr std::size_t kChallengeBytesMax = 64;

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
  // Whether the session's nonce is marked.   fails   kUnavailable: store.*
  virtual Result<bool> is_spent(const Session& session) = 0;
};

// Where a ticket is good: in this process, or in each replica that has the same key and the same spent nonces. Tickets
// of replicas end by the time of day alone, for uptimes of machines cannot be compared, and lie under a key of the day:
// no key seals more of them than it may.
enum class TicketScope : unsigned char { kThisProcess, kReplicas };

class Sessions {
 public:
  // `ticket_key` has crypto::kAesKeyBytes. Whoever restarts with a new key and an empty memory of spent nonces makes
  // every older ticket void, so that a restart never makes a used nonce usable again.
  Sessions(const Secret& ticket_key, std::unique_ptr<SpentNonces> spent, const Clock& clock,
           std::chrono::seconds lifetime, TicketScope scope = TicketScope::kThisProcess);

  Challenge issue(std::string_view tee, Buffer challenge = {}) const;

  // The ticket of a session whose nonce, TEE and end are given: what open() takes apart.
  std::string seal(const Session& session) const;

  // The session of a ticket, without using it up.
  //   fails   kRequest: session.unknown (not one of our tickets), session.expired
  Result<Session> open(std::string_view ticket) const;

  // The session of a ticket, used up: a nonce serves once, whether what follows succeeds or not.
  //   fails   as open(), and kRequest: session.used; kUnavailable: session.too-many
  Result<Session> redeem(std::string_view ticket);

  // Whether a session that open() gave was used up.   fails   as SpentNonces::is_spent()
  Result<bool> is_used_up(const Session& session) const { return spent_->is_spent(session); }

 private:
  crypto::RecordCipher cipher_of(std::chrono::sys_days day) const;
  Result<Secret> unseal(Bytes sealed) const;

  crypto::RecordCipher cipher_;
  std::unique_ptr<SpentNonces> spent_;
  const Clock& clock_;
  std::chrono::seconds lifetime_;
  std::optional<Secret> daily_root_;  // of replicas
};

// For one process, and for so many nonces at one time.
std::unique_ptr<SpentNonces> make_spent_nonces_in_memory(const Clock& clock,
                                                         std::size_t count_max = limits::kRedeemedSessions);

// For all replicas that share the store, whose clocks may be kReplicaClockSkew apart.
// Its spend() fails as the store does: what cannot be marked as used is not used.
inline constexpr std::chrono::minutes kReplicaClockSkew{10};
std::unique_ptr<SpentNonces> make_spent_nonces_in_store(store::Store& store);

}  // namespace avouch::appraise
