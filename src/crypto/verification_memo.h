// VerificationMemo: signatures that verified before need not be verified again. Thread safe.
//
// Verifying is a pure function of key, algorithm, message and signature, so its "valid" holds for ever. Trust in the
// key is not remembered: whoever asks must have found the key where it is trusted, each time anew.
#pragma once

#include <array>

#include "base/recent_map.h"
#include "crypto/signature.h"

namespace avouch::crypto {

class VerificationMemo {
 public:
  explicit VerificationMemo(std::size_t count_max) : valid_(count_max) {}

  // As crypto::verify().
  Status verify(const PublicKey& key, SignatureAlgorithm algorithm, Bytes message, Bytes signature);

 private:
  struct Valid {};
  RecentMap<std::array<std::uint8_t, 32>, Valid> valid_;  // by the SHA-256 of all that was verified
};

}  // namespace avouch::crypto
