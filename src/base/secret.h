// Secret: octets that are wiped when they go, are never copied by accident, and can be read only through reveal().
// grep "reveal" lists every place that touches a secret.
#pragma once

#include <utility>

#include "base/bytes.h"

namespace avouch {

class Secret {
 public:
  Secret() = default;
  explicit Secret(Buffer octets) : octets_(std::move(octets)) {}  // takes the buffer itself: no copy stays behind
  explicit Secret(Bytes octets) : octets_(octets.begin(), octets.end()) {}
  Secret(Secret&& other) noexcept : octets_(std::move(other.octets_)) { other.octets_.clear(); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  Secret clone() const { return Secret(Bytes(octets_)); }
  Bytes reveal() const { return octets_; }
  std::size_t size_bytes() const { return octets_.size(); }
  bool empty() const { return octets_.empty(); }

 private:
  void wipe() noexcept;
  Buffer octets_;
};

// Overwrites memory in a way the optimiser may not remove.
void wipe_memory(void* memory, std::size_t size_bytes) noexcept;

}  // namespace avouch
