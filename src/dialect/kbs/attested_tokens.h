// AttestedTokens: the results of sessions that succeeded, for clients that fetch by cookie alone and never show the
// token. A cache with a bound on its octets: whose token has gone attests again, as the peers' clients do on any 401.
// Tokens of one signer have one header, which is kept once; the rest lies without base64 in one ring, so that thousands
// of tokens leave no holes in the memory of short-lived things.
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
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
  AttestedTokens(std::size_t bytes_max, const Clock& clock);
  void remember(Bytes nonce, std::string_view token, Instant expires_at);
  std::optional<std::string> find(Bytes nonce) const;

 private:
  struct Entry {
    std::shared_ptr<const std::string> header;  // null: the ring holds the whole token
    std::size_t offset, size, payload_size;     // in the ring: the payload, then the signature
    Instant expires_at;
  };
  void place(Bytes nonce, Entry entry, std::initializer_list<Bytes> pieces);
  void make_room(std::size_t size);
  const Entry& oldest() const { return entries_.find(*order_.front())->second; }
  void drop_oldest();

  const std::size_t bytes_max_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  const std::unique_ptr<std::uint8_t[]> ring_;      // memory that is taken only as far as it gets used
  std::size_t next_ = 0;                            // where the next token goes in it
  std::unordered_map<std::string, Entry> entries_;  // by nonce
  std::deque<const std::string*> order_;            // nonces, oldest first: keys of `entries_`
  std::shared_ptr<const std::string> header_;       // of the newest token
};

}  // namespace avouch::dialect::kbs
