#include "cmd/avouchd/memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace avouch::cmd {
namespace {

// Code is read from its file, and is read again should anybody call it. Parts that are written to stay.
int forget_code(dl_phdr_info* object, std::size_t, void*) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& part = object->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = object->dlpi_addr + part.p_vaddr, end = begin + part.p_memsz;
    const std::uintptr_t first_page = begin / page * page;
    ::madvise(reinterpret_cast<void*>(first_page), end - first_page,
              MADV_DONTNEED);  // NOLINT: an address of the linker
  }
  return 0;
}

}  // namespace

// The allocator's own way is to learn from large requests, and to keep ever larger blocks: then one stranger's
// megabytes stay ours.
void give_memory_back() {
  constexpr int kLargeBlock = 128 * 1024, kSpareMax = 1024 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  ::mallopt(M_TRIM_THRESHOLD, kSpareMax);
}

void trim_memory() {
  ::malloc_trim(0);
}

void forget_the_start() {
  trim_memory();
  ::dl_iterate_phdr(forget_code, nullptr);
}

}  // namespace avouch::cmd
