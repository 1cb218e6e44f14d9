// Records in a Redis or Valkey server that any number of replicas share.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "store/backends.h"
#include "store/generation_cache.h"
#include "store/keys.h"
#include "store/redis_connection.h"
#include "store/redis_scripts.h"

namespace avouch::store {
namespace {

constexpr std::size_t kExpiryBytes = 8;
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kKeysAtOnce = 1'000;        // Looked at by one script, which holds the server up meanwhile.
constexpr std::size_t kRecordsAtOnce = 1'000;     // In one put_all or erase_all that nobody sees half done.
constexpr const char* kSpaces = "avouch:spaces";  // Those that ever had a record.

// Redis counts scores in doubles: beyond 2^53 a millisecond would be lost.
std::int64_t milliseconds(Instant at) {
  constexpr std::int64_t kExactMax = std::int64_t{1} << 53;
  return std::clamp<std::int64_t>(at.time_since_epoch().count(), 0, kExactMax);
}

std::string to_record(Bytes value, Expiry expiry) {
  const std::uint64_t at = expiry.at.has_value() ? static_cast<std::uint64_t>(milliseconds(*expiry.at)) : kNever;
  std::string out;
  out.reserve(kExpiryBytes + value.size());
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(at >> shift);
  out += as_text(value);
  return out;
}

std::string to_text(Expiry expiry) {
  return expiry.at.has_value() ? std::to_string(milliseconds(*expiry.at)) : "";
}

// A connection, and what the server calls our scripts.
struct Session {
  std::unique_ptr<RedisConnection> connection;
  std::array<std::string, std::size(kRedisScripts)> scripts;
  bool is_usable() const { return connection->is_usable(); }
};

Status load_scripts(Session& session, Deadline deadline) {
  for (std::size_t i = 0; i < session.scripts.size(); ++i) {
    RedisReply reply = TRY(session.connection->ask({"SCRIPT", "LOAD", kRedisScripts[i]}, deadline));
    session.scripts[i] = std::move(reply.text);
  }
  return ok();
}

Result<std::unique_ptr<Session>> open_session(const RedisUrl& url, Deadline deadline) {
  auto session = std::make_unique<Session>();
  session->connection = TRY(RedisConnection::open(url, deadline));
  TRY(load_scripts(*session, deadline));
  return session;
}

class RedisStore final : public Store {
 public:
  RedisStore(const RedisUrl& url, const Clock& clock)
      : clock_(clock), pool_([url](Deadline deadline) { return open_session(url, deadline); }) {}

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
  // What of the server's settings puts records at risk.
  Result<std::vector<std::string>> find_risks() const;

 private:
  Result<RedisReply> ask(const RedisConnection::Words& words) const;
  Result<RedisReply> call(RedisScriptId script, std::string_view space, std::span<const std::string_view> words) const;
  Result<bool> change(RedisScriptId script, std::string_view space, std::span<const std::string_view> words);

