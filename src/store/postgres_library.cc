#include "store/postgres_library.h"

#include <dlfcn.h>

namespace avouch::store {
namespace {

// Its name has kept this number since 2005.
constexpr const char* kLibrary =
    "libpq"
    ".so.5";

Error missing() {
  const char* problem = ::dlerror();
  return Error{Blame::kUnavailable, "store.library",
               "a PostgreSQL store needs libpq 14 or later (Debian: libpq5): " +
                   std::string(problem != nullptr ? problem : kLibrary)};
}

Result<PostgresLibrary> load() {
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);  // never closed: its TLS does not like that
  ENSURE(library != nullptr, missing());
  PostgresLibrary out;
#define AVOUCH_FIND(name)                                                   \
  out.name = reinterpret_cast<decltype(out.name)>(::dlsym(library, #name)); \
  ENSURE(out.name != nullptr, missing());
  AVOUCH_LIBPQ_FUNCTIONS(AVOUCH_FIND)
#undef AVOUCH_FIND
  return out;
}

}  // namespace

Result<const PostgresLibrary*> load_postgres_library() {
  static const Result<PostgresLibrary> library = load();
  ENSURE(library.has_value(), library.error());
  return &*library;
}

}  // namespace avouch::store
