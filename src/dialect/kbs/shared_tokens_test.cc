#include "dialect/kbs/shared_tokens.h"

#include <gtest/gtest.h>

#include "crypto/random.h"
#include "store/backends.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace avouch::dialect::kbs {
namespace {

using std::chrono::seconds;

class SharedTokensTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  std::unique_ptr<store::Store> store_ = store::make_memory_store(clock_);
  const Secret key_{crypto::random_bytes(crypto::kAesKeyBytes)};
  SharedTokens first_{*store_, key_}, second_{*store_, key_};
  const Buffer nonce_ = Buffer(32, 7), other_ = Buffer(32, 8);
};

TEST_F(SharedTokensTest, AnotherReplicaFindsATokenUntilItsSessionEnds) {
  ASSERT_TRUE(first_.remember(nonce_, "head.body.signature", clock_.now() + seconds(5)).has_value());
  EXPECT_EQ(second_.find(nonce_).value(), "head.body.signature");
  EXPECT_EQ(second_.find(other_).value(), std::nullopt);
  clock_.advance(seconds(5));
  EXPECT_EQ(second_.find(nonce_).value(), std::nullopt);
}

TEST_F(SharedTokensTest, TheStoreHoldsNoTokenInTheClear) {
  ASSERT_TRUE(first_.remember(nonce_, "head.body.signature", clock_.now() + seconds(5)).has_value());
  const std::string key = store_->list("attested-token", "", "", 2).value().at(0);
  const Buffer record = store_->get("attested-token", key).value().value();
  EXPECT_EQ(as_text(record).find("body"), std::string_view::npos);
}

TEST_F(SharedTokensTest, ARecordThatWasMovedOrChangedIsNone) {
  ASSERT_TRUE(first_.remember(nonce_, "token", clock_.now() + seconds(5)).has_value());
  ASSERT_TRUE(first_.remember(other_, "another", clock_.now() + seconds(5)).has_value());
  const auto keys = store_->list("attested-token", "", "", 3).value();
  ASSERT_EQ(keys.size(), 2U);
  Buffer record = store_->get("attested-token", keys[0]).value().value();
  ASSERT_TRUE(store_->put("attested-token", keys[1], record, store::Expiry::never()).has_value());
  record.back() ^= 1;
  ASSERT_TRUE(store_->put("attested-token", keys[0], record, store::Expiry::never()).has_value());
  EXPECT_EQ(second_.find(nonce_).value(), std::nullopt);
  EXPECT_EQ(second_.find(other_).value(), std::nullopt);
}

}  // namespace
}  // namespace avouch::dialect::kbs
