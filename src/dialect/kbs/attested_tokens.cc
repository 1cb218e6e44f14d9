#include "dialect/kbs/attested_tokens.h"

namespace avouch::dialect::kbs {

void AttestedTokens::remember(Bytes nonce, std::string token, Instant expires_at) {
  const std::scoped_lock lock(mutex_);
  if (token.size() > bytes_max_) return;
  make_room(token.size());
  std::string key(as_text(nonce));
  bytes_ += token.size();
  order_.push_back(key);
  entries_.emplace(std::move(key), Entry{std::move(token), expires_at});
}

std::optional<std::string> AttestedTokens::find(Bytes nonce) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(std::string(as_text(nonce)));
  if (found == entries_.end() || found->second.expires_at <= clock_.now()) return std::nullopt;
  return found->second.token;
}

void AttestedTokens::make_room(std::size_t bytes) {
  const Instant now = clock_.now();
  while (!order_.empty()) {
    const auto oldest = entries_.find(order_.front());
    if (bytes_ + bytes <= bytes_max_ && oldest->second.expires_at > now) return;
    bytes_ -= oldest->second.token.size();
    entries_.erase(oldest);
    order_.pop_front();
  }
}

}  // namespace avouch::dialect::kbs
