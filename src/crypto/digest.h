// SHA-2 digests (FIPS 180-4) and HMAC-SHA-256 (RFC 2104).
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace avouch::crypto {

enum class Hash : unsigned char { kSha256, kSha384, kSha512 };

// A digest of 32, 48 or 64 octets, held by value.
class Digest {
 public:
  Digest() = default;
  Bytes bytes() const { return {octets_.data(), size_bytes_}; }
  operator Bytes() const { return bytes(); }  // NOLINT(google-explicit-constructor)

 private:
  friend Digest digest(Hash, std::initializer_list<Bytes>);
  friend Digest hmac_sha256(Bytes, Bytes);
  std::array<std::uint8_t, 64> octets_{};
  std::size_t size_bytes_ = 0;
};

std::size_t size_bytes(Hash hash);

// The digest of the parts one after the other.
Digest digest(Hash hash, std::initializer_list<Bytes> parts);
inline Digest digest(Hash hash, Bytes message) {
  return digest(hash, {message});
}
Digest hmac_sha256(Bytes key, Bytes message);

// "sha-256" (IANA named information registry, as CCA tokens have it) and "sha256" (as init data has it); any case.
std::optional<Hash> hash_from_name(std::string_view name);

}  // namespace avouch::crypto
