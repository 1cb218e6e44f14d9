#include "tee/cca/refusal.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "format/jwk.h"
#include "tee/cca/room.h"
#include "tee/cca/token_for_test.h"

namespace avouch::tee::cca {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the words of these tests

const NotDemanded kNotDemanded{"not in this test"};

// What the room says of a token that it refuses with `code`.
std::vector<ReferenceComparison> compare(Minter& minter, const Binding& binding, const Collateral& collateral,
                                         const std::string& code) {
  const std::unique_ptr<Room> room = make_room();
  const Buffer token = minter.token();
  const Result<Claims> claims = room->verify(token, binding, collateral, Instant{});
  EXPECT_EQ(code_of(claims), code);
  if (claims.has_value()) return {};
  return room->compared(token, binding, collateral, claims.error());
}

Binding any_binding() {
  return Binding::make(kNotDemanded, kNotDemanded).value();
}

TEST(CcaRefusal, NamesThePlatformThatNobodyEndorsed) {
  Minter minter;
  const auto compared = compare(minter, any_binding(), {}, "cca.platform.unknown");
  ASSERT_EQ(compared.size(), 1U);
  EXPECT_EQ(compared[0].name, "cca.trust-anchor/" + minter.anchor().key);
  EXPECT_EQ(compared[0].state, ReferenceState::kMissing);
  EXPECT_TRUE(compared[0].expected.empty());
}

TEST(CcaRefusal, NamesTheEndorsedKeysOfAPlatformThatSignedWithNoneOfThem) {
  Minter minter;
  const crypto::PublicKey other = crypto::PrivateKey::generate_ec(crypto::Curve::kP384).public_key();
  const Collateral collateral{{{minter.anchor().key, other}, {"another/platform", other}}, {}};
  const auto compared = compare(minter, any_binding(), collateral, "cca.platform.signature");
  ASSERT_EQ(compared.size(), 1U);
  EXPECT_EQ(compared[0].state, ReferenceState::kMismatched);
  EXPECT_EQ(Json(compared[0].expected), Json::array({"key " + jose::thumbprint_sha256(other)}));
}

TEST(CcaRefusal, ShowsBothSidesOfEachBinding) {
  Minter minter;
  const Collateral collateral{{minter.anchor()}, {}};
  const auto challenge =
      compare(minter, Binding::make(Buffer(48, 7), kNotDemanded).value(), collateral, "cca.realm.challenge-mismatch");
  ASSERT_EQ(challenge.size(), 1U);
  EXPECT_EQ(challenge[0].name, "session/report-data");
  EXPECT_EQ(Json(challenge[0].expected), Json::array({codec::to_base64(zero_padded(Buffer(48, 7), 64).value())}));
  EXPECT_NE(Json(challenge[0].expected), Json::array({challenge[0].measured}));
  const auto init_data =
      compare(minter, Binding::make(kNotDemanded, Buffer(32, 9)).value(), collateral, "cca.realm.init-data");
  ASSERT_EQ(init_data.size(), 1U);
  EXPECT_EQ(init_data[0].claim, "cca.realm.cca-realm-personalization-value");
  EXPECT_EQ(Json(init_data[0].expected), Json::array({codec::to_base64(zero_padded(Buffer(32, 9), 64).value())}));
  minter.bind = false;
  minter.platform[10] = bstr(32, 1);
  const auto binder = compare(minter, any_binding(), collateral, "cca.realm.binder");
  ASSERT_EQ(binder.size(), 1U);
  EXPECT_EQ(binder[0].measured, Json(codec::to_base64(Buffer(32, 1))));
}

TEST(CcaRefusal, ComparesNothingWhereThereIsNothingToCompare) {
  Minter minter;
  const Error refusal{Blame::kEvidence, "cca.realm.signature", ""};
  const std::unique_ptr<Room> room = make_room();
  EXPECT_TRUE(room->compared(minter.token(), any_binding(), {}, refusal).empty());
  EXPECT_TRUE(room->compared(Buffer{0xff}, any_binding(), {}, {Blame::kEvidence, "cca.platform.unknown", ""}).empty());
}

}  // namespace
}  // namespace avouch::tee::cca
