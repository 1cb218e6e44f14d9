// Whatever this program frees, it has overwritten first: texts and buffers that a secret passed through on its way in
// or out (a request's body, a JSON value, a token) leave nothing behind, also where nobody thought of it. Linked into
// the programs that meet secrets; Secret remains the rule for what is known to be one.
#include <malloc.h>

#include <cstdlib>
#include <new>

#include "base/secret.h"

namespace {

void wipe_and_free(void* memory) noexcept {
  if (memory == nullptr) return;
  avouch::wipe_memory(memory, ::malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

// libstdc++'s other forms of delete come down to these, and its forms of new to malloc and aligned_alloc.
void operator delete(void* memory) noexcept {
  wipe_and_free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  wipe_and_free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  wipe_and_free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  wipe_and_free(memory);
}
