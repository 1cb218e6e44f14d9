// Records in a PostgreSQL database that any number of replicas share.
#include <algorithm>
#include <limits>

#include "store/backends.h"
#include "store/generation_cache.h"
#include "store/keys.h"
#include "store/postgres_session.h"

namespace avouch::store {
namespace {

constexpr std::int64_t kCollectedAtOnce = 1'000;
constexpr int kConflictTries = 5;  // Of deadlocks, which the order of our writes does not allow among ourselves.

PostgresValue text(std::string_view value) {
  return std::string(value);
}
PostgresValue number(std::int64_t value) {
  return std::to_string(value);
}
PostgresValue moment(Instant at) {
  return number(at.time_since_epoch().count());
}
PostgresValue moment(Expiry expiry) {
  return expiry.at.has_value() ? moment(*expiry.at) : PostgresValue(nullptr);
}

class PostgresStore final : public Store {
 public:
  PostgresStore(const std::string& url, const Clock& clock)
      : clock_(clock), pool_([url](Deadline deadline) { return open_postgres_session(url, deadline); }) {}

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
  // The rows of the last command.
  Result<PostgresRows> run(std::span<const PostgresCommand> commands) const;
  Result<PostgresRows> run(const PostgresCommand& command) const { return run({&command, 1}); }
  Result<bool> change(const PostgresCommand& command);  // whether it changed a record
  Status change_all(std::string_view space, std::vector<PostgresCommand> commands);

  const Clock& clock_;
  mutable ConnectionPool<PostgresConnection> pool_;
  mutable GenerationCache generations_;
};

Result<PostgresRows> PostgresStore::run(std::span<const PostgresCommand> commands) const {
  const Deadline deadline = operation_deadline();
  const auto connection = TRY(pool_.take(deadline));
  for (int tried = 1;; ++tried) {
    Result<std::vector<PostgresRows>> rows = connection->run(commands, deadline);
    if (rows.has_value()) return std::move(rows->back());
    const bool may_repeat = std::string_view(rows.error().code) == "store.conflict" && tried < kConflictTries;
    ENSURE(may_repeat, rows.error());
  }
}

Result<bool> PostgresStore::change(const PostgresCommand& command) {
  const GenerationCache::Write mark(generations_);
  const PostgresRows rows = TRY(run(command));
  return rows.integer(0, 0) > 0;
}

// Callers give the commands in the order of their keys, and the generation comes last: so no two of us wait for each
// other.
Status PostgresStore::change_all(std::string_view space, std::vector<PostgresCommand> commands) {
  if (commands.empty()) return ok();
  const GenerationCache::Write mark(generations_);
  commands.push_back({kPgBump, {text(space)}});
  const PostgresRows rows = TRY(run(commands));
  return ok();
}

Result<std::optional<Buffer>> PostgresStore::get(std::string_view space, std::string_view key) const {
  TRY(check_name(space, key));
  const PostgresRows rows = TRY(run({kPgGet, {text(space), text(key), moment(clock_.now())}}));
  if (rows.count() == 0) return std::optional<Buffer>{};
  return std::optional<Buffer>{to_buffer(rows.octets(0, 0))};
}

Status PostgresStore::put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  const Record record{key, value};
  return put_all(space, {&record, 1}, expiry);
}

Result<bool> PostgresStore::put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  TRY(check_name(space, key));
  TRY(check_value(value));
  return change({kPgPutIfAbsent, {text(space), text(key), value, moment(expiry), moment(clock_.now())}});
}

Result<bool> PostgresStore::compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                                            Expiry expiry) {
  TRY(check_name(space, key));
  TRY(check_value(value));
  return change({kPgCompareAndSet, {text(space), text(key), value, moment(expiry), moment(clock_.now()), expected}});
}

Result<bool> PostgresStore::erase(std::string_view space, std::string_view key) {
  TRY(check_name(space, key));
  return change({kPgErase, {text(space), text(key), moment(clock_.now())}});
}

Status PostgresStore::put_all(std::string_view space, std::span<const Record> records, Expiry expiry) {
  std::vector<Record> sorted(records.begin(), records.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const Record& a, const Record& b) { return a.key < b.key; });
  std::vector<PostgresCommand> commands;
  for (const Record& record : sorted) {
    TRY(check_name(space, record.key));
    TRY(check_value(record.value));
    commands.push_back({kPgPut, {text(space), text(record.key), record.value, moment(expiry)}});
  }
  return change_all(space, std::move(commands));
}

Status PostgresStore::erase_all(std::string_view space, std::span<const std::string> keys) {
  std::vector<std::string> sorted(keys.begin(), keys.end());
  std::sort(sorted.begin(), sorted.end());
  const PostgresValue now = moment(clock_.now());
  std::vector<PostgresCommand> commands;
  for (const std::string& key : sorted) {
    TRY(check_name(space, key));
    commands.push_back({kPgEraseOnly, {text(space), key, now}});
  }
  return change_all(space, std::move(commands));
}

Result<std::vector<std::string>> PostgresStore::list(std::string_view space, std::string_view prefix,
                                                     std::string_view after, std::size_t limit) const {
  TRY(check_space(space));
  std::vector<std::string> keys;
  if (!may_begin_key(prefix) || limit == 0) return keys;
  const auto count =
      static_cast<std::int64_t>(std::min<std::uint64_t>(limit, std::numeric_limits<std::int64_t>::max()));
  const PostgresRows rows = TRY(run({kPgList,
                                     {text(space), text(prefix), std::string(prefix) + kAfterEveryKey, key_bound(after),
                                      moment(clock_.now()), number(count)}}));
  for (std::size_t row = 0; row < rows.count(); ++row) keys.emplace_back(as_text(rows.octets(row, 0)));
  return keys;
}

Result<std::uint64_t> PostgresStore::generation(std::string_view space) const {
  TRY(check_space(space));
  if (const std::optional<std::uint64_t> known = generations_.find(space)) return *known;
  const std::uint64_t write_count = generations_.write_count();
  const PostgresRows rows = TRY(run({kPgGeneration, {text(space)}}));
  const auto sum = static_cast<std::uint64_t>(rows.integer(0, 0));
  generations_.remember(space, sum, write_count);
  return sum;
}

Result<std::size_t> PostgresStore::collect_garbage() {
  const PostgresValue now = moment(clock_.now());
  std::size_t removed = 0;
  for (;;) {
    const GenerationCache::Write mark(generations_);
    const PostgresRows rows = TRY(run({kPgCollect, {now, number(kCollectedAtOnce)}}));
    removed += static_cast<std::size_t>(rows.integer(0, 0));
    if (rows.integer(0, 0) < kCollectedAtOnce) return removed;
  }
}

Result<std::vector<std::string>> PostgresStore::spaces() const {
  const PostgresRows rows = TRY(run({kPgSpaces, {}}));
  std::vector<std::string> names;
  for (std::size_t row = 0; row < rows.count(); ++row) names.emplace_back(as_text(rows.octets(row, 0)));
  return names;
}

}  // namespace

Result<std::unique_ptr<Store>> open_postgres_store(const std::string& url, const Clock& clock) {
  const Deadline deadline = operation_deadline();
  const std::unique_ptr<PostgresConnection> connection = TRY(PostgresConnection::open(url, deadline));
  TRY(make_postgres_schema(*connection, deadline));
  return std::unique_ptr<Store>(std::make_unique<PostgresStore>(url, clock));
}

}  // namespace avouch::store
