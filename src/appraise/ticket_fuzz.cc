// Tickets come back from strangers. One that we issued opens as the session that it was; one bit of it, or another
// server's key, and it is nobody's; and no other text opens at all.
#include <cstddef>
#include <cstdint>

#include "appraise/session.h"
#include "base/check.h"
#include "crypto/random.h"
#include "testing/manual_clock.h"

namespace {

using avouch::appraise::Challenge;
using avouch::appraise::Sessions;

constexpr std::chrono::seconds kLifetime{300};

std::string_view code_of(const avouch::Result<avouch::appraise::Session>& result) {
  return result.has_value() ? "" : result.error().code;
}

Sessions make_sessions(const avouch::Clock& clock) {
  return {avouch::Secret(avouch::crypto::random_bytes(avouch::crypto::kAesKeyBytes)),
          avouch::appraise::make_spent_nonces_in_memory(clock), clock, kLifetime};
}

// `damage` says which character of the ticket changes, and into what.
void check_issued(std::string_view tee, avouch::Bytes damage, avouch::testing::ManualClock& clock) {
  Sessions sessions = make_sessions(clock);
  const Challenge challenge = sessions.issue(tee);
  const auto open = sessions.open(challenge.ticket);
  CHECK(open.has_value() && open->nonce == challenge.session.nonce && open->tee == tee);
  CHECK(open->expires_at == challenge.session.expires_at);
  CHECK(code_of(make_sessions(clock).open(challenge.ticket)) == "session.unknown");
  if (damage.size() >= 2) {
    std::string forged = challenge.ticket;
    forged[damage[0] % forged.size()] = static_cast<char>(damage[1]);
    CHECK(forged == challenge.ticket || code_of(sessions.redeem(forged)) == "session.unknown");
  }
  CHECK(sessions.redeem(challenge.ticket).has_value());
  CHECK(code_of(sessions.redeem(challenge.ticket)) == "session.used");
  clock.advance(kLifetime);
  CHECK(code_of(sessions.redeem(challenge.ticket)) == "session.expired");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const avouch::Bytes input(data, size);
  static avouch::testing::ManualClock clock;
  static Sessions sessions = make_sessions(clock);
  CHECK(code_of(sessions.open(avouch::as_text(input))) == "session.unknown");
  check_issued(avouch::as_text(input.first(std::min<std::size_t>(size, 32))), input, clock);
  return 0;
}
