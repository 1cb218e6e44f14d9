// kill -9 at any moment: every write that returned is there afterwards, and no record is half of one.
#include <csignal>
#include <map>
#include <random>
#include <thread>

#include "store/test_support.h"

namespace avouch::store {
namespace {

constexpr int kRounds = 50;
constexpr int kKeys = 24;

// The key that write number `i` of the child goes to, and what it writes: sizes from nothing to some pages.
std::string key_of_write(int i) {
  return "key/" + std::to_string(i % kKeys);
}
Buffer value_of_write(int i) {
  std::string value = "write " + std::to_string(i) + ":";
  value.append(static_cast<std::size_t>(i * 7'919 % 20'000), static_cast<char>('a' + i % 26));
  return to_buffer(as_bytes(value));
}

// Writes from number `first` on, by each way in turn, and tells each number through `acknowledge` when it is done.
int write_until_killed(Store& store, int first, int acknowledge) {
  for (int i = first;; ++i) {
    const std::string key = key_of_write(i);
    const Buffer value = value_of_write(i);
    if (i % 3 == 0) {
      const auto current = store.get("space", key);
      if (!current.has_value()) return 1;
      const auto is_done = current->has_value() ? store.compare_and_set("space", key, **current, value, Expiry::never())
                                                : store.put_if_absent("space", key, value, Expiry::never());
      if (!is_done.has_value() || !*is_done) return 2;
    } else if (!store.put("space", key, value, Expiry::never()).has_value()) {
      return 3;
    }
    if (::write(acknowledge, &i, sizeof i) != sizeof i) return 4;
  }
}

class Kill : public ::testing::TestWithParam<BackEnd> {
 protected:
  void SetUp() override { SKIP_IF_MISSING(); }
  // One child, killed some time after its first write; the number of the last write that it acknowledged.
  int run_round(int first, std::chrono::microseconds time_to_live) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    const pid_t child = start_child([&] {
      const auto store = GetParam().open(folder_, clock_);
      return store.has_value() ? write_until_killed(**store, first, ends[1]) : 5;
    });
    ::close(ends[1]);
    int last = first - 1;
    if (::read(ends[0], &last, sizeof last) != sizeof last) last = first - 1;
    std::this_thread::sleep_for(time_to_live);
    ::kill(child, SIGKILL);
    EXPECT_EQ(wait_for(child), -SIGKILL) << "the child must not have failed by itself";
    while (::read(ends[0], &last, sizeof last) == sizeof last) continue;
    ::close(ends[0]);
    return last;
  }

  // Each key holds what the last acknowledged write put there, or what the write put that was under way.
  void check(Store& store, int last) {
    const int under_way = last + 1;
    for (int i = std::max(0, last - kKeys + 1); i <= last; ++i) {
      const auto value = store.get("space", key_of_write(i));
      ASSERT_TRUE(value.has_value()) << value.error().detail;
      ASSERT_TRUE(value->has_value()) << "lost write " << i;
      const bool is_next = key_of_write(i) == key_of_write(under_way) && **value == value_of_write(under_way);
      EXPECT_TRUE(is_next || **value == value_of_write(i)) << "torn or lost write " << i;
      was_under_way_ = was_under_way_ || is_next;
    }
    const std::size_t expected = static_cast<std::size_t>(std::min(last + 1, kKeys));
    const std::size_t listed = store.list("space", "", "", 1'000).value().size();
    EXPECT_TRUE(listed == expected || listed == expected + 1) << "no other record may have come into being";
  }

  TemporaryFolder folder_;
  SystemClock clock_;
  bool was_under_way_ = false;
};

TEST_P(Kill, LosesNothingThatWasAcknowledged) {
  std::mt19937 random(20'261'122);
  int last = -1;
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    const int first = last + 1;
    last = run_round(first, std::chrono::microseconds(random() % 20'000));
    EXPECT_GE(last, first);
    const auto store = GetParam().open(folder_, clock_);
    ASSERT_TRUE(store.has_value()) << store.error().detail;
    check(**store, last);
    // The write under way may have come through: the next child starts from a state that is known.
    ++last;
    ASSERT_TRUE((*store)->put("space", key_of_write(last), value_of_write(last), Expiry::never()).has_value());
  }
  std::printf("%d writes acknowledged in %d rounds; one under way %s seen\n", last, kRounds,
              was_under_way_ ? "was" : "was not");
}

INSTANTIATE_TEST_SUITE_P(Stores, Kill, ::testing::ValuesIn(durable_back_ends()), name_of);

}  // namespace
}  // namespace avouch::store
