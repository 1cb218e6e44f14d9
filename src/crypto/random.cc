#include "crypto/random.h"

#include <openssl/rand.h>

#include "base/check.h"

namespace avouch::crypto {

void fill_random(std::span<std::uint8_t> out) {
  CHECK(RAND_bytes(out.data(), out.size()) == 1);
}

Buffer random_bytes(std::size_t size_bytes) {
  Buffer out(size_bytes);
  fill_random(out);
  return out;
}

}  // namespace avouch::crypto
