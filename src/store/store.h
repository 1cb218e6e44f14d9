// Store: named records that survive. One interface for every back end; store/conformance_test.cc
// holds each of them to the same promises.
//
// A write that returned is durable where the back end is (sqlite, local_fs), and is seen by every later read. A reader
// sees the old record or the new one, never a mixture. All functions may be called from any thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace avouch::store {

// When a record stops to exist. Readers never see an expired record, whether it has been removed yet or not.
struct Expiry {
  std::optional<Instant> at;
  static Expiry never() { return {}; }
  static Expiry when(Instant instant) { return {instant}; }
};

inline constexpr std::chrono::milliseconds kForeignWriteDelay{10};

// A record to write, borrowed.
struct Record {
  std::string_view key;
  Bytes value;
};

class Store {
 public:
  virtual ~Store() = default;

  // All fail with kUnavailable: store.io, store.full, store.corrupt; and with kRequest: store.key (a key that the back
  // end cannot hold: empty, over 512 octets, or outside [A-Za-z0-9._/:@+=-] and space), store.space (not 1 to 64 octets
  // of [A-Za-z0-9._-], the first not a dot), store.value (over 16 MiB).
  virtual Result<std::optional<Buffer>> get(std::string_view space, std::string_view key) const = 0;
  virtual Status put(std::string_view space, std::string_view key, Bytes value, Expiry expiry) = 0;
  // False, and nothing changed, if the key is there.
  virtual Result<bool> put_if_absent(std::string_view space, std::string_view key, Bytes value, Expiry expiry) = 0;
  // False, and nothing changed, unless the record now holds `expected`.
  virtual Result<bool> compare_and_set(std::string_view space, std::string_view key, Bytes expected, Bytes value,
                                       Expiry expiry) = 0;
  virtual Result<bool> erase(std::string_view space, std::string_view key) = 0;  // whether it was there

  // Many at once: in one commit where the back end has commits (sqlite), else one after the other; on failure some may
  // have been written.
  virtual Status put_all(std::string_view space, std::span<const Record> records, Expiry expiry);
  virtual Status erase_all(std::string_view space, std::span<const std::string> keys);

  // Up to `limit` keys that begin with `prefix` and sort after `after`, in order of octets.
  virtual Result<std::vector<std::string>> list(std::string_view space, std::string_view prefix, std::string_view after,
                                                std::size_t limit) const = 0;
  // The spaces that have, or ever had, a record, in order of octets: for tools that copy or compare whole stores.
  virtual Result<std::vector<std::string>> spaces() const = 0;
  // Removes expired records; how many.
  virtual Result<std::size_t> collect_garbage() = 0;
  // A number that changes whenever a record of `space` may have changed: caches compare it. A write through this object
  // shows at once, one of another process within kForeignWriteDelay (local_fs: longer, if it overwrites in place).
  // Ask for it before reading what is to be cached. A record that expires changes it only when collected.
  virtual Result<std::uint64_t> generation(std::string_view space) const = 0;
};

// All keys that begin with `prefix`, in order, asked for in pages: no back end has to answer with a million at once.
Result<std::vector<std::string>> list_all(const Store& store, std::string_view space, std::string_view prefix);

}  // namespace avouch::store
