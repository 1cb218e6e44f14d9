#include <openssl/aes.h>

#include "base/check.h"
#include "crypto/encryption.h"
#include "crypto/native.h"

namespace avouch::crypto {
namespace {

constexpr std::size_t kBlockBytes = 8;  // RFC 3394 counts in halves of an AES block.

// An expanded AES key, wiped when it goes.
struct Schedule {
  Schedule() = default;
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;
  ~Schedule() { wipe_memory(&key, sizeof key); }
  AES_KEY key{};
};

Error cannot_open() {
  return {Blame::kEvidence, "seal.open", "AES key wrap"};
}

unsigned bits_of(const Secret& key) {
  return static_cast<unsigned>(8 * key.size_bytes());
}

}  // namespace

Buffer aes_key_wrap(const Secret& key_encryption_key, const Secret& key) {
  Schedule schedule;
  CHECK(AES_set_encrypt_key(key_encryption_key.reveal().data(), bits_of(key_encryption_key), &schedule.key) == 0);
  Buffer wrapped(key.size_bytes() + kBlockBytes);
  CHECK(AES_wrap_key(&schedule.key, nullptr, wrapped.data(), key.reveal().data(), key.size_bytes()) ==
        static_cast<int>(wrapped.size()));
  return wrapped;
}

Result<Secret> aes_key_unwrap(const Secret& key_encryption_key, Bytes wrapped) {
  const native::QuietErrors quiet;
  // An 8-octet key cannot be wrapped: RFC 3394 section 2 wants two blocks at least.
  ENSURE(wrapped.size() >= 3 * kBlockBytes && wrapped.size() % kBlockBytes == 0, cannot_open());
  Schedule schedule;
  ENSURE(AES_set_decrypt_key(key_encryption_key.reveal().data(), bits_of(key_encryption_key), &schedule.key) == 0,
         cannot_open());
  Buffer octets(wrapped.size() - kBlockBytes);
  const int written = AES_unwrap_key(&schedule.key, nullptr, octets.data(), wrapped.data(), wrapped.size());
  Secret key(std::move(octets));  // wiped also where the check value was wrong
  ENSURE(written == static_cast<int>(key.size_bytes()), cannot_open());
  return key;
}

}  // namespace avouch::crypto
