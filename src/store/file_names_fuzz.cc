// Invariants: a file name that is taken for a record's leads back to itself; a key never leads out of its folder.
#include <cstdlib>

#include "base/bytes.h"
#include "store/file_names.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = avouch::as_text({data, size});
  if (const auto key = avouch::store::key_of(input); key.has_value()) {
    const auto name = avouch::store::file_name_of(*key);
    if (!name.has_value() || *name != input) std::abort();
  }
  if (const auto name = avouch::store::file_name_of(input); name.has_value()) {
    if (name->empty() || *name == "." || *name == ".." || name->find('/') != std::string::npos) std::abort();
    if (avouch::store::key_of(*name) != input) std::abort();
  }
  return 0;
}
