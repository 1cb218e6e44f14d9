#include "base/secret.h"

#include <cstring>

namespace avouch {

void wipe_memory(void* memory, std::size_t size_bytes) noexcept {
  if (size_bytes != 0) explicit_bzero(memory, size_bytes);
}

void Secret::wipe() noexcept {
  octets_.resize(octets_.capacity());  // A buffer that was longer once holds its old tail still. Allocates nothing.
  wipe_memory(octets_.data(), octets_.size());
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  octets_ = std::move(other.octets_);
  other.octets_.clear();
  return *this;
}

}  // namespace avouch
