// The back ends that keep records within this machine.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "store/store.h"

namespace avouch::store {

enum class IfAbsent : unsigned char { kMake, kRefuse };

// In memory, gone with the process.
std::unique_ptr<Store> make_memory_store(const Clock& clock);

// One SQLite file in WAL mode, made with mode 0600 when absent, synchronous=FULL: a put that returned survives power
// loss. Any number of processes may have it open. Opening reads all of it once, to refuse a damaged one.
//   fails   kUnavailable: store.io, store.full, store.corrupt (damaged, or another program's database),
//           store.version (written by a newer Avouch), store.missing (absent or empty, and not to be made)
Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path, const Clock& clock,
                                                 IfAbsent if_absent = IfAbsent::kMake);

// The peer's LocalFs layout: <folder>/<space>/<key>, '/' in a key written as the four characters \x2F. Plain octets:
// what Trustee's storage of type LocalFs reads and writes. Expiring records are refused (kRequest store.expiry): its
// layout has none. Keys are [A-Za-z0-9._/-], not "." or "..", and 255 octets as a file name. Any number of processes
// may have it open; generation() sees a peer's overwriting of a file within a second, all else at once.
//   fails   kUnavailable: store.io
Result<std::unique_ptr<Store>> open_local_fs_store(const std::string& folder, const Clock& clock);

}  // namespace avouch::store
