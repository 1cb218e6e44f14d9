// One connection to the database of a store: opened, checked, with its schema in place. Used by one thread at a time.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/backends.h"
#include "store/sqlite_statement.h"

namespace avouch::store {

// The layout of the tables, kept in the file as PRAGMA user_version. A newer file is refused, never guessed at.
inline constexpr std::int64_t kSchemaVersion = 1;
// "AVCH": PRAGMA application_id, so that another program's database is refused and not written to.
inline constexpr std::int64_t kApplicationId = 0x41564348;

struct CloseDatabase {
  void operator()(sqlite3* database) const;
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

// Opens the file for writing: makes it (mode 0600, and so its -wal and -shm) and its tables when absent, checks all of
// it. With kRefuse nothing is made, and of an empty file's write-ahead log, which SQLite would delete, nothing is lost.
//   fails   kUnavailable: store.io, store.full, store.corrupt, store.version (made by a newer Avouch), store.missing
Result<Database> open_writer(const std::string& path, IfAbsent if_absent);

// Opens the file for reading, while a writer is open.
//   fails   kUnavailable: store.io, store.full, store.corrupt
Result<Database> open_reader(const std::string& path);

}  // namespace avouch::store
