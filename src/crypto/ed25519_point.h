// Which 32 octets are an Ed25519 public key. AWS-LC asks only when it verifies, and accepts points of small order,
// for which one signature fits many messages. For crypto/ alone.
#pragma once

#include <array>

#include "base/bytes.h"

namespace avouch::crypto {

inline constexpr std::size_t kEd25519KeyBytes = 32;

// Whether the octets encode, canonically, a point of edwards25519 whose order is not 1, 2, 4 or 8 (RFC 8032 section
// 5.1.3; SP 800-186 appendix D.1.3).
bool is_ed25519_public_key(const std::array<std::uint8_t, kEd25519KeyBytes>& encoded);

}  // namespace avouch::crypto