  const Clock& clock_;
  mutable ConnectionPool<Session> pool_;
  mutable GenerationCache generations_;
};

std::string name_of(std::string_view space, const char* part) {
  return "avouch:" + std::string(space) + ":" + part;
}

Result<RedisReply> RedisStore::ask(const RedisConnection::Words& words) const {
  const Deadline deadline = operation_deadline();
  const auto session = TRY(pool_.take(deadline));
  return session->connection->ask(words, deadline);
}

Result<RedisReply> RedisStore::call(RedisScriptId script, std::string_view space,
                                    std::span<const std::string_view> words) const {
  const std::string names[] = {name_of(space, "records"), name_of(space, "keys"), name_of(space, "expiry"),
                               name_of(space, "generation")};
  const std::string now = std::to_string(milliseconds(clock_.now()));
  const Deadline deadline = operation_deadline();
  const auto session = TRY(pool_.take(deadline));
  RedisConnection::Words all = {
      "EVALSHA", session->scripts[script], "5", names[0], names[1], names[2], names[3], kSpaces, space, now};
  all.insert(all.end(), words.begin(), words.end());
  Result<RedisReply> reply = session->connection->ask(all, deadline);
  if (reply.has_value() || std::strcmp(reply.error().code, "store.script") != 0) return reply;
  TRY(load_scripts(*session.operator->(), deadline));  // Somebody has flushed them; nothing has been done.
  all[1] = session->scripts[script];
  return session->connection->ask(all, deadline);
}

Result<bool> RedisStore::change(RedisScriptId script, std::string_view space, std::span<const std::string_view> words) {
  const GenerationCache::Write mark(generations_);
  const RedisReply reply = TRY(call(script, space, words));
  return reply.integer > 0;
}

Result<std::optional<Buffer>> RedisStore::get(std::string_view space, std::string_view key) const {
  TRY(check_name(space, key));
  const std::string records = name_of(space, "records");
  const RedisReply reply = TRY(ask({"HGET", records, key}));
  if (reply.kind == RedisReply::Kind::kNull) return std::optional<Buffer>{};
  const Bytes record = as_bytes(reply.text);
  ENSURE(
      reply.kind == RedisReply::Kind::kText && record.size() >= kExpiryBytes,
      Error{Blame::kUnavailable, "store.corrupt", "Redis: not a record of ours: " + records + " " + std::string(key)});
  std::uint64_t expires = 0;
  for (const std::uint8_t octet : record.first(kExpiryBytes)) expires = (expires << 8) | octet;
  if (expires <= static_cast<std::uint64_t>(milliseconds(clock_.now()))) return std::optional<Buffer>{};
  return std::optional<Buffer>{to_buffer(record.subspan(kExpiryBytes))};
}

Status RedisStore::put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  const Record record{key, value};
  return put_all(space, {&record, 1}, expiry);
}

Result<bool> RedisStore::put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) {
  TRY(check_name(space, key));
  TRY(check_value(value));
  const std::string record = to_record(value, expiry), expires = to_text(expiry);
  const std::string_view words[] = {expires, key, record};
  return change(kRedisPutIfAbsent, space, words);
}

Result<bool> RedisStore::compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                                         Expiry expiry) {
  TRY(check_name(space, key));
  TRY(check_value(value));
  const std::string record = to_record(value, expiry), expires = to_text(expiry);
  const std::string_view words[] = {expires, key, record, as_text(expected)};
  return change(kRedisCompareAndSet, space, words);
}

Result<bool> RedisStore::erase(std::string_view space, std::string_view key) {
  TRY(check_name(space, key));
  return change(kRedisErase, space, {&key, 1});
}

Status RedisStore::put_all(std::string_view space, std::span<const Record> records, Expiry expiry) {
  for (const Record& record : records) {
    TRY(check_name(space, record.key));
    TRY(check_value(record.value));
  }
  const std::string expires = to_text(expiry);
  for (; !records.empty(); records = records.subspan(std::min(records.size(), kRecordsAtOnce))) {
    std::vector<std::string> values;
    for (const Record& record : records.first(std::min(records.size(), kRecordsAtOnce))) {
      values.push_back(to_record(record.value, expiry));
    }
    std::vector<std::string_view> words = {expires};
    for (std::size_t i = 0; i < values.size(); ++i) {
      words.push_back(records[i].key);
      words.push_back(values[i]);
    }
    TRY(change(kRedisPut, space, words));
  }
  return ok();
}

Status RedisStore::erase_all(std::string_view space, std::span<const std::string> keys) {
  for (const std::string& key : keys) TRY(check_name(space, key));
  for (; !keys.empty(); keys = keys.subspan(std::min(keys.size(), kRecordsAtOnce))) {
    const auto some = keys.first(std::min(keys.size(), kRecordsAtOnce));
    const std::vector<std::string_view> words(some.begin(), some.end());
    TRY(change(kRedisErase, space, words));
  }
  return ok();
}

