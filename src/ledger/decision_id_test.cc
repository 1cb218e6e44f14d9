#include "ledger/decision_id.h"

#include <gtest/gtest.h>

#include <set>

namespace avouch::ledger {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const Instant kNow = from_unix_seconds(1'800'000'000);

TEST(DecisionIds, RiseWhateverTheClockDoes) {
  DecisionIds ids;
  std::string last = ids.next(kNow);
  for (const Instant now : {kNow, kNow, kNow + milliseconds(1), kNow + hours(90'000), kNow, kNow - hours(90'000),
                            kNow + hours(1), kNow + hours(90'001), Instant{} - hours(1)}) {
    const std::string id = ids.next(now);
    EXPECT_LT(last, id);
    EXPECT_EQ(id.size(), 18U);
    last = id;
  }
}

TEST(DecisionIds, BeginWithTheTimeWhenItHasAdvanced) {
  DecisionIds ids;
  const std::string earlier = ids.next(kNow);
  EXPECT_GT(ids.next(kNow + milliseconds(1)), first_decision_id(kNow + milliseconds(1)));
  EXPECT_LT(earlier, first_decision_id(kNow + milliseconds(1)));
  EXPECT_GE(earlier, first_decision_id(kNow));
}

TEST(DecisionIds, GoOnAfterThoseOfAnEarlierProcess) {
  DecisionIds ids;
  ids.continue_after("0zzzzzzzzzzzzzzzzz");
  const std::string next = ids.next(kNow);
  EXPECT_GE(next, "100000000000000000");
  EXPECT_LE(next, "1000000000000g0000");     // not far
  ids.continue_after("0zz000000000000000");  // an older one changes nothing
  EXPECT_GT(ids.next(kNow), next);
}

TEST(DecisionIds, OfReplicasThatGoOnAfterTheSameOneDoNotMeet) {
  DecisionIds first, second;
  std::set<std::string> seen;
  for (DecisionIds* ids : {&first, &second}) ids->continue_after("0zzzzzzzzzzzzzzzzz");
  for (int i = 0; i < 5; ++i) {
    for (DecisionIds* ids : {&first, &second}) EXPECT_TRUE(seen.insert(ids->next(kNow)).second);
  }
}

TEST(DecisionIds, TakeNoNoticeOfWhatIsNoId) {
  DecisionIds ids;
  for (const char* text : {"", "zz", "zzzzzzzzzzzzzzzzzu", "ZZZZZZZZZZZZZZZZZZ", "zzzzzzzzzzzzzzzzzzz"}) {
    ids.continue_after(text);
  }
  EXPECT_EQ(ids.next(kNow).substr(0, 10), first_decision_id(kNow).substr(0, 10));
}

}  // namespace
}  // namespace avouch::ledger
