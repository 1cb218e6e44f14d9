// Records in one SQLite file: one writing connection under a lock, and as many reading ones as threads read at once.
#include <algorithm>
#include <limits>
#include <mutex>

#include "store/backends.h"
#include "store/generation_cache.h"
#include "store/keys.h"
#include "store/sqlite_session.h"

namespace avouch::store {
namespace {

// Reading connections kept for later. More threads than this may read at once; their connections are then closed again.
constexpr std::size_t kIdleReaders = 16;
// Records removed in one transaction while collecting garbage, so that other writers get their turn between.
constexpr std::size_t kCollectedAtOnce = 1'000;

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path, const Clock& clock, std::unique_ptr<Writer> writer)
      : path_(std::move(path)), clock_(clock), writer_(std::move(writer)) {}

  Result<std::optional<Buffer>> get(std::string_view space, std::string_view key) const override;
  Status put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) override;
  Result<bool> put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) override;
  Result<bool> compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                               Expiry expiry) override;
  Result<bool> erase(std::string_view space, std::string_view key) override;
  Status put_all(std::string_view space, std::span<const Record> records, Expiry expiry) override;
  Status erase_all(std::string_view space, std::span<const std::string> keys) override;
  Result<std::vector<std::string>> list(std::string_view space, std::string_view prefix, std::string_view after,
                                        std::size_t limit) const override;
  Result<std::size_t> collect_garbage() override;
  Result<std::uint64_t> generation(std::string_view space) const override;
  Result<std::vector<std::string>> spaces() const override;

 private:
  // A reading connection, lent until the end of a scope.
  class Loan;
  Result<std::unique_ptr<Reader>> take_reader() const;
  void return_reader(std::unique_ptr<Reader> reader) const;

  // Runs `write`, which changes a record of `space` or none and returns how many, in a transaction; whether it changed
  // one.
  template <class Write>
  Result<bool> change(std::string_view space, Write write);
  Result<std::size_t> collect_slice(Instant now);

  const std::string path_;
  const Clock& clock_;
  std::mutex writer_lock_;
  const std::unique_ptr<Writer> writer_;
  mutable GenerationCache generations_;
  mutable std::mutex readers_lock_;
  mutable std::vector<std::unique_ptr<Reader>> readers_;
};

class SqliteStore::Loan {
 public:
  Loan(const SqliteStore& store, std::unique_ptr<Reader> reader) : store_(store), reader_(std::move(reader)) {}
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan() { store_.return_reader(std::move(reader_)); }
  Reader* operator->() const { return reader_.get(); }

 private:
  const SqliteStore& store_;
  std::unique_ptr<Reader> reader_;
};

Result<std::unique_ptr<Reader>> SqliteStore::take_reader() const {
  {
    const std::lock_guard hold(readers_lock_);
    if (!readers_.empty()) {
      std::unique_ptr<Reader> reader = std::move(readers_.back());
      readers_.pop_back();
      return reader;
    }
  }
  return make_reader(path_);
}

void SqliteStore::return_reader(std::unique_ptr<Reader> reader) const {
  const std::lock_guard hold(readers_lock_);
  if (readers_.size() < kIdleReaders) readers_.push_back(std::move(reader));
}

Result<std::optional<Buffer>> SqliteStore::get(std::string_view space, std::string_view key) const {
  TRY(check_name(space, key));
  std::unique_ptr<Reader> taken = TRY(take_reader());
  const Loan reader(*this, std::move(taken));
  Cursor cursor(reader->get, space, key, clock_.now());
  const bool is_found = TRY(cursor.step());
  if (!is_found) return std::optional<Buffer>{};
  const Bytes value = cursor.bytes(0);
  ENSURE(as_text(cursor.bytes(2)) == as_text(checksum(space, key, value, Expiry{cursor.instant(1)})),
         Error{Blame::kUnavailable, "store.corrupt",
               path_ + ": record " + std::string(space) + " " + std::string(key) + " is damaged"});
  return std::optional<Buffer>{to_buffer(value)};
}

Result<std::vector<std::string>> SqliteStore::list(std::string_view space, std::string_view prefix,
                                                   std::string_view after, std::size_t limit) const {
  TRY(check_space(space));
  std::vector<std::string> keys;
  if (!may_begin_key(prefix) || limit == 0) return keys;
  const std::string end = std::string(prefix) + kAfterEveryKey;
  const auto count =
      static_cast<std::int64_t>(std::min<std::uint64_t>(limit, std::numeric_limits<std::int64_t>::max()));
  std::unique_ptr<Reader> taken = TRY(take_reader());
  const Loan reader(*this, std::move(taken));
  Cursor cursor(reader->list, space, std::max(prefix, after), end, after, clock_.now(), count);
  while (TRY(cursor.step())) keys.emplace_back(cursor.text(0));
  return keys;
}

