#include "store/sqlite_connection.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "store/waiting.h"

namespace avouch::store {
namespace {

// Times are milliseconds since 1970; NULL is never. A generation is bumped in the transaction that changes its space,
// so that other processes see both or neither.
constexpr const char* kSchema[] = {
    R"(CREATE TABLE record (space TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, expires INTEGER,
                            checksum BLOB NOT NULL))",
    "CREATE UNIQUE INDEX record_name ON record (space, key)",
    "CREATE INDEX record_expires ON record (expires) WHERE expires IS NOT NULL",
    "CREATE TABLE generation (space TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID",
};

// Safety over speed where a file may be damaged: no memory mapping (a truncated file would be SIGBUS), cells are
// checked, and a schema that somebody planted may run nothing.
constexpr const char* kSettings[] = {
    "PRAGMA synchronous=FULL",
    "PRAGMA mmap_size=0",
    "PRAGMA cell_size_check=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA journal_size_limit=16777216",
    // A quarter of a mebibyte for each connection: records are read one by one, and the system keeps the pages anyway.
    "PRAGMA cache_size=-256",
};

int wait_for_other_process(void*, int attempt) {
  return pause_before_retry(attempt) ? 1 : 0;
}

Error corrupt(const std::string& path, std::string_view problem) {
  return Error{Blame::kUnavailable, "store.corrupt", path + ": " + std::string(problem)};
}

Status execute(sqlite3* database, std::string_view sql) {
  Statement statement = TRY(Statement::prepare(database, sql));
  TRY(run(statement));
  return ok();
}

Result<std::int64_t> query_integer(sqlite3* database, std::string_view sql) {
  Statement statement = TRY(Statement::prepare(database, sql));
  Cursor cursor(statement);
  const bool has_row = TRY(cursor.step());
  return has_row ? cursor.integer(0) : 0;
}

// Makes an absent file ourselves: SQLite would make it as the umask says.
Status make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 && errno == EEXIST) return ok();
  const bool is_full = errno == ENOSPC || errno == EDQUOT;
  ENSURE(file >= 0,
         Error{Blame::kUnavailable, is_full ? "store.full" : "store.io", path + ": " + std::strerror(errno)});
  ::close(file);
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const int folder = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = folder >= 0 && ::fsync(folder) == 0;
  if (folder >= 0) ::close(folder);
  ENSURE(is_synced, Error{Blame::kUnavailable, "store.io", path + ": fsync of the folder: " + std::strerror(errno)});
  return ok();
}

Error missing(const std::string& path, const char* problem) {
  return Error{Blame::kUnavailable, "store.missing", path + problem};
}

// SQLite takes files of no and of one octet for databases to be.
Status check_not_empty(const std::string& path) {
  struct stat info {};
  ENSURE(::stat(path.c_str(), &info) == 0 || errno != ENOENT, missing(path, " does not exist"));
  ENSURE(!S_ISREG(info.st_mode) || info.st_size > 1, missing(path, " is empty"));
  return ok();
}

Result<Database> open_file(const std::string& path) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  errno = 0;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database(raw);
  ENSURE(database != nullptr, Error{Blame::kUnavailable, "store.io", path + ": out of memory"});
  if (code != SQLITE_OK) {
    Error error = sqlite_error(raw, code);
    error.detail = path + error.detail;  // A database that did not open does not know its path.
    return error;
  }
  sqlite3_busy_handler(raw, wait_for_other_process, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  for (const char* setting : kSettings) TRY(execute(raw, setting));
  return database;
}

// SQLite does not call the busy handler for every lock that a change to WAL takes, so it is tried again here.
Status use_write_ahead_log(sqlite3* database, const std::string& path) {
  Statement statement = TRY(Statement::prepare(database, "PRAGMA journal_mode=WAL"));
  for (int attempt = 0;; ++attempt) {
    Cursor cursor(statement);
    const Result<bool> row = cursor.step();
    if (row.has_value()) {
      ENSURE(*row && cursor.text(0) == "wal",
             Error{Blame::kUnavailable, "store.io", path + ": the file system cannot hold a write-ahead log"});
      return ok();
    }
    const bool is_busy = (sqlite3_errcode(database) & 0xff) == SQLITE_BUSY;
    if (!is_busy || !pause_before_retry(attempt)) return row.error();
  }
}

Status make_tables(sqlite3* database) {
  for (const char* sql : kSchema) TRY(execute(database, sql));
  TRY(execute(database, "PRAGMA application_id=" + std::to_string(kApplicationId)));
  return execute(database, "PRAGMA user_version=" + std::to_string(kSchemaVersion));
}

// Inside a transaction, so that of two processes that meet an empty file one makes the tables and the other finds them.
Status check_or_make_tables(sqlite3* database, const std::string& path, IfAbsent if_absent) {
  const std::int64_t tables = TRY(query_integer(database, "SELECT count(*) FROM sqlite_schema"));
  const std::int64_t version = TRY(query_integer(database, "PRAGMA user_version"));
  const std::int64_t owner = TRY(query_integer(database, "PRAGMA application_id"));
  if (tables == 0 && version == 0 && owner == 0) {
    ENSURE(if_absent == IfAbsent::kMake, missing(path, " is empty: its file with -wal after the name is gone"));
    return make_tables(database);
  }
  ENSURE(owner == kApplicationId, corrupt(path, "a database, but not one of Avouch"));
  ENSURE(version <= kSchemaVersion, Error{Blame::kUnavailable, "store.version",
                                          path + ": written by a newer Avouch, schema " + std::to_string(version)});
  ENSURE(version == kSchemaVersion, corrupt(path, "schema " + std::to_string(version) + " never existed"));
  return ok();
}

Status check_integrity(sqlite3* database, const std::string& path) {
  Statement statement = TRY(Statement::prepare(database, "PRAGMA integrity_check(1)"));
  Cursor cursor(statement);
  const bool has_row = TRY(cursor.step());
  ENSURE(has_row && cursor.text(0) == "ok",
         corrupt(path, "damaged, restore it from a backup: " + std::string(has_row ? cursor.text(0) : "no answer")));
  return ok();
}

}  // namespace

void CloseDatabase::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Result<Database> open_writer(const std::string& path, IfAbsent if_absent) {
  TRY(if_absent == IfAbsent::kMake ? make_private_file(path) : check_not_empty(path));
  Database database = TRY(open_file(path));
  TRY(use_write_ahead_log(database.get(), path));
  TRY(execute(database.get(), "BEGIN IMMEDIATE"));
  TRY(check_or_make_tables(database.get(), path, if_absent));  // Upon failure, closing the database rolls back.
  TRY(execute(database.get(), "COMMIT"));
  TRY(check_integrity(database.get(), path));
  return database;
}

Result<Database> open_reader(const std::string& path) {
  Database database = TRY(open_file(path));
  TRY(execute(database.get(), "PRAGMA query_only=ON"));
  return database;
}

}  // namespace avouch::store
