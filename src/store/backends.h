// The back ends: those that keep records within this machine, and those that several machines share.
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

// The peer's LocalJson layout: <folder>/<space> is one JSON object, keys to values in base64url with padding. Each
// write reads and writes the whole file: for tens of records, not thousands. Expiring records are refused (kRequest
// store.expiry). Any number of processes may have it open; generation() sees a peer's writes as far as time stamps
// tell.
//   fails   kUnavailable: store.io
Result<std::unique_ptr<Store>> open_local_json_store(const std::string& folder);

// A PostgreSQL database (14 or later) that replicas share, by a connection URI of libpq: TLS, several hosts and the
// like are as it says. What is acknowledged is on the server's disk. The tables are made in a schema "avouch" on first
// use. Records expire by our own clock, as everywhere: those of the replicas have to agree to within minutes anyway.
// libpq is loaded now. An operation ends within kOperationDeadline; a server that has gone is connected to again.
//   fails   kRequest: store.url; kUnavailable: store.library, store.unreachable, store.login, store.timeout,
//           store.version, and so does each operation
Result<std::unique_ptr<Store>> open_postgres_store(const std::string& url, const Clock& clock);

// A Redis or Valkey server (5 or later, not a cluster) that replicas share; see redis_connection.h for its URL. What is
// acknowledged survives what the server's own settings let it survive: with `appendonly yes` and `appendfsync always`
// anything, with `everysec` all but the last second before its machine dies, otherwise not even its restart. Settings
// that put records at risk are added to `risks`, for the caller's log. A put_all or erase_all of more than a thousand
// records may be seen half done.
//   fails   kRequest: store.url; kUnavailable: store.unreachable, store.login, store.timeout, store.protocol, and
//           so does each operation
Result<std::unique_ptr<Store>> open_redis_store(const std::string& url, const Clock& clock,
                                                std::vector<std::string>* risks = nullptr);
// One file a record, <folder>/<key>, whatever its space: where Trustee's KBS kept resources until 2025,
// <folder>/<repository>/<type>/<tag>, plain. No segment of a key begins with a dot. Expiring records are refused
// (kRequest store.expiry). For one process that writes; what others change counts at once.
//   fails   kUnavailable: store.io
Result<std::unique_ptr<Store>> open_local_tree_store(const std::string& folder);

}  // namespace avouch::store
