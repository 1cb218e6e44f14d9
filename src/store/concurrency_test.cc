// Many threads, and many processes on one file: one wins, nothing is lost, nobody sees half a record.
#include <set>
#include <thread>

#include "store/test_support.h"

namespace avouch::store {
namespace {

constexpr int kWorkers = 4;
constexpr int kChildren = 3;

// Adds 1 to a decimal number `times` times; whether no call failed.
bool count_up(Store& store, int times) {
  for (int i = 0; i < times;) {
    const auto current = store.get("space", "counter");
    if (!current.has_value() || !current->has_value()) return false;
    const std::string next = std::to_string(std::stoi(std::string(as_text(**current))) + 1);
    const auto is_set = store.compare_and_set("space", "counter", **current, as_bytes(next), Expiry::never());
    if (!is_set.has_value()) return false;
    if (*is_set) ++i;
  }
  return true;
}

// How many of the keys this caller was first to put; -1 after a failure.
int claim_keys(Store& store, int keys, const std::string& name) {
  int won = 0;
  for (int i = 0; i < keys; ++i) {
    const auto is_put = store.put_if_absent("space", "key" + std::to_string(i), as_bytes(name), Expiry::never());
    if (!is_put.has_value()) return -1;
    won += *is_put ? 1 : 0;
  }
  return won;
}

// Values that are one octet repeated: a mixture of two would show.
bool is_whole(const Buffer& value) {
  return std::set<std::uint8_t>(value.begin(), value.end()).size() == 1 && value.size() == 10'000U + value[0];
}

Buffer whole_value(int i) {
  const auto octet = static_cast<std::uint8_t>(i % 200);
  return Buffer(10'000U + octet, octet);
}

class Concurrency : public ::testing::TestWithParam<BackEnd> {
 protected:
  void SetUp() override { SKIP_IF_MISSING(); }
  std::unique_ptr<Store> open() { return GetParam().open(folder_, clock_).value(); }
  static void in_threads(const std::function<void(int)>& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kWorkers; ++i) threads.emplace_back(work, i);
    for (std::thread& thread : threads) thread.join();
  }
  // Runs `work` on a store of its own in each of kChildren processes, all at once; their exit codes.
  std::vector<int> in_children(const std::function<int(Store&, int)>& work) {
    std::vector<pid_t> children;
    for (int i = 0; i < kChildren; ++i) {
      children.push_back(start_child([&] {
        const auto store = GetParam().open(folder_, clock_);
        if (!store.has_value()) std::fprintf(stderr, "%s\n", store.error().detail.c_str());
        return store.has_value() ? work(**store, i) : 255;
      }));
    }
    std::vector<int> codes;
    for (const pid_t child : children) codes.push_back(wait_for(child));
    return codes;
  }

  TemporaryFolder folder_;
  SystemClock clock_;
};

class Processes : public Concurrency {};

TEST_P(Concurrency, OfManyThreadsOneIsFirst) {
  const auto store = open();
  std::atomic<int> won = 0;
  in_threads([&](int i) { won += claim_keys(*store, 50, std::to_string(i)); });
  EXPECT_EQ(won, 50);
}

TEST_P(Concurrency, NoThreadsIncrementIsLost) {
  const auto store = open();
  ASSERT_TRUE(store->put("space", "counter", as_bytes("0"), Expiry::never()).has_value());
  in_threads([&](int) { EXPECT_TRUE(count_up(*store, 50)); });
  EXPECT_EQ(as_text(*store->get("space", "counter").value()), std::to_string(kWorkers * 50));
}

TEST_P(Concurrency, ReadersSeeWholeRecordsWhileTheyAreReplaced) {
  const auto store = open();
  ASSERT_TRUE(store->put("space", "key", whole_value(0), Expiry::never()).has_value());
  std::atomic<bool> is_over = false;
  in_threads([&](int worker) {
    if (worker == 0) {
      for (int i = 0; i < 200; ++i)
        EXPECT_TRUE(store->put("space", "key", whole_value(i), Expiry::never()).has_value());
      is_over = true;
      return;
    }
    while (!is_over) {
      EXPECT_TRUE(is_whole(*store->get("space", "key").value()));
      EXPECT_EQ(store->list("space", "", "", 2).value().size(), 1U);
      EXPECT_TRUE(store->generation("space").has_value());
    }
  });
}

TEST_P(Concurrency, ACacheThatComparesGenerationsIsNeverStale) {
  const auto store = open();
  ASSERT_TRUE(store->put("space", "counter", as_bytes("0"), Expiry::never()).has_value());
  in_threads([&](int worker) {
    if (worker == 0) {
      EXPECT_TRUE(count_up(*store, 200));
      return;
    }
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t before = store->generation("space").value();
      const auto cached = store->get("space", "counter").value();
      const auto current = store->get("space", "counter").value();
      EXPECT_TRUE(*cached == *current || store->generation("space").value() != before);
    }
  });
}

TEST_P(Processes, OfManyProcessesOneIsFirst) {
  int won = 0;
  for (const int code : in_children([](Store& store, int i) { return claim_keys(store, 50, std::to_string(i)); })) {
    ASSERT_LE(code, 50);
    ASSERT_GE(code, 0);
    won += code;
  }
  EXPECT_EQ(won, 50);
}

TEST_P(Processes, NoProcesssIncrementIsLost) {
  ASSERT_TRUE(open()->put("space", "counter", as_bytes("0"), Expiry::never()).has_value());
  const auto codes = in_children([](Store& store, int) { return count_up(store, 50) ? 0 : 1; });
  EXPECT_EQ(codes, std::vector<int>(kChildren, 0));
  EXPECT_EQ(as_text(*open()->get("space", "counter").value()), std::to_string(kChildren * 50));
}

TEST_P(Processes, ReadersSeeWholeRecordsOfOtherProcesses) {
  ASSERT_TRUE(open()->put("space", "key", whole_value(0), Expiry::never()).has_value());
  const auto codes = in_children([](Store& store, int child) {
    for (int i = 0; i < 200; ++i) {
      if (child == 0 && !store.put("space", "key", whole_value(i), Expiry::never()).has_value()) return 1;
      const auto value = store.get("space", "key");
      if (!value.has_value() || !value->has_value() || !is_whole(**value)) return 2;
    }
    return 0;
  });
  EXPECT_EQ(codes, std::vector<int>(kChildren, 0));
}

TEST_P(Processes, AllOpenANewStoreAtOnce) {
  for (int round = 0; round < 5; ++round) {
    const auto codes = in_children([&](Store& store, int i) {
      const std::string key = "round" + std::to_string(round) + "/" + std::to_string(i);
      return store.put("space", key, as_bytes(key), Expiry::never()).has_value() ? 0 : 1;
    });
    EXPECT_EQ(codes, std::vector<int>(kChildren, 0));
    EXPECT_EQ(open()->list("space", "round" + std::to_string(round), "", 100).value().size(), 0U + kChildren);
    if (GetParam().name == "sqlite") {  // The next round starts from nothing.
      for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(folder_ / "store.db" + suffix);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, Concurrency, ::testing::ValuesIn(back_ends()), name_of);
INSTANTIATE_TEST_SUITE_P(Stores, Processes, ::testing::ValuesIn(durable_back_ends()), name_of);

}  // namespace
}  // namespace avouch::store
