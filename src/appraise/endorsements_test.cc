#include "appraise/endorsements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "format/jwk.h"
#include "testing/code_of.h"
#include "testing/failing_store.h"
#include "testing/manual_clock.h"

namespace avouch::appraise {
namespace {

using tee::EndorsedRecords;
using testing::code_of;
using ::testing::HasSubstr;

// As of CCA: "<implementation id>/<instance id>".
const std::string kPlatform = "aa11/01bb22";
const std::string kOtherPlatform = "aa11/01cc33";

Json some_jwk() {
  return jose::jwk_from_public_key(crypto::PrivateKey::generate_ec(crypto::Curve::kP384).public_key());
}

EndorsedRecords anchor(const std::string& key, const Json& jwk) {
  return {.trust_anchors = {{key, jwk}}, .platform_references = {}, .reference_values = {}};
}
EndorsedRecords reference(const std::string& key, const Json& record) {
  return {.trust_anchors = {}, .platform_references = {{key, record}}, .reference_values = {}};
}

class EndorsementsTest : public ::testing::Test {
 protected:
  // The keys endorsed for a platform, as JWKs.
  static std::vector<Json> anchors(Endorsements& endorsements, const std::string& key) {
    const Result<tee::Collateral> found = endorsements.get({{tee::Need::Kind::kTrustAnchor, key}});
    EXPECT_EQ(code_of(found), "ok");
    std::vector<Json> out;
    for (const tee::TrustAnchor& anchor : found.value_or(tee::Collateral{}).trust_anchors) {
      EXPECT_EQ(anchor.key, key);
      out.push_back(jose::jwk_from_public_key(anchor.public_key));
    }
    return out;
  }
  std::vector<Json> anchors(const std::string& key) { return anchors(endorsements_, key); }
  std::vector<tee::PlatformReference> references(const std::string& key) {
    return endorsements_.get({{tee::Need::Kind::kPlatformReferences, key}}).value().platform_references;
  }

