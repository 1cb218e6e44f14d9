// The tables of a store in PostgreSQL, and the statements on them.
#pragma once

#include <memory>
#include <string>

#include "store/postgres_connection.h"

namespace avouch::store {

// Makes the schema "avouch" and its tables when absent, whoever else does so at this moment.
//   fails   kUnavailable: as PostgresConnection::run, and store.version (made by a newer Avouch)
Status make_postgres_schema(PostgresConnection& connection, Deadline deadline);

// A connection with these statements prepared; in brackets their parameters.
//   fails   as PostgresConnection::open
Result<std::unique_ptr<PostgresConnection>> open_postgres_session(const std::string& url, Deadline deadline);

inline constexpr const char* kPgGet = "get";                        // value of (space, key, now)
inline constexpr const char* kPgPut = "put";                        // (space, key, value, expires)
inline constexpr const char* kPgPutIfAbsent = "put_if_absent";      // count of (space, key, value, expires, now)
inline constexpr const char* kPgCompareAndSet = "compare_and_set";  // ... (space, key, value, expires, now, expected)
inline constexpr const char* kPgErase = "erase";                    // count of (space, key, now)
inline constexpr const char* kPgEraseOnly = "erase_only";           // (space, key, now), not counted
inline constexpr const char* kPgBump = "bump";                      // (space)
inline constexpr const char* kPgList = "list";                      // keys of (space, from, before, after, now, limit)
inline constexpr const char* kPgGeneration = "generation";          // number of (space)
inline constexpr const char* kPgSpaces = "spaces";                  // names
inline constexpr const char* kPgCollect = "collect";                // count of (now, limit)

}  // namespace avouch::store
