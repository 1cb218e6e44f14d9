#include "dialect/kbs/shared_tokens.h"

#include "codec/base64.h"

namespace avouch::dialect::kbs {
namespace {

constexpr std::string_view kSpace = "attested-token";

// What a seal is bound to: the session that the token belongs to.
std::string place_of(std::string_view key) {
  return "avouch attested token 1 " + std::string(key);
}

}  // namespace

Status SharedTokens::remember(Bytes nonce, std::string_view token, Instant expires_at) {
  const std::string key = codec::to_base64url(nonce);
  const Buffer sealed = cipher_.seal(as_bytes(token), as_bytes(place_of(key)));
  return store_.put(kSpace, key, sealed, store::Expiry::when(expires_at));
}

Result<std::optional<std::string>> SharedTokens::find(Bytes nonce) const {
  const std::string key = codec::to_base64url(nonce);
  const std::optional<Buffer> sealed = TRY(store_.get(kSpace, key));
  if (!sealed.has_value()) return std::optional<std::string>{};
  const Result<Secret> token = cipher_.open(*sealed, as_bytes(place_of(key)));
  if (!token.has_value()) return std::optional<std::string>{};
  return std::optional<std::string>(std::string(as_text(token->reveal())));
}

}  // namespace avouch::dialect::kbs