  const Json jwk_ = some_jwk();
  testing::ManualClock clock_;
  testing::FailingStore store_{clock_};
  Endorsements endorsements_{store_, {}};
};

TEST_F(EndorsementsTest, KnowNobodyAtFirst) {
  EXPECT_TRUE(anchors(kPlatform).empty());
  EXPECT_TRUE(references("aa11").empty());
  EXPECT_TRUE(endorsements_.get({})->trust_anchors.empty());
}

TEST_F(EndorsementsTest, GiveWhatWasAddedForExactlyThatKey) {
  ASSERT_EQ(code_of(endorsements_.add(anchor(kPlatform, jwk_))), "ok");
  EXPECT_EQ(anchors(kPlatform), std::vector<Json>{jwk_});
  for (const char* other : {"", "aa11", "aa11/", "aa11/01bb2", "aa11/01bb22/", "AA11/01BB22"}) {
    EXPECT_TRUE(anchors(other).empty()) << other;
  }
  EXPECT_TRUE(references(kPlatform).empty());  // an anchor is no reference, though they were called the same
}

TEST_F(EndorsementsTest, GiveOnlyWhatIsNeeded) {
  ASSERT_EQ(code_of(endorsements_.add(anchor(kPlatform, jwk_))), "ok");
  ASSERT_EQ(code_of(endorsements_.add(reference("aa11", Json::object({{"n", 1}})))), "ok");
  const tee::Collateral both =
      endorsements_.get({{tee::Need::Kind::kTrustAnchor, kPlatform}, {tee::Need::Kind::kPlatformReferences, "aa11"}})
          .value();
  EXPECT_EQ(both.trust_anchors.size(), 1U);
  ASSERT_EQ(both.platform_references.size(), 1U);
  EXPECT_EQ(both.platform_references[0].record, Json::object({{"n", 1}}));
}

TEST_F(EndorsementsTest, KeepSeveralRecordsOfOneKeyAndTheSameOneOnce) {
  const Json second = some_jwk();
  for (const Json& jwk : {jwk_, second, jwk_}) ASSERT_EQ(code_of(endorsements_.add(anchor(kPlatform, jwk))), "ok");
  EXPECT_THAT(anchors(kPlatform), ::testing::UnorderedElementsAre(jwk_, second));
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(code_of(endorsements_.add(reference("aa11", Json::object({{"n", i % 2}, {"m", 0}})))), "ok");
  }
  EXPECT_EQ(references("aa11").size(), 2U);
  EXPECT_NE(references("aa11")[0].name, references("aa11")[1].name);
}

TEST_F(EndorsementsTest, WriteNothingIfOneKeyIsBad) {
  const Json good = some_jwk();
  Json off_curve = some_jwk();
  off_curve.set("x", *good.find("x"));
  Json with_private_part = some_jwk();
  with_private_part.set("d", "AA");
  for (const Json& bad : {Json(), Json::object(), Json("key"), off_curve, with_private_part}) {
    EndorsedRecords records = anchor(kPlatform, good);
    records.trust_anchors.push_back({kOtherPlatform, bad});
    records.platform_references.push_back({"aa11", Json::object()});
    const Status added = endorsements_.add(records);
    ASSERT_FALSE(added.has_value()) << to_text(bad);
    EXPECT_EQ(added.error().blame, Blame::kRequest);
    EXPECT_THAT(added.error().detail, HasSubstr(kOtherPlatform));
  }
  EXPECT_TRUE(store_.list("trust_anchor", "", "", 10)->empty());
  EXPECT_TRUE(store_.list("platform_reference", "", "", 10)->empty());
}

TEST_F(EndorsementsTest, ForgetARevokedAnchorAtOnceAndNoOther) {
  const Json second = some_jwk();
  for (const Json& jwk : {jwk_, second}) ASSERT_EQ(code_of(endorsements_.add(anchor(kPlatform, jwk))), "ok");
  ASSERT_EQ(code_of(endorsements_.add(anchor(kOtherPlatform, jwk_))), "ok");
  EXPECT_EQ(anchors(kPlatform).size(), 2U);
  EXPECT_EQ(endorsements_.revoke_trust_anchor(kPlatform).value(), true);
  EXPECT_TRUE(anchors(kPlatform).empty());
  EXPECT_EQ(anchors(kOtherPlatform).size(), 1U);
  EXPECT_EQ(endorsements_.revoke_trust_anchor(kPlatform).value(), false);
}

TEST_F(EndorsementsTest, RevokeNothingByHalfAKey) {
  ASSERT_EQ(code_of(endorsements_.add(anchor(kPlatform, jwk_))), "ok");
  for (const char* half : {"", "aa11", "aa", "aa11/01bb2", "aa11/"}) {
    EXPECT_FALSE(endorsements_.revoke_trust_anchor(half).value_or(true)) << half;
  }
  EXPECT_EQ(anchors(kPlatform).size(), 1U);
}

TEST_F(EndorsementsTest, ListWhatIsStored) {
  ASSERT_EQ(code_of(endorsements_.add(anchor(kPlatform, jwk_))), "ok");
  ASSERT_EQ(code_of(endorsements_.add(reference("aa11", Json::object({{"n", 1}})))), "ok");
  const EndorsedRecords kept = endorsements_.stored().value();
  ASSERT_EQ(kept.trust_anchors.size(), 1U);
  EXPECT_EQ(kept.trust_anchors[0].key, kPlatform);
  EXPECT_EQ(kept.trust_anchors[0].content, jwk_);
  ASSERT_EQ(kept.platform_references.size(), 1U);
  EXPECT_EQ(kept.platform_references[0].key, "aa11");
}

TEST_F(EndorsementsTest, ReadMoreThanAPageOfThem) {
  for (int i = 0; i < 1'100; ++i) {
    ASSERT_EQ(code_of(endorsements_.add(reference("aa" + std::to_string(i), Json::object()))), "ok");
  }
  EXPECT_EQ(endorsements_.stored()->platform_references.size(), 1'100U);
  EXPECT_EQ(references("aa1099").size(), 1U);
}

TEST_F(EndorsementsTest, RevokeEveryAnchorOfAPlatformHoweverManyThereAre) {
  for (int i = 0; i < 1'001; ++i) {
    Json jwk = jwk_;
    jwk.set("kid", std::to_string(i));  // another record of the same key
    ASSERT_EQ(code_of(endorsements_.add(anchor(kPlatform, jwk))), "ok");
  }
  ASSERT_EQ(endorsements_.stored()->trust_anchors.size(), 1'001U);
  EXPECT_EQ(endorsements_.revoke_trust_anchor(kPlatform).value(), true);
  EXPECT_TRUE(endorsements_.stored()->trust_anchors.empty());
  EXPECT_TRUE(anchors(kPlatform).empty());
}

TEST_F(EndorsementsTest, MergeWhatFilesAndWhatTheStoreSay) {
  const Json stored = some_jwk();
  Endorsements both(store_, anchor(kPlatform, jwk_));
  ASSERT_EQ(code_of(both.add(anchor(kPlatform, stored))), "ok");
  EXPECT_THAT(anchors(both, kPlatform), ::testing::UnorderedElementsAre(jwk_, stored));
  EXPECT_EQ(both.stored()->trust_anchors.size(), 1U);
}

// To answer "revoked" would be a lie: the file's anchor would go on to count.
TEST_F(EndorsementsTest, RevokeNothingThatAFileGoesOnToEndorse) {
  Endorsements both(store_, anchor(kPlatform, jwk_));
  ASSERT_EQ(code_of(both.add(anchor(kPlatform, some_jwk()))), "ok");
  EXPECT_EQ(code_of(both.revoke_trust_anchor(kPlatform)), "endorsement.fixed");
  EXPECT_EQ(anchors(both, kPlatform).size(), 2U);
  both.replace_fixed({});
  EXPECT_EQ(both.revoke_trust_anchor(kPlatform).value(), true);
  EXPECT_TRUE(anchors(both, kPlatform).empty());
}

TEST_F(EndorsementsTest, FollowFilesThatChange) {
  Endorsements files(store_, anchor(kPlatform, jwk_));
  EXPECT_EQ(anchors(files, kPlatform).size(), 1U);
  files.replace_fixed(anchor(kOtherPlatform, jwk_));
  EXPECT_TRUE(anchors(files, kPlatform).empty());
  EXPECT_EQ(anchors(files, kOtherPlatform).size(), 1U);
}

TEST_F(EndorsementsTest, NeverMissAPlatformWhileItsFilesAreReadAgain) {
  endorsements_.replace_fixed(anchor(kPlatform, jwk_));
  std::atomic<bool> done = false;
  std::atomic<int> others = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      while (!done) others += anchors(kPlatform) == std::vector<Json>{jwk_} ? 0 : 1;
    });
  }
  for (int i = 0; i < 100; ++i) {
    endorsements_.replace_fixed(anchor(kPlatform, jwk_));
    EXPECT_EQ(code_of(endorsements_.add(anchor(kOtherPlatform, jwk_))), "ok");
    EXPECT_TRUE(endorsements_.revoke_trust_anchor(kOtherPlatform).value());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(others, 0);
  EXPECT_TRUE(anchors(kOtherPlatform).empty());
}

TEST_F(EndorsementsTest, FollowTheChangesOfAnotherProcess) {
  Endorsements other(store_, {});
  EXPECT_TRUE(anchors(kPlatform).empty());
  ASSERT_EQ(code_of(other.add(anchor(kPlatform, jwk_))), "ok");
  EXPECT_EQ(anchors(kPlatform).size(), 1U);
  ASSERT_EQ(code_of(other.add(reference("aa11", Json::object()))), "ok");
  EXPECT_EQ(references("aa11").size(), 1U);
  EXPECT_EQ(other.revoke_trust_anchor(kPlatform).value(), true);
  EXPECT_TRUE(anchors(kPlatform).empty());
}

TEST_F(EndorsementsTest, BlameTheStoreAndNotTheGuestForADamagedRecord) {
  for (const char* damaged : {"", "{", "null", "{\"kty\":\"EC\"}"}) {
    ASSERT_EQ(code_of(store_.put("trust_anchor", kPlatform + "/00", as_bytes(damaged), store::Expiry::never())), "ok");
    const Result<tee::Collateral> found = endorsements_.get({{tee::Need::Kind::kTrustAnchor, kPlatform}});
    ASSERT_FALSE(found.has_value()) << damaged;
    EXPECT_STREQ(found.error().code, "store.corrupt") << damaged;
    EXPECT_EQ(found.error().blame, Blame::kUnavailable) << damaged;
    EXPECT_THAT(found.error().detail, HasSubstr(kPlatform)) << damaged;
    EXPECT_EQ(code_of(endorsements_.check()), "store.corrupt") << damaged;
  }
  ASSERT_EQ(code_of(store_.erase("trust_anchor", kPlatform + "/00")), "ok");
  EXPECT_EQ(code_of(endorsements_.check()), "ok");
}

TEST_F(EndorsementsTest, ReadNoOtherPlatformsRecordsForOne) {
  ASSERT_EQ(code_of(endorsements_.add(anchor(kPlatform, jwk_))), "ok");
  ASSERT_EQ(code_of(store_.put("trust_anchor", kOtherPlatform + "/00", as_bytes("{"), store::Expiry::never())), "ok");
  EXPECT_EQ(anchors(kPlatform), std::vector<Json>{jwk_});
  EXPECT_EQ(code_of(endorsements_.get({{tee::Need::Kind::kTrustAnchor, kOtherPlatform}})), "store.corrupt");
}

TEST_F(EndorsementsTest, FailWithTheStoreRatherThanAnswerFromMemory) {
  ASSERT_EQ(code_of(endorsements_.add(anchor(kPlatform, jwk_))), "ok");
  ASSERT_EQ(anchors(kPlatform).size(), 1U);
  store_.fail(true);
  EXPECT_EQ(code_of(endorsements_.get({{tee::Need::Kind::kTrustAnchor, kPlatform}})), "store.full");
  EXPECT_EQ(code_of(endorsements_.add(anchor(kOtherPlatform, jwk_))), "store.full");
  EXPECT_EQ(code_of(endorsements_.revoke_trust_anchor(kPlatform)), "store.full");
}

}  // namespace
}  // namespace avouch::appraise