Result<std::vector<std::string>> RedisStore::list(std::string_view space, std::string_view prefix,
                                                  std::string_view after, std::size_t limit) const {
  TRY(check_space(space));
  std::vector<std::string> keys;
  if (!may_begin_key(prefix)) return keys;
  std::string from = after < prefix ? "[" + std::string(prefix) : "(" + std::string(after);
  const std::string to = "(" + std::string(prefix) + kAfterEveryKey, count = std::to_string(kKeysAtOnce);
  while (keys.size() < limit) {
    const std::string_view words[] = {from, to, count};
    const RedisReply reply = TRY(call(kRedisList, space, words));
    ENSURE(!reply.items.empty(), Error{Blame::kUnavailable, "store.protocol", "Redis: a listing without its end"});
    for (std::size_t i = 1; i < reply.items.size() && keys.size() < limit; ++i) keys.push_back(reply.items[i].text);
    if (reply.items.front().text.empty()) break;
    from = "(" + reply.items.front().text;
  }
  return keys;
}

Result<std::uint64_t> RedisStore::generation(std::string_view space) const {
  TRY(check_space(space));
  if (const std::optional<std::uint64_t> known = generations_.find(space)) return *known;
  const std::uint64_t write_count = generations_.write_count();
  const std::string name = name_of(space, "generation");
  const RedisReply reply = TRY(ask({"GET", name}));
  const std::uint64_t number = reply.text.empty() ? 0 : std::strtoull(reply.text.c_str(), nullptr, 10);
  generations_.remember(space, number, write_count);
  return number;
}

Result<std::size_t> RedisStore::collect_garbage() {
  const RedisReply spaces = TRY(ask({"SMEMBERS", kSpaces}));
  const std::string count = std::to_string(kKeysAtOnce);
  std::size_t removed = 0;
  for (const RedisReply& space : spaces.items) {
    const std::string_view words[] = {count};
    for (std::size_t slice = kKeysAtOnce; slice == kKeysAtOnce; removed += slice) {
      const GenerationCache::Write mark(generations_);
      const RedisReply reply = TRY(call(kRedisCollect, space.text, words));
      slice = static_cast<std::size_t>(std::max<std::int64_t>(reply.integer, 0));
    }
  }
  return removed;
}

Result<std::vector<std::string>> RedisStore::spaces() const {
  const RedisReply reply = TRY(ask({"SMEMBERS", kSpaces}));
  std::vector<std::string> names;
  for (const RedisReply& item : reply.items) names.push_back(item.text);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> RedisStore::find_risks() const {
  std::vector<std::string> risks;
  const auto risk_unless = [&](const std::string& info, std::string_view needed, const char* risk) {
    if (info.find(needed) == std::string::npos) risks.emplace_back(risk);
  };
  const RedisReply persistence = TRY(ask({"INFO", "persistence"}));
  risk_unless(persistence.text, "aof_enabled:1",
              "Redis has no append-only file (appendonly yes): what it acknowledges is lost when it ends");
  const RedisReply memory = TRY(ask({"INFO", "memory"}));
  const bool may_evict = memory.text.find("maxmemory_policy:allkeys") != std::string::npos;
  if (may_evict) risks.emplace_back("Redis may drop records for want of memory: set maxmemory-policy to noeviction");
  return risks;
}

}  // namespace

Result<std::unique_ptr<Store>> open_redis_store(const std::string& url, const Clock& clock,
                                                std::vector<std::string>* risks) {
  const RedisUrl parsed = TRY(parse_redis_url(url));
  auto redis = std::make_unique<RedisStore>(parsed, clock);
  std::vector<std::string> found = TRY(redis->find_risks());
  if (risks != nullptr) *risks = std::move(found);
  return std::unique_ptr<Store>(std::move(redis));
}

}  // namespace avouch::store
