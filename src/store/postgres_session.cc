#include "store/postgres_session.h"

#include "store/store.h"

namespace avouch::store {
namespace {

constexpr std::int64_t kSchemaVersion = 1;

// Times are milliseconds since 1970 by our own clock; NULL is never. Names sort by octets (COLLATE "C"). Values are
// sealed or small: to compress them is in vain (EXTERNAL).
//
// A generation is bumped in the transaction that changes its space, and its row is locked until that has been
// committed: so there are sixteen rows for each space, each connection has its own, and the generation is their sum.
// Otherwise writers of one space would wait for one another's disk.
//
// The advisory lock ("AVCH") lets one of many replicas that start at once make the tables.
constexpr const char* kMakeSchema = R"(
  BEGIN;
  SELECT pg_advisory_xact_lock(1096172360);
  CREATE SCHEMA IF NOT EXISTS avouch;
  CREATE TABLE IF NOT EXISTS avouch.record (space text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
    value bytea NOT NULL, expires bigint, PRIMARY KEY (space, key));
  ALTER TABLE avouch.record ALTER COLUMN value SET STORAGE EXTERNAL;
  CREATE INDEX IF NOT EXISTS record_expires ON avouch.record (expires) WHERE expires IS NOT NULL;
  CREATE TABLE IF NOT EXISTS avouch.generation (space text COLLATE "C" NOT NULL, slot int NOT NULL,
    number bigint NOT NULL, PRIMARY KEY (space, slot));
  CREATE TABLE IF NOT EXISTS avouch.format (version bigint NOT NULL);
  INSERT INTO avouch.format SELECT 1 WHERE NOT EXISTS (SELECT FROM avouch.format);
  COMMIT)";

// Who may not make tables can use those that somebody has made for him.
constexpr const char* kHasSchema = "SELECT WHERE to_regclass('avouch.format') IS NOT NULL";
constexpr const char* kVersion = "SELECT version::text FROM avouch.format";

#define AVOUCH_BUMP(space, source)                                                  \
  "INSERT INTO avouch.generation AS g (space, slot, number) SELECT DISTINCT " space \
  ", pg_backend_pid() % 16, 1 FROM " source                                         \
  " ORDER BY 1 ON CONFLICT (space, slot) DO UPDATE SET number = g.number + 1"
#define AVOUCH_LIVE "(expires IS NULL OR expires > "
#define AVOUCH_COUNTED(change) \
  "WITH changed AS (" change " RETURNING space), bumped AS (" AVOUCH_BUMP("space", "changed") ") SELECT " \
  "count(*) FROM changed"

constexpr PostgresStatement kStatements[] = {
    {kPgGet, "SELECT value FROM avouch.record WHERE space = $1 AND key = $2 AND " AVOUCH_LIVE "$3::bigint)"},
    {kPgPut,
     "INSERT INTO avouch.record (space, key, value, expires) VALUES ($1, $2, $3, $4) ON CONFLICT (space, key) DO "
     "UPDATE SET value = excluded.value, expires = excluded.expires"},
    {kPgPutIfAbsent,
     AVOUCH_COUNTED("INSERT INTO avouch.record AS r (space, key, value, expires) VALUES ($1, $2, $3, $4) ON CONFLICT "
                    "(space, key) DO UPDATE SET value = excluded.value, expires = excluded.expires WHERE r.expires <= "
                    "$5::bigint")},
    {kPgCompareAndSet, AVOUCH_COUNTED("UPDATE avouch.record SET value = $3, expires = $4 WHERE space = $1 AND key = $2 "
                                      "AND " AVOUCH_LIVE "$5::bigint) AND value = $6")},
    {kPgErase,
     AVOUCH_COUNTED("DELETE FROM avouch.record WHERE space = $1 AND key = $2 AND " AVOUCH_LIVE "$3::bigint)")},
    {kPgEraseOnly, "DELETE FROM avouch.record WHERE space = $1 AND key = $2 AND " AVOUCH_LIVE "$3::bigint)"},
    {kPgBump, AVOUCH_BUMP("$1::text", "(SELECT) AS once")},
    {kPgList, "SELECT key FROM avouch.record WHERE space = $1 AND key >= $2 AND key < $3 AND key > $4 AND " AVOUCH_LIVE
              "$5::bigint) ORDER BY key LIMIT $6::bigint"},
    {kPgGeneration, "SELECT coalesce(sum(number), 0)::bigint FROM avouch.generation WHERE space = $1"},
    {kPgSpaces, "SELECT DISTINCT space FROM avouch.generation ORDER BY space"},
    // Rows that somebody is writing anew are left to him.
    {kPgCollect,
     "WITH gone AS (SELECT space, key FROM avouch.record WHERE expires <= $1::bigint LIMIT $2::bigint FOR UPDATE SKIP "
     "LOCKED), changed AS (DELETE FROM avouch.record r USING gone WHERE r.space = gone.space AND r.key = gone.key "
     "RETURNING r.space), bumped AS (" AVOUCH_BUMP("space", "changed") ") SELECT count(*) FROM changed"},
};

}  // namespace

Status make_postgres_schema(PostgresConnection& connection, Deadline deadline) {
  const PostgresRows found = TRY(connection.execute(kHasSchema, deadline));
  if (found.count() == 0) TRY(connection.execute(kMakeSchema, deadline));
  const PostgresRows version = TRY(connection.execute(kVersion, deadline));
  const std::string number(version.count() == 1 ? as_text(version.octets(0, 0)) : "none");
  ENSURE(number == std::to_string(kSchemaVersion),
         Error{Blame::kUnavailable, "store.version",
               "PostgreSQL: the tables in schema avouch are of version " + number + ", this Avouch knows version 1"});
  return ok();
}

Result<std::unique_ptr<PostgresConnection>> open_postgres_session(const std::string& url, Deadline deadline) {
  std::unique_ptr<PostgresConnection> connection = TRY(PostgresConnection::open(url, deadline));
  TRY(connection->prepare(kStatements, deadline));
  return connection;
}

}  // namespace avouch::store
