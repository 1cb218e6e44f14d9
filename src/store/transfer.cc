#include "store/transfer.h"

#include <cstdlib>

#include "store/backends.h"

namespace avouch::store {
namespace {

constexpr std::size_t kPage = 1'000;

}  // namespace

Result<NamedStore> open_named_store(const std::string& name, const Clock& clock, bool is_to_be_made) {
  const auto rest_after = [&name](std::string_view scheme) { return name.substr(scheme.size()); };
  NamedStore out;
  if (name.starts_with("sqlite:")) {
    out.store =
        TRY(open_sqlite_store(rest_after("sqlite:"), clock, is_to_be_made ? IfAbsent::kMake : IfAbsent::kRefuse));
    return out;
  }
  if (name == "postgres:" || name == "redis:") {  // No password shall stand in a command line.
    const char* const variable = name == "redis:" ? "REDIS_URL" : "POSTGRES_URL";
    const char* const url = std::getenv(variable);
    ENSURE(url != nullptr && *url != '\0' && url != name,
           Error{Blame::kRequest, "store.url", std::string(variable) + " is not set in the environment"});
    return open_named_store(url, clock, is_to_be_made);
  }
  if (name.starts_with("postgres://") || name.starts_with("postgresql://")) {
    out.store = TRY(open_postgres_store(name, clock));
    return out;
  }
  if (name.starts_with("redis://") || name.starts_with("rediss://")) {
    out.store = TRY(open_redis_store(name, clock));
    return out;
  }
  out.is_peers = true;
  if (name.starts_with("local_fs:")) {
    out.store = TRY(open_local_fs_store(rest_after("local_fs:"), clock));
    return out;
  }
  if (name.starts_with("local_json:")) {
    out.store = TRY(open_local_json_store(rest_after("local_json:")));
    return out;
  }
  return Error{
      Blame::kRequest, "store.url",
      "a store is sqlite:FILE, local_fs:FOLDER, local_json:FOLDER, postgres://..., redis://... or rediss://..."};
}

bool is_copied(std::string_view space, std::string_view key) {
  return space != "spent-nonce" && space != "attested-token" && !(space == "shared-key" && key == "ticket-key");
}

Status for_each_record(const Store& store, const Visit& visit) {
  for (const std::string& space : TRY(store.spaces())) {
    std::string after;
    for (;;) {
      const std::vector<std::string> keys = TRY(store.list(space, "", after, kPage));
      for (const std::string& key : keys) {
        if (is_copied(space, key)) TRY(visit(space, key));
      }
      if (keys.size() < kPage) break;
      after = keys.back();
    }
  }
  return ok();
}

}  // namespace avouch::store
