// The statements of a store, prepared once on a connection and kept with it.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "store/sqlite_connection.h"
#include "store/store.h"

namespace avouch::store {

// Numbers in brackets are the parameters, in order. A database is declared before its statements: they are finalized
// first.
struct Reader {
  Database database;
  Statement get;         // value, expires, checksum of (space, key, now)
  Statement list;        // keys of (space, from, before, but not this one, now, limit)
  Statement generation;  // number of (space)
  Statement spaces;      // names
};

struct Writer {
  Database database;
  Statement begin, commit, rollback;
  Statement put;              // (space, key, value, expires, checksum)
  Statement put_if_absent;    // (space, key, value, expires, checksum, now)
  Statement compare_and_set;  // (space, key, value, expires, checksum, now, expected)
  Statement erase;            // (space, key, now)
  Statement bump;             // (space)
  Statement bump_expired;     // (now)
  Statement collect;          // (now, limit)
};

//   fails   as open_reader() and open_writer()
Result<std::unique_ptr<Reader>> make_reader(const std::string& path);
Result<std::unique_ptr<Writer>> make_writer(const std::string& path, IfAbsent if_absent);

// A transaction that writes. Unless it is committed, nothing has happened.
class Transaction {
 public:
  explicit Transaction(Writer& writer) : writer_(writer) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  Status begin();
  Status commit();

 private:
  Writer& writer_;
  bool is_open_ = false;
};

// Stored with each record and compared when it is read: SQLite notices damage to its structure, not to a value. Guards
// against a failing disk, not against somebody who writes to the file.
using Checksum = std::array<std::uint8_t, 8>;
Checksum checksum(std::string_view space, std::string_view key, Bytes value, Expiry expiry);

}  // namespace avouch::store
