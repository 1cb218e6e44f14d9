#include "appraise/session.h"

#include "base/byte_reader.h"
#include "base/check.h"
#include "codec/base64.h"
#include "crypto/random.h"

namespace avouch::appraise {
namespace {

constexpr std::size_t kNonceBytes = 32;
constexpr std::size_t kTeeNameBytesMax = 32;
constexpr std::string_view kPurpose = "avouch session ticket 2";

Error unknown(const char* why) {
  return Error{Blame::kRequest, "session.unknown", why};
}

void append_milliseconds(Buffer& out, std::chrono::milliseconds time) {
  const auto count = static_cast<std::uint64_t>(time.count());
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<std::uint8_t>(count >> shift));
}

Result<std::chrono::milliseconds> take_milliseconds(ByteReader& in) {
  const std::uint64_t count = TRY(in.little_endian<std::uint64_t>());
  return std::chrono::milliseconds(static_cast<std::int64_t>(count));
}

// Layout: nonce; expiry in milliseconds since 1970 and end in milliseconds of uptime, each as 64 bits little-endian;
// the challenge, after its length as one octet; name of the TEE.
Buffer encode(const Session& session) {
  Buffer out = session.nonce;
  append_milliseconds(out, session.expires_at.time_since_epoch());
  append_milliseconds(out, session.ends_at);
  out.push_back(static_cast<std::uint8_t>(session.challenge.size()));
  out.insert(out.end(), session.challenge.begin(), session.challenge.end());
  out.insert(out.end(), session.tee.begin(), session.tee.end());
  return out;
}

Result<Session> decode(Bytes plain) {
  ByteReader in(plain, "session ticket");
  Session session;
  session.nonce = to_buffer(TRY(in.take(kNonceBytes)));
  session.expires_at = Instant(TRY(take_milliseconds(in)));
  session.ends_at = TRY(take_milliseconds(in));
  const std::uint8_t challenge_size = TRY(in.little_endian<std::uint8_t>());
  session.challenge = to_buffer(TRY(in.take(challenge_size)));
  session.tee = std::string(as_text(in.rest()));
  return session;
}

}  // namespace

Sessions::Sessions(const Secret& ticket_key, std::unique_ptr<SpentNonces> spent, const Clock& clock,
                   std::chrono::seconds lifetime, TicketScope scope)
    : cipher_(ticket_key), spent_(std::move(spent)), clock_(clock), lifetime_(lifetime) {
  if (scope == TicketScope::kReplicas) daily_root_.emplace(to_buffer(ticket_key.reveal()));
}

crypto::RecordCipher Sessions::cipher_of(std::chrono::sys_days day) const {
  const std::string info = "avouch session tickets of day " + std::to_string(day.time_since_epoch().count());
  return crypto::RecordCipher(crypto::hkdf_sha256(*daily_root_, {}, info, crypto::kAesKeyBytes));
}

// A ticket of yesterday may still count, and a replica whose clock is ahead may have begun tomorrow.
Result<Secret> Sessions::unseal(Bytes sealed) const {
  if (!daily_root_.has_value()) return cipher_.open(sealed, as_bytes(kPurpose));
  const auto today = std::chrono::floor<std::chrono::days>(clock_.now());
  for (const int offset : {0, -1, 1}) {
    Result<Secret> plain = cipher_of(today + std::chrono::days(offset)).open(sealed, as_bytes(kPurpose));
    if (plain.has_value()) return plain;
  }
  return unknown("no key of these days opens the ticket");
}

Challenge Sessions::issue(std::string_view tee, Buffer challenge) const {
  Session session{crypto::random_bytes(kNonceBytes), std::string(tee), clock_.now() + lifetime_,
                  daily_root_.has_value() ? Uptime::max() : clock_.uptime() + lifetime_, std::move(challenge)};
  std::string ticket = seal(session);
  return Challenge{std::move(session), std::move(ticket)};
}

std::string Sessions::seal(const Session& session) const {
  CHECK(session.challenge.size() <= kChallengeBytesMax);
  const Buffer plain = encode(session);
  if (!daily_root_.has_value()) return codec::to_base64url(cipher_.seal(plain, as_bytes(kPurpose)));
  const auto today = std::chrono::floor<std::chrono::days>(clock_.now());
  return codec::to_base64url(cipher_of(today).seal(plain, as_bytes(kPurpose)));
}

Result<Session> Sessions::open(std::string_view ticket) const {
  constexpr std::size_t kTicketTextMax = (crypto::kGcmNonceBytes + kNonceBytes + 2 * 8 + 1 + kChallengeBytesMax +
                                          kTeeNameBytesMax + crypto::kGcmTagBytes) *
                                             4 / 3 +
                                         4;
  ENSURE(ticket.size() <= kTicketTextMax, unknown("the ticket is longer than any of ours"));
  const Result<Buffer> sealed = codec::from_base64url(ticket);
  ENSURE(sealed.has_value(), unknown("the ticket is not base64url"));
  const Result<Secret> plain = unseal(*sealed);
  ENSURE(plain.has_value(), unknown("the ticket was not sealed by this server, or before it was restarted"));
  Session session = TRY(decode(plain->reveal()));
  ENSURE(clock_.now() < session.expires_at && clock_.uptime() < session.ends_at,
         Error{Blame::kRequest, "session.expired", "the session ended at " + to_rfc3339(session.expires_at)});
  return session;
}

Result<Session> Sessions::redeem(std::string_view ticket) {
  Session session = TRY(open(ticket));
  const bool first = TRY(spent_->spend(session));
  ENSURE(first, Error{Blame::kRequest, "session.used", "a challenge serves once: ask for a new one"});
  return session;
}

}  // namespace avouch::appraise
