// AttestedTokens: the results of sessions that succeeded, for clients that fetch by cookie alone and never show the
// token. A cache with a bound on its octets: whose token has gone attests again, as the peers' clients do on any 401.
// Tokens of one signer have one header, which is kept once; payloads are kept without base64.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/bytes.h"
#include "base/clock.h"

namespace avouch::dialect::kbs {

class AttestedTokens {
 public:
  AttestedTokens(std::size_t bytes_max, const Clock& clock) : bytes_max_(bytes_max), clock_(clock) {}
  void remember(Bytes nonce, std::string token, Instant expires_at);
  std::optional<std::string> find(Bytes nonce) const;

 private:
  struct Entry {
    std::shared_ptr<const std::string> header;  // null: `payload` is the whole token
    Buffer payload;
    std::string signature;
    Instant expires_at;
    std::size_t size_bytes() const { return payload.size() + signature.size(); }
  };
  Entry take_apart(std::string token, Instant expires_at);
  void make_room(std::size_t bytes);

  const std::size_t bytes_max_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  // by nonce
  std::deque<std::string> order_;                   // nonces, oldest first
  std::shared_ptr<const std::string> header_;       // of the newest token
  std::size_t bytes_ = 0;
};

}  // namespace avouch::dialect::kbs
