#include "tee/cca/endorsement_file.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/json_depth.h"
#include "tee/cca/endorsement_for_test.h"

namespace avouch::tee::cca {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the words of these tests

TEST(CcaEndorsementFile, SplitsATaStore) {
  const EndorsedRecords records = read_endorsement_file(Json::array({anchor_entry()})).value();
  ASSERT_EQ(records.trust_anchors.size(), 1U);
  EXPECT_EQ(records.trust_anchors[0].key, hex(32, "cd") + "/01" + hex(32, "ab"));
  EXPECT_TRUE(jose::public_key_from_jwk(records.trust_anchors[0].content).has_value());
  EXPECT_TRUE(records.platform_references.empty() && records.reference_values.empty());
}

TEST(CcaEndorsementFile, SplitsARvStore) {
  Json realm = realm_entry();
  realm.find("extensible-measurements")->as_array()->at(2) = hex(64, "01");
  const Json store =
      Json::object({{"platform", Json::array({platform_entry(), platform_entry()})}, {"realm", Json::array({realm})}});
  const EndorsedRecords records = read_endorsement_file(store).value();
  EXPECT_TRUE(records.trust_anchors.empty());
  ASSERT_EQ(records.platform_references.size(), 2U);
  EXPECT_EQ(records.platform_references[1].key, hex(32, "cd"));
  EXPECT_EQ(records.platform_references[1].content, platform_entry());
  ASSERT_EQ(records.reference_values.size(), 2U);  // zero REMs approve nothing
  EXPECT_EQ(records.reference_values[0].key, "cca.realm.cca-realm-initial-measurement");
  EXPECT_EQ(records.reference_values[0].content, Json(codec::to_base64(Buffer(64, 0xab))));
  EXPECT_EQ(records.reference_values[1].key, "cca.realm.cca-realm-extensible-measurements");
  EXPECT_EQ(records.reference_values[1].content, Json(codec::to_base64(Buffer(64, 0x01))));
}

TEST(CcaEndorsementFile, SplitsBothStoresInOneDocument) {
  const Json ta_store = Json::array({anchor_entry()});
  const Json rv_store = Json::object({{"platform", Json::array({platform_entry()})}});
  const EndorsedRecords both =
      read_endorsement_file(Json::object({{"trust-anchors", ta_store}, {"reference-values", rv_store}})).value();
  EXPECT_EQ(both.trust_anchors.size(), 1U);
  EXPECT_EQ(both.platform_references.size(), 1U);
  EXPECT_EQ(read_endorsement_file(Json::object({{"trust-anchors", ta_store}})).value().trust_anchors.size(), 1U);
  EXPECT_EQ(read_endorsement_file(Json::object({{"reference-values", rv_store}})).value().platform_references.size(),
            1U);
  EXPECT_TRUE(read_endorsement_file(Json::object()).value().platform_references.empty());  // an empty rv-store
}

TEST(CcaEndorsementFile, RefusesDocumentsOfAnotherKind) {
  for (const Json& document :
       {Json(), Json("x"), Json(1), *anchor_entry().find("pkey"), anchor_entry(),
        Json::object({{"trust-anchors", Json::array()}, {"platform", Json::array()}}),
        Json::object({{"trust-anchors", Json::object()}}), Json::object({{"reference-values", Json::array()}})}) {
    EXPECT_EQ(code_of(read_endorsement_file(document)), "cca.endorsement.shape") << to_text(document);
  }
}

TEST(CcaEndorsementFile, RefusesTwoKeysForOnePlatform) {
  EXPECT_EQ(code_of(read_endorsement_file(Json::array({anchor_entry(), anchor_entry()}))), "cca.endorsement.duplicate");
}

// An entry is kept whole, with what we do not know of it, and listed within other JSON.
TEST(CcaEndorsementFile, RefusesAPlatformThatIsTooDeepToBeListed) {
  Json note = "x";
  for (std::size_t depth = 1; depth < limits::kEmbeddedJsonDepth; ++depth) note = Json::array({note});
  Json entry = platform_entry();
  entry.set("note", note);
  EXPECT_TRUE(read_endorsement_file(Json::object({{"platform", Json::array({entry})}})).has_value());
  entry.set("note", Json::array({note}));
  EXPECT_EQ(code_of(read_endorsement_file(Json::object({{"platform", Json::array({entry})}}))),
            "cca.endorsement.shape");
}

TEST(CcaEndorsementFile, RefusesAStoreWithOneBadEntry) {
  EXPECT_EQ(code_of(read_endorsement_file(Json::object({{"platform", "x"}}))), "cca.endorsement.shape");
  const Json store = Json::object({{"platform", Json::array({platform_entry(), Json::object()})}});
  EXPECT_EQ(code_of(read_endorsement_file(store)), "cca.endorsement.shape");
}

}  // namespace
}  // namespace avouch::tee::cca
