#include "dialect/kbs/attested_tokens.h"

#include "codec/base64.h"

namespace avouch::dialect::kbs {

void AttestedTokens::remember(Bytes nonce, std::string_view token, Instant expires_at) {
  const std::scoped_lock lock(mutex_);
  Entry entry = take_apart(token, expires_at);
  if (entry.octets.size() > bytes_max_) return;
  make_room(entry.octets.size());
  const std::size_t size = entry.octets.size();
  const auto [place, is_new] = entries_.emplace(as_text(nonce), std::move(entry));
  if (!is_new) return;
  bytes_ += size;
  order_.push_back(&place->first);
}

AttestedTokens::Entry AttestedTokens::take_apart(std::string_view token, Instant expires_at) {
  const std::size_t first = token.find('.'), last = token.rfind('.');
  if (first != std::string_view::npos && first < last) {
    const std::string_view header = token.substr(0, first);
    const Result<Buffer> payload = codec::from_base64url(token.substr(first + 1, last - first - 1));
    const Result<Buffer> signature = codec::from_base64url(token.substr(last + 1));
    if (payload.has_value() && signature.has_value()) {
      if (header_ == nullptr || *header_ != header) header_ = std::make_shared<const std::string>(header);
      Buffer octets;
      octets.reserve(payload->size() + signature->size());
      octets.insert(octets.end(), payload->begin(), payload->end());
      octets.insert(octets.end(), signature->begin(), signature->end());
      return Entry{header_, std::move(octets), payload->size(), expires_at};
    }
  }
  return Entry{nullptr, to_buffer(as_bytes(token)), token.size(), expires_at};
}

std::optional<std::string> AttestedTokens::find(Bytes nonce) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(std::string(as_text(nonce)));
  if (found == entries_.end() || found->second.expires_at <= clock_.now()) return std::nullopt;
  const Entry& entry = found->second;
  const Bytes octets = entry.octets;
  if (entry.header == nullptr) return std::string(as_text(octets));
  return *entry.header + "." + codec::to_base64url(octets.first(entry.payload_size)) + "." +
         codec::to_base64url(octets.subspan(entry.payload_size));
}

void AttestedTokens::make_room(std::size_t bytes) {
  const Instant now = clock_.now();
  while (!order_.empty()) {
    const auto oldest = entries_.find(*order_.front());
    if (bytes_ + bytes <= bytes_max_ && oldest->second.expires_at > now) return;
    bytes_ -= oldest->second.octets.size();
    order_.pop_front();
    entries_.erase(oldest);
  }
}

}  // namespace avouch::dialect::kbs
