// AttestedTokens: the results of sessions that succeeded, for clients that fetch by cookie alone and never show the
// token. A cache with a bound on its octets: whose token has gone attests again, as the peers' clients do on any 401.
// Tokens of one signer have one header, which is kept once; the rest is kept without base64, in one piece.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "base/clock.h"

namespace avouch::dialect::kbs {

class AttestedTokens {
 public:
  AttestedTokens(std::size_t bytes_max, const Clock& clock) : bytes_max_(bytes_max), clock_(clock) {}
  void remember(Bytes nonce, std::string_view token, Instant expires_at);
  std::optional<std::string> find(Bytes nonce) const;

 private:
  struct Entry {
    std::shared_ptr<const std::string> header;  // null: `octets` are the whole token
    Buffer octets;                              // the payload, then the signature
    std::size_t payload_size;
    Instant expires_at;
  };
  using Entries = std::unordered_map<std::string, Entry>;  // by nonce
  Entry take_apart(std::string_view token, Instant expires_at);
  void make_room(std::size_t bytes);

  const std::size_t bytes_max_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::deque<const std::string*> order_;       // nonces, oldest first: keys of `entries_`
  std::shared_ptr<const std::string> header_;  // of the newest token
  std::size_t bytes_ = 0;
};

}  // namespace avouch::dialect::kbs
