#include "base/recent_map.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace avouch {
namespace {

TEST(RecentMapTest, FindsWhatItWasTold) {
  RecentMap<std::string, int> map(8);
  EXPECT_EQ(map.find("a"), std::nullopt);
  map.remember("a", 1);
  map.remember("b", 2);
  EXPECT_EQ(map.find("a"), 1);
  map.remember("a", 3);
  EXPECT_EQ(map.find("a"), 3);
}

TEST(RecentMapTest, NeverHoldsMoreThanItsBound) {
  RecentMap<int, int> map(100);
  for (int i = 0; i < 1'000; ++i) map.remember(i, i);
  int held = 0;
  for (int i = 0; i < 1'000; ++i) held += map.find(i).has_value() ? 1 : 0;
  EXPECT_LE(held, 100);
  EXPECT_GE(held, 50);
  EXPECT_EQ(map.find(999), 999);
  EXPECT_EQ(map.find(0), std::nullopt);
}

TEST(RecentMapTest, KeepsWhatIsUsedWhileTheRestGoes) {
  RecentMap<int, int> map(10);
  map.remember(0, 7);
  for (int i = 1; i < 1'000; ++i) {
    map.remember(i, i);
    EXPECT_EQ(map.find(0), 7) << i;
  }
}

TEST(RecentMapTest, AnEntryThatIsToldAgainWhileOldHasItsNewValueOnly) {
  RecentMap<int, int> map(4);
  map.remember(1, 1);
  map.remember(2, 2);
  map.remember(3, 3);  // 1 and 2 are the old half now
  map.remember(1, 10);
  EXPECT_EQ(map.find(1), 10);
  map.remember(4, 4);
  EXPECT_EQ(map.find(1), 10);
}

TEST(RecentMapTest, ServesManyThreads) {
  RecentMap<int, int> map(64);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&map] {
      for (int i = 0; i < 5'000; ++i) {
        map.remember(i % 200, i % 200);
        EXPECT_EQ(map.find((i * 7) % 200).value_or((i * 7) % 200), (i * 7) % 200);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace avouch
