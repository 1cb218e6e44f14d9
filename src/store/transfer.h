// Whole stores: opened by what a user calls them, copied, compared. For tools, while nobody writes to either.
//
// What expires is left behind, and the key of sessions' tickets with it: tickets and used nonces go together or not at
// all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace avouch::store {

// A store, and whether it is in a peer's layout: secrets in plain, nothing but what the peer knows.
struct NamedStore {
  std::unique_ptr<Store> store;
  bool is_peers = false;
};

// sqlite:FILE, local_fs:FOLDER, local_json:FOLDER, postgres://..., redis://... (rediss://...); "postgres:" and "redis:"
// are what POSTGRES_URL and REDIS_URL say. A database file that is to be read has to be there.
//   fails   kRequest: store.url; kUnavailable: as the stores do
Result<NamedStore> open_named_store(const std::string& name, const Clock& clock, bool is_to_be_made);

// Whether a record goes along.
bool is_copied(std::string_view space, std::string_view key);

// The keys, of all that go along, space by space: visit(space, key).
using Visit = std::function<Status(const std::string& space, const std::string& key)>;
Status for_each_record(const Store& store, const Visit& visit);

}  // namespace avouch::store
