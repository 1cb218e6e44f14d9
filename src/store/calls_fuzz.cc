// Sequences of calls, made of a memory store and of SQLite alike: the answers have to be the same, whatever names and
// values are asked for. Octets of the input are instructions; the names are few, so that calls meet one another.
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "store/test_support.h"

namespace {

using namespace avouch;
using store::Expiry;
using store::Store;

constexpr std::size_t kCallsMax = 32;

template <class T>
void check_same(const Result<T>& left, const Result<T>& right) {
  CHECK(left.has_value() == right.has_value());
  if (!left.has_value()) {
    CHECK(std::string_view(left.error().code) == right.error().code && left.error().blame == right.error().blame);
  } else if constexpr (!std::is_void_v<T>) {
    CHECK(*left == *right);
  }
}

class Run {
 public:
  Run(Bytes script, Store& left, Store& right, store::ManualClock& clock)
      : script_(script), left_(left), right_(right), clock_(clock) {}

  void play() {
    for (std::size_t i = 0; i < kCallsMax && !script_.empty(); ++i) step();
    for (const char* space : {"a", "b"}) {
      const auto keys = left_.list(space, "", "", 1'000);
      check_same(keys, right_.list(space, "", "", 1'000));
      for (const std::string& key : keys.value()) check_same(left_.get(space, key), right_.get(space, key));
      CHECK(left_.erase_all(space, *keys).has_value() && right_.erase_all(space, *keys).has_value());
    }
  }

 private:
  std::uint8_t next() {
    if (script_.empty()) return 0;
    const std::uint8_t octet = script_.front();
    script_ = script_.subspan(1);
    return octet;
  }
  std::string text(std::size_t most) {
    const std::size_t length = next() % most;
    const Bytes part = script_.first(std::min(script_.size(), length));
    script_ = script_.subspan(part.size());
    return std::string(as_text(part));
  }
  std::string space() {
    const std::uint8_t choice = next() % 16;
    return choice == 0 ? text(70) : choice % 2 == 0 ? "a" : "b";
  }
  std::string key() {
    static constexpr std::array<const char*, 6> kKeys = {"k", "k/a", "k/b", "K", "k=", "l"};
    const std::uint8_t choice = next() % 8;
    return choice < kKeys.size() ? kKeys[choice] : text(20);
  }
  Expiry expiry() {
    const std::uint8_t choice = next();
    return choice % 2 == 0 ? Expiry::never() : Expiry::when(clock_.now() + std::chrono::milliseconds(choice));
  }

  void step() {
    const std::string in = space(), name = key(), value = text(40), other = text(40);
    const Expiry until = expiry();
    switch (next() % 8) {
      case 0:
        return check_same(left_.get(in, name), right_.get(in, name));
      case 1:
        return check_same(left_.put(in, name, as_bytes(value), until), right_.put(in, name, as_bytes(value), until));
      case 2:
        return check_same(left_.put_if_absent(in, name, as_bytes(value), until),
                          right_.put_if_absent(in, name, as_bytes(value), until));
      case 3:
        return check_same(left_.compare_and_set(in, name, as_bytes(other), as_bytes(value), until),
                          right_.compare_and_set(in, name, as_bytes(other), as_bytes(value), until));
      case 4:
        return check_same(left_.erase(in, name), right_.erase(in, name));
      case 5:
        return check_same(left_.list(in, value, other, until.at ? 2 : 1'000),
                          right_.list(in, value, other, until.at ? 2 : 1'000));
      case 6:
        clock_.advance(std::chrono::milliseconds(next()));
        return;
      default:
        return check_same(left_.collect_garbage(), right_.collect_garbage());
    }
  }

  Bytes script_;
  Store& left_;
  Store& right_;
  store::ManualClock& clock_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static store::ManualClock clock;
  static const store::TemporaryFolder folder;
  static const std::unique_ptr<Store> memory = store::make_memory_store(clock);
  static const std::unique_ptr<Store> sqlite = store::open_sqlite_store(folder / "store.db", clock).value();
  Run({data, size}, *memory, *sqlite, clock).play();
  clock.advance(std::chrono::seconds(1));  // what had an end has ended
  CHECK(memory->collect_garbage().value() == sqlite->collect_garbage().value());
  return 0;
}
