#include "testing/vectors.h"

#include <cstdio>
#include <cstdlib>

#include "base/file.h"

namespace avouch::testing {

std::string vectors_folder() {
  const char* folder = std::getenv("AVOUCH_VECTORS");
  return folder != nullptr && file_exists(folder) ? folder : "";
}

Buffer vector(const std::string& path) {
  Result<Buffer> content = read_file(vectors_folder() + "/" + path, 64 * 1024 * 1024);
  if (!content.has_value()) {
    std::fprintf(stderr, "vector: %s\n", content.error().detail.c_str());
    std::abort();
  }
  return *std::move(content);
}

std::string vector_text(const std::string& path) {
  return std::string(as_text(vector(path)));
}

}  // namespace avouch::testing
