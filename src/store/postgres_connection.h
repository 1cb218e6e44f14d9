// One connection to a PostgreSQL server, used by one thread at a time. Nothing here waits longer than its deadline, but
// for the lookup of the server's name, which is the system's resolver's.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "store/connection_pool.h"
#include "store/postgres_library.h"

namespace avouch::store {

// NULL, text, or octets (borrowed).
using PostgresValue = std::variant<std::nullptr_t, std::string, Bytes>;

struct PostgresStatement {
  const char* name;
  const char* sql;
};
struct PostgresCommand {
  const char* statement;  // its name
  std::vector<PostgresValue> values;
};

// What a command returned, in PostgreSQL's binary form.
class PostgresRows {
 public:
  PostgresRows(const PostgresLibrary& library, PGresult* result) : result_(result, Clear{&library}) {}
  std::size_t count() const;
  Bytes octets(std::size_t row, int column) const;
  bool is_null(std::size_t row, int column) const;
  std::int64_t integer(std::size_t row, int column) const;  // of a bigint; 0 for anything else
  PGresult* native() const { return result_.get(); }

 private:
  struct Clear {
    const PostgresLibrary* library;
    void operator()(PGresult* result) const { library->PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

class PostgresConnection {
 public:
  // `url` is a connection URI of libpq (postgres://user:password@host:port/database?sslmode=verify-full).
  //   fails   kRequest: store.url (the detail never repeats it: it may hold a password);
  //           kUnavailable: store.library, store.unreachable, store.login, store.timeout
  static Result<std::unique_ptr<PostgresConnection>> open(const std::string& url, Deadline deadline);
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;
  ~PostgresConnection();

  // Neither broken nor, though nothing was asked, addressed by the server: it says so when it goes.
  bool is_usable() const;

  // Statements without parameters, separated by ';': before prepare().   fails   as run()
  Result<PostgresRows> execute(const std::string& sql, Deadline deadline);
  Status prepare(std::span<const PostgresStatement> statements, Deadline deadline);

  // Runs the commands in one transaction and one round trip: all of them, or after a failure none. Of a connection that
  // was lost in the middle nobody knows which.
  //   fails   kUnavailable: store.unreachable, store.timeout, store.full, store.corrupt, store.conflict (none was run:
  //           to be tried again), store.io
  Result<std::vector<PostgresRows>> run(std::span<const PostgresCommand> commands, Deadline deadline);

 private:
  PostgresConnection(const PostgresLibrary& library, PGconn* connection) : pq_(library), connection_(connection) {}
  Status connect(Deadline deadline);
  Status wait(Deadline deadline);
  Result<PGresult*> next_result(Deadline deadline);
  Result<std::vector<PostgresRows>> results_to_sync(Deadline deadline);
  bool send(const PostgresCommand& command);
  Error error_of(const PostgresRows& rows);
  Error lost(const char* code, std::string_view why);

  const PostgresLibrary& pq_;
  PGconn* connection_;
  bool is_broken_ = false;
};

}  // namespace avouch::store
