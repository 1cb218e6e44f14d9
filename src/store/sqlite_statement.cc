#include "store/sqlite_statement.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace avouch::store {
namespace {

// SQLite says SQLITE_FULL for ENOSPC on a write, but SQLITE_IOERR where a quota, a file size limit or another call
// fails.
bool is_full(int primary_code, int system_error) {
  if (primary_code == SQLITE_FULL) return true;
  return primary_code == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG);
}

}  // namespace

// Looks at errno itself: sqlite3_system_errno() is not told of failures within COMMIT (3.40).
Error sqlite_error(sqlite3* database, int code) {
  const int system_error = errno;
  const int primary = code & 0xff;
  const char* path = sqlite3_db_filename(database, "main");
  std::string detail = std::string(path != nullptr ? path : "") + ": " + sqlite3_errstr(code) + " (SQLite result " +
                       std::to_string(code) + "): " + sqlite3_errmsg(database);
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
    return Error{Blame::kUnavailable, "store.corrupt", detail + "; restore the file from a backup"};
  }
  if (is_full(primary, system_error)) return Error{Blame::kUnavailable, "store.full", std::move(detail)};
  if (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) detail += std::string(": ") + std::strerror(system_error);
  return Error{Blame::kUnavailable, "store.io", std::move(detail)};
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Result<Statement> Statement::prepare(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  errno = 0;
  const int code =
      sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  ENSURE(code == SQLITE_OK, sqlite_error(database, code));
  Statement statement;
  statement.statement_.reset(raw);
  return statement;
}

Cursor::~Cursor() {
  sqlite3_reset(statement_);  // Repeats the error that step() has already reported.
  sqlite3_clear_bindings(statement_);
}

Result<bool> Cursor::step() {
  errno = 0;
  const int code = failed_ != SQLITE_OK ? failed_ : sqlite3_step(statement_);
  ENSURE(code == SQLITE_ROW || code == SQLITE_DONE, sqlite_error(sqlite3_db_handle(statement_), code));
  return code == SQLITE_ROW;
}

Bytes Cursor::bytes(int column) const {
  // The order matters: sqlite3_column_blob may convert, sqlite3_column_bytes then measures the result.
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

std::string_view Cursor::text(int column) const {
  return as_text(bytes(column));
}

std::int64_t Cursor::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<Instant> Cursor::instant(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return Instant(std::chrono::milliseconds(integer(column)));
}

std::size_t Cursor::changes() const {
  return static_cast<std::size_t>(sqlite3_changes64(sqlite3_db_handle(statement_)));
}

// An empty view may hold a null pointer, which SQLite would bind as NULL: it gets another pointer to nothing.
void Cursor::bind(std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  remember(sqlite3_bind_text64(statement_, ++parameter_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Cursor::bind(Bytes blob) {
  const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
  remember(sqlite3_bind_blob64(statement_, ++parameter_, data, blob.size(), SQLITE_STATIC));
}

void Cursor::bind(std::int64_t number) {
  remember(sqlite3_bind_int64(statement_, ++parameter_, number));
}

void Cursor::bind(std::optional<Instant> instant) {
  if (instant.has_value()) return bind(*instant);
  remember(sqlite3_bind_null(statement_, ++parameter_));
}

void Cursor::remember(int code) {
  if (failed_ == SQLITE_OK) failed_ = code;
}

}  // namespace avouch::store
