// A prepared statement kept for the life of its connection, and the translation of SQLite's result codes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace avouch::store {

// What `code`, just returned by `database`, means to a caller of the store. errno was 0 before that call.
//   kUnavailable: store.corrupt, store.full, store.io
Error sqlite_error(sqlite3* database, int code);

class Statement {
 public:
  Statement() = default;
  // `sql` is one statement, written by us: no input is ever part of it.
  static Result<Statement> prepare(sqlite3* database, std::string_view sql);
  bool is_prepared() const { return statement_ != nullptr; }

 private:
  friend class Cursor;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// One run of a statement. Its parameters are bound in order and must outlive it; its end ends the statement's read
// lock.
class Cursor {
 public:
  template <class... Parameters>
  explicit Cursor(Statement& statement, const Parameters&... parameters) : statement_(statement.statement_.get()) {
    (bind(parameters), ...);
  }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  ~Cursor();

  // True when there is a row, false when the statement is done.
  Result<bool> step();
  // Columns of the current row, counted from 0. Views last until the next step.
  Bytes bytes(int column) const;
  std::string_view text(int column) const;
  std::int64_t integer(int column) const;
  std::optional<Instant> instant(int column) const;  // none for NULL
  // Records that the statement changed, once it is done; meaningless for one that changes none by its nature.
  std::size_t changes() const;

 private:
  void bind(std::string_view text);
  void bind(Bytes blob);
  void bind(std::int64_t number);
  void bind(Instant instant) { bind(std::int64_t{instant.time_since_epoch().count()}); }
  void bind(std::optional<Instant> instant);
  void remember(int code);

  sqlite3_stmt* statement_;
  int parameter_ = 0;
  int failed_ = 0;  // The first result code of bind() that was not SQLITE_OK.
};

// Runs a statement to its end, rows ignored; how many records it inserted, changed or deleted.
template <class... Parameters>
Result<std::size_t> run(Statement& statement, const Parameters&... parameters) {
  Cursor cursor(statement, parameters...);
  while (TRY(cursor.step())) continue;
  return cursor.changes();
}

}  // namespace avouch::store
