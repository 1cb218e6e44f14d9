#include "crypto/digest.h"

#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cctype>
#include <string>

#include "base/check.h"
#include "crypto/native.h"

namespace avouch::crypto {

std::size_t size_bytes(Hash hash) {
  switch (hash) {
    case Hash::kSha256:
      return SHA256_DIGEST_LENGTH;
    case Hash::kSha384:
      return SHA384_DIGEST_LENGTH;
    case Hash::kSha512:
      return SHA512_DIGEST_LENGTH;
  }
  CHECK(false);
}

// The contexts live on the stack and cannot fail: EVP_MD_CTX would allocate for each digest.
Digest digest(Hash hash, std::initializer_list<Bytes> parts) {
  Digest out;
  out.size_bytes_ = size_bytes(hash);
  if (hash == Hash::kSha256) {
    SHA256_CTX context;
    SHA256_Init(&context);
    for (const Bytes part : parts) SHA256_Update(&context, part.data(), part.size());
    SHA256_Final(out.octets_.data(), &context);
    return out;
  }
  SHA512_CTX context;
  hash == Hash::kSha384 ? SHA384_Init(&context) : SHA512_Init(&context);
  for (const Bytes part : parts) SHA512_Update(&context, part.data(), part.size());
  hash == Hash::kSha384 ? SHA384_Final(out.octets_.data(), &context) : SHA512_Final(out.octets_.data(), &context);
  return out;
}

Digest hmac_sha256(Bytes key, Bytes message) {
  Digest out;
  unsigned written = 0;
  // A null key would mean "the key of the call before" to HMAC_Init_ex.
  const Bytes real_key = key.empty() ? as_bytes("") : key;
  CHECK(HMAC(EVP_sha256(), real_key.data(), real_key.size(), message.data(), message.size(), out.octets_.data(),
             &written) != nullptr);
  out.size_bytes_ = written;
  return out;
}

std::optional<Hash> hash_from_name(std::string_view name) {
  if (name.size() > std::string_view("sha-256").size()) return std::nullopt;
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower == "sha-256" || lower == "sha256") return Hash::kSha256;
  if (lower == "sha-384" || lower == "sha384") return Hash::kSha384;
  if (lower == "sha-512" || lower == "sha512") return Hash::kSha512;
  return std::nullopt;
}

}  // namespace avouch::crypto
