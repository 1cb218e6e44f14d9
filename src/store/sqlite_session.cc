#include "store/sqlite_session.h"

#include <algorithm>

#include "crypto/digest.h"

namespace avouch::store {
namespace {

constexpr const char* kGet =
    "SELECT value, expires, checksum FROM record WHERE space = ?1 AND key = ?2 AND (expires IS NULL OR expires > ?3)";
constexpr const char* kList =
    "SELECT key FROM record WHERE space = ?1 AND key >= ?2 AND key < ?3 AND key <> ?4 AND (expires IS NULL OR "
    "expires > ?5) ORDER BY key LIMIT ?6";
constexpr const char* kGeneration = "SELECT number FROM generation WHERE space = ?1";
constexpr const char* kSpaces = "SELECT space FROM generation ORDER BY space";

constexpr const char* kPut =
    "INSERT INTO record (space, key, value, expires, checksum) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (space, key) DO "
    "UPDATE SET value = excluded.value, expires = excluded.expires, checksum = excluded.checksum";
constexpr const char* kPutIfAbsent =
    "INSERT INTO record (space, key, value, expires, checksum) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (space, key) DO "
    "UPDATE SET value = excluded.value, expires = excluded.expires, checksum = excluded.checksum WHERE record.expires "
    "<= ?6";
constexpr const char* kCompareAndSet =
    "UPDATE record SET value = ?3, expires = ?4, checksum = ?5 WHERE space = ?1 AND key = ?2 AND (expires IS NULL OR "
    "expires > ?6) AND value = ?7";
constexpr const char* kErase = "DELETE FROM record WHERE space = ?1 AND key = ?2 AND (expires IS NULL OR expires > ?3)";
constexpr const char* kBump =
    "INSERT INTO generation (space, number) VALUES (?1, 1) ON CONFLICT (space) DO UPDATE SET number = number + 1";
constexpr const char* kBumpExpired =
    "INSERT INTO generation (space, number) SELECT DISTINCT space, 1 FROM record WHERE expires <= ?1 ON CONFLICT "
    "(space) "
    "DO UPDATE SET number = number + 1";
constexpr const char* kCollect =
    "DELETE FROM record WHERE rowid IN (SELECT rowid FROM record WHERE expires <= ?1 LIMIT ?2)";

}  // namespace

Result<std::unique_ptr<Reader>> make_reader(const std::string& path) {
  auto reader = std::make_unique<Reader>();
  reader->database = TRY(open_reader(path));
  sqlite3* database = reader->database.get();
  reader->get = TRY(Statement::prepare(database, kGet));
  reader->list = TRY(Statement::prepare(database, kList));
  reader->generation = TRY(Statement::prepare(database, kGeneration));
  reader->spaces = TRY(Statement::prepare(database, kSpaces));
  return reader;
}

Result<std::unique_ptr<Writer>> make_writer(const std::string& path, IfAbsent if_absent) {
  auto writer = std::make_unique<Writer>();
  writer->database = TRY(open_writer(path, if_absent));
  sqlite3* database = writer->database.get();
  writer->begin = TRY(Statement::prepare(database, "BEGIN IMMEDIATE"));
  writer->commit = TRY(Statement::prepare(database, "COMMIT"));
  writer->rollback = TRY(Statement::prepare(database, "ROLLBACK"));
  writer->put = TRY(Statement::prepare(database, kPut));
  writer->put_if_absent = TRY(Statement::prepare(database, kPutIfAbsent));
  writer->compare_and_set = TRY(Statement::prepare(database, kCompareAndSet));
  writer->erase = TRY(Statement::prepare(database, kErase));
  writer->bump = TRY(Statement::prepare(database, kBump));
  writer->bump_expired = TRY(Statement::prepare(database, kBumpExpired));
  writer->collect = TRY(Statement::prepare(database, kCollect));
  return writer;
}

Transaction::~Transaction() {
  // After some failures (disk full) SQLite has rolled back by itself, and says so by failing here.
  if (is_open_) (void)run(writer_.rollback);
}

Status Transaction::begin() {
  TRY(run(writer_.begin));
  is_open_ = true;
  return ok();
}

Status Transaction::commit() {
  TRY(run(writer_.commit));
  is_open_ = false;
  return ok();
}

// No space and no key has an octet of zero, so none of the parts can be mistaken for another.
Checksum checksum(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  const Bytes zero = as_bytes(std::string_view("\0", 1));
  const std::string expires = expiry.at.has_value() ? std::to_string(expiry.at->time_since_epoch().count()) : "never";
  const crypto::Digest digest = crypto::digest(
      crypto::Hash::kSha256, {as_bytes(space), zero, as_bytes(key), zero, as_bytes(expires), zero, value});
  Checksum sum;
  std::copy_n(digest.bytes().begin(), sum.size(), sum.begin());
  return sum;
}

}  // namespace avouch::store
