#include "dialect/kbs/attested_tokens.h"

#include <algorithm>

#include "base/secret.h"
#include "codec/base64.h"

namespace avouch::dialect::kbs {

AttestedTokens::AttestedTokens(std::size_t bytes_max, const Clock& clock)
    : bytes_max_(bytes_max), clock_(clock), ring_(std::make_unique_for_overwrite<std::uint8_t[]>(bytes_max)) {}

void AttestedTokens::remember(Bytes nonce, std::string_view token, Instant expires_at) {
  const std::scoped_lock lock(mutex_);
  const std::size_t first = token.find('.'), last = token.rfind('.');
  if (first != std::string_view::npos && first < last) {
    const std::string_view header = token.substr(0, first);
    const Result<Buffer> payload = codec::from_base64url(token.substr(first + 1, last - first - 1));
    const Result<Buffer> signature = codec::from_base64url(token.substr(last + 1));
    if (payload.has_value() && signature.has_value()) {
      if (header_ == nullptr || *header_ != header) header_ = std::make_shared<const std::string>(header);
      place(nonce, {header_, 0, payload->size() + signature->size(), payload->size(), expires_at},
            {*payload, *signature});
      return;
    }
  }
  place(nonce, {nullptr, 0, token.size(), token.size(), expires_at}, {as_bytes(token)});
}

std::optional<std::string> AttestedTokens::find(Bytes nonce) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(std::string(as_text(nonce)));
  if (found == entries_.end() || found->second.expires_at <= clock_.now()) return std::nullopt;
  const Entry& entry = found->second;
  const Bytes octets(ring_.get() + entry.offset, entry.size);
  if (entry.header == nullptr) return std::string(as_text(octets));
  return *entry.header + "." + codec::to_base64url(octets.first(entry.payload_size)) + "." +
         codec::to_base64url(octets.subspan(entry.payload_size));
}

void AttestedTokens::place(Bytes nonce, Entry entry, std::initializer_list<Bytes> pieces) {
  if (entry.size > bytes_max_) return;
  if (entries_.contains(std::string(as_text(nonce)))) return;  // A nonce serves once.
  make_room(entry.size);
  entry.offset = next_;
  for (const Bytes piece : pieces) {
    std::copy(piece.begin(), piece.end(), ring_.get() + next_);
    next_ += piece.size();
  }
  order_.push_back(&entries_.emplace(as_text(nonce), std::move(entry)).first->first);
}

// Tokens lie in the ring in their order, so that the ones in the way are the oldest.
void AttestedTokens::make_room(std::size_t size) {
  const Instant now = clock_.now();
  while (!order_.empty() && oldest().expires_at <= now) drop_oldest();
  if (next_ + size > bytes_max_) {
    while (!order_.empty() && oldest().offset >= next_) drop_oldest();
    next_ = 0;
  }
  while (!order_.empty() && oldest().offset >= next_ && oldest().offset < next_ + size) drop_oldest();
}

void AttestedTokens::drop_oldest() {
  const auto found = entries_.find(*order_.front());
  wipe_memory(ring_.get() + found->second.offset, found->second.size);
  order_.pop_front();
  entries_.erase(found);
}

}  // namespace avouch::dialect::kbs
