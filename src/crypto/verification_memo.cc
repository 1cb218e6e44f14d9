#include "crypto/verification_memo.h"

#include <algorithm>

#include "crypto/digest.h"

namespace avouch::crypto {
namespace {

// The key is in DER, which says its own length, and the message's length is said: no two questions look the same.
std::array<std::uint8_t, 32> fingerprint(const PublicKey& key, SignatureAlgorithm algorithm, Bytes message,
                                         Bytes signature) {
  const Buffer spki = key.to_spki_der();
  std::array<std::uint8_t, 9> frame{static_cast<std::uint8_t>(algorithm)};
  for (std::size_t i = 0; i < 8; ++i) {
    frame[i + 1] = static_cast<std::uint8_t>(std::uint64_t{message.size()} >> (8 * i));
  }
  const Digest digested = digest(Hash::kSha256, {spki, frame, message, signature});
  std::array<std::uint8_t, 32> out{};
  std::copy_n(digested.bytes().begin(), out.size(), out.begin());
  return out;
}

}  // namespace

Status VerificationMemo::verify(const PublicKey& key, SignatureAlgorithm algorithm, Bytes message, Bytes signature) {
  const std::array<std::uint8_t, 32> question = fingerprint(key, algorithm, message, signature);
  if (valid_.find(question).has_value()) return ok();
  TRY(crypto::verify(key, algorithm, message, signature));
  valid_.remember(question, Valid{});
  return ok();
}

}  // namespace avouch::crypto
