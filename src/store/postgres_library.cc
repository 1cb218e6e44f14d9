#include "store/postgres_library.h"

#include <dlfcn.h>

namespace avouch::store {
namespace {

Error missing() {
  const char* problem = ::dlerror();
  return Error{Blame::kUnavailable, "store.library",
               "a PostgreSQL store needs libpq 14 or later (Debian: libpq5): " +
                   std::string(problem != nullptr ? problem : "no libpq.so.5")};
}

Result<PostgresLibrary> load() {
  void* library = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);  // never closed: its TLS does not like that
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