Result<std::uint64_t> SqliteStore::generation(std::string_view space) const {
  TRY(check_space(space));
  if (const std::optional<std::uint64_t> known = generations_.find(space)) return *known;
  const std::uint64_t write_count = generations_.write_count();
  std::unique_ptr<Reader> taken = TRY(take_reader());
  const Loan reader(*this, std::move(taken));
  Cursor cursor(reader->generation, space);
  const bool is_found = TRY(cursor.step());
  const std::uint64_t number = is_found ? static_cast<std::uint64_t>(cursor.integer(0)) : 0;
  generations_.remember(space, number, write_count);
  return number;
}

template <class Write>
Result<bool> SqliteStore::change(std::string_view space, Write write) {
  const std::lock_guard hold(writer_lock_);
  const GenerationCache::Write mark(generations_);
  Transaction transaction(*writer_);
  TRY(transaction.begin());
  const std::size_t changed = TRY(write());
  if (changed == 0) return false;
  TRY(run(writer_->bump, space));
  TRY(transaction.commit());
  return true;
}

Status SqliteStore::put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  TRY(check_name(space, key));
  TRY(check_value(value));
  const Checksum sum = checksum(space, key, value, expiry);
  TRY(change(space, [&] { return run(writer_->put, space, key, value, expiry.at, Bytes(sum)); }));
  return ok();
}

// Here and below the clock is read inside the transaction: waiting for it may take seconds.
Result<bool> SqliteStore::put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  TRY(check_name(space, key));
  TRY(check_value(value));
  const Checksum sum = checksum(space, key, value, expiry);
  return change(space,
                [&] { return run(writer_->put_if_absent, space, key, value, expiry.at, Bytes(sum), clock_.now()); });
}

Result<bool> SqliteStore::compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                                          Expiry expiry) {
  TRY(check_name(space, key));
  TRY(check_value(value));
  const Checksum sum = checksum(space, key, value, expiry);
  return change(space, [&] {
    return run(writer_->compare_and_set, space, key, value, expiry.at, Bytes(sum), clock_.now(), expected);
  });
}

Result<bool> SqliteStore::erase(std::string_view space, std::string_view key) {
  TRY(check_name(space, key));
  return change(space, [&] { return run(writer_->erase, space, key, clock_.now()); });
}

Status SqliteStore::put_all(std::string_view space, std::span<const Record> records, Expiry expiry) {
  for (const Record& record : records) {
    TRY(check_name(space, record.key));
    TRY(check_value(record.value));
  }
  const auto write = [&]() -> Result<std::size_t> {
    for (const Record& record : records) {
      const Checksum sum = checksum(space, record.key, record.value, expiry);
      TRY(run(writer_->put, space, record.key, record.value, expiry.at, Bytes(sum)));
    }
    return records.size();
  };
  TRY(change(space, write));
  return ok();
}

Status SqliteStore::erase_all(std::string_view space, std::span<const std::string> keys) {
  for (const std::string& key : keys) TRY(check_name(space, key));
  const auto write = [&]() -> Result<std::size_t> {
    std::size_t erased = 0;
    for (const std::string& key : keys) erased += TRY(run(writer_->erase, space, key, clock_.now()));
    return erased;
  };
  TRY(change(space, write));
  return ok();
}

Result<std::size_t> SqliteStore::collect_slice(Instant now) {
  const std::lock_guard hold(writer_lock_);
  const GenerationCache::Write mark(generations_);
  Transaction transaction(*writer_);
  TRY(transaction.begin());
  TRY(run(writer_->bump_expired, now));
  const std::size_t removed = TRY(run(writer_->collect, now, static_cast<std::int64_t>(kCollectedAtOnce)));
  if (removed > 0) TRY(transaction.commit());
  return removed;
}

Result<std::size_t> SqliteStore::collect_garbage() {
  const Instant now = clock_.now();
  std::size_t removed = 0;
  for (;;) {
    const std::size_t slice = TRY(collect_slice(now));
    removed += slice;
    if (slice < kCollectedAtOnce) return removed;
  }
}

Result<std::vector<std::string>> SqliteStore::spaces() const {
  std::unique_ptr<Reader> taken = TRY(take_reader());
  const Loan reader(*this, std::move(taken));
  std::vector<std::string> names;
  Cursor cursor(reader->spaces);
  while (TRY(cursor.step())) names.emplace_back(cursor.text(0));
  return names;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path, const Clock& clock, IfAbsent if_absent) {
  std::unique_ptr<Writer> writer = TRY(make_writer(path, if_absent));
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(path, clock, std::move(writer)));
}

}  // namespace avouch::store
