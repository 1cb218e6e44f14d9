#include "dialect/kbs/attested_tokens.h"

#include "codec/base64.h"

namespace avouch::dialect::kbs {

void AttestedTokens::remember(Bytes nonce, std::string token, Instant expires_at) {
  const std::scoped_lock lock(mutex_);
  Entry entry = take_apart(std::move(token), expires_at);
  if (entry.size_bytes() > bytes_max_) return;
  make_room(entry.size_bytes());
  std::string key(as_text(nonce));
  bytes_ += entry.size_bytes();
  order_.push_back(key);
  entries_.emplace(std::move(key), std::move(entry));
}

AttestedTokens::Entry AttestedTokens::take_apart(std::string token, Instant expires_at) {
  const std::size_t first = token.find('.'), last = token.rfind('.');
  if (first != std::string::npos && first < last) {
    Result<Buffer> payload = codec::from_base64url(std::string_view(token).substr(first + 1, last - first - 1));
    const std::string_view header = std::string_view(token).substr(0, first);
    if (payload.has_value()) {
      if (header_ == nullptr || *header_ != header) header_ = std::make_shared<const std::string>(header);
      return Entry{header_, *std::move(payload), token.substr(last + 1), expires_at};
    }
  }
  return Entry{nullptr, to_buffer(as_bytes(token)), "", expires_at};
}

std::optional<std::string> AttestedTokens::find(Bytes nonce) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(std::string(as_text(nonce)));
  if (found == entries_.end() || found->second.expires_at <= clock_.now()) return std::nullopt;
  const Entry& entry = found->second;
  if (entry.header == nullptr) return std::string(as_text(entry.payload));
  return *entry.header + "." + codec::to_base64url(entry.payload) + "." + entry.signature;
}

void AttestedTokens::make_room(std::size_t bytes) {
  const Instant now = clock_.now();
  while (!order_.empty()) {
    const auto oldest = entries_.find(order_.front());
    if (bytes_ + bytes <= bytes_max_ && oldest->second.expires_at > now) return;
    bytes_ -= oldest->second.size_bytes();
    entries_.erase(oldest);
    order_.pop_front();
  }
}

}  // namespace avouch::dialect::kbs
