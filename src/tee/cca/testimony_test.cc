#include "tee/cca/testimony.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "tee/cca/room.h"
#include "tee/cca/token_for_test.h"

namespace avouch::tee::cca {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the words of these tests

const NotDemanded kNotDemanded{"not in this test"};

Binding any_binding() {
  return Binding::make(kNotDemanded, kNotDemanded).value();
}

Json vector(std::initializer_list<std::pair<const char*, int>> claims) {
  Json out = Json::object();
  for (const char* name : {"instance-identity", "configuration", "executables", "file-system", "hardware",
                           "runtime-opaque", "storage-opaque", "sourced-data"}) {
    out.set(name, 0);
  }
  for (const auto& [name, value] : claims) out.set(name, value);
  return out;
}

Json submod(const char* status, Json claims, Json evidence) {
  return Json::object({{"ear.status", status},
                       {"ear.trustworthiness-vector", std::move(claims)},
                       {"ear.veraison.annotated-evidence", std::move(evidence)}});
}

std::string octets(std::size_t size_bytes, std::uint8_t fill) {
  return codec::to_base64(Buffer(size_bytes, fill));
}

// What an honest verifier elsewhere says of the minter's token.
Json affirming_submods() {
  const Json platform = Json::object({{"cca-platform-implementation-id", octets(32, 0x10)},
                                      {"cca-platform-instance-id", codec::to_base64(Minter::instance_id())}});
  const Json measurements = Json::array({octets(32, 0), octets(32, 1), octets(32, 2), octets(32, 3)});
  const Json realm = Json::object({{"cca-realm-challenge", octets(64, 0xab)},
                                   {"cca-realm-personalization-value", octets(64, 0)},
                                   {"cca-realm-initial-measurement", octets(32, 0x44)},
                                   {"cca-realm-extensible-measurements", measurements},
                                   {"cca-realm-hash-algo-id", "sha-256"}});
  const Json genuine = vector({{"instance-identity", 2},
                               {"configuration", 2},
                               {"executables", 2},
                               {"hardware", 2},
                               {"runtime-opaque", 2},
                               {"storage-opaque", 2}});
  return Json::object(
      {{"CCA_SSD_PLATFORM", submod("affirming", genuine, platform)},
       {"CCA_REALM", submod("warning", vector({{"instance-identity", 2}, {"executables", 33}}), realm)}});
}

class VouchedRoom : public ::testing::Test {
 protected:
  Result<Claims> verify(Json submods, std::vector<TrustAnchor> anchors = {}) {
    Collateral collateral{std::move(anchors), {}, Testimony{"https://veraison.example", std::move(submods)}};
    return room_->verify(minter_.token(), binding_, collateral, Instant{});
  }
  Json& said(Json& submods, const char* name, const char* member) { return *submods.find(name)->find(member); }

  Minter minter_;
  Binding binding_ = any_binding();
  const std::unique_ptr<Room> room_ = make_room(Platforms::kVouchedElsewhere);
};

TEST_F(VouchedRoom, TakesAPlatformOnTheWordOfAVerifierElsewhere) {
  const Result<Claims> claims = verify(affirming_submods());
  ASSERT_TRUE(claims.has_value()) << claims.error().code << " " << claims.error().detail;
  EXPECT_EQ(*claims->evidence.at("/platform/cca-platform-endorsed"), Json("matched"));
  EXPECT_TRUE(claims->findings.empty());
  EXPECT_TRUE(claims->comparisons.empty());
}

TEST_F(VouchedRoom, RefusesWithoutATestimonyWhoeverLeftItOut) {
  EXPECT_EQ(code_of(room_->verify(minter_.token(), binding_, {{minter_.anchor()}, {}}, Instant{})),
            "cca.remote-not-asked");
}

TEST(CcaRoomOfOurOwn, AsksNobodyAndBelievesNoTestimony) {
  Minter minter;
  const std::unique_ptr<Room> room = make_room();
  EXPECT_FALSE(room->question(minter.token(), any_binding()).value().has_value());
  const Collateral collateral{{}, {}, Testimony{"https://veraison.example", affirming_submods()}};
  EXPECT_EQ(code_of(room->verify(minter.token(), any_binding(), collateral, Instant{})), "cca.platform.unknown");
}

TEST_F(VouchedRoom, AsksAboutTheWholeChallengeByTheNameOfTheProfile) {
  const std::optional<Question> question = room_->question(minter_.token(), binding_).value();
  ASSERT_TRUE(question.has_value());
  EXPECT_EQ(question->nonce, Buffer(64, 0xab));
  EXPECT_EQ(question->media_types,
            (std::vector<std::string>{R"(application/eat-collection; profile="tag:arm.com,2023:cca_platform#1.0.0")",
                                      R"(application/eat-collection; profile="http://arm.com/CCA-SSD/1.0.0")"}));
  minter_.platform[265] = tstr("http://arm.com/CCA-SSD/1.0.0");
  EXPECT_EQ(room_->question(minter_.token(), binding_).value()->media_types.size(), 1U);
}

TEST_F(VouchedRoom, AsksNobodyAboutAStaleToken) {
  binding_ = Binding::make(Buffer(64, 0xac), kNotDemanded).value();
  EXPECT_EQ(code_of(room_->question(minter_.token(), binding_)), "cca.realm.challenge-mismatch");
  EXPECT_EQ(code_of(verify(affirming_submods())), "cca.realm.challenge-mismatch");
}

TEST_F(VouchedRoom, ChecksTheRealmsPartItself) {
  minter_.bind = false;
  minter_.platform[10] = bstr(32, 0x99);
  EXPECT_EQ(code_of(verify(affirming_submods())), "cca.realm.binder");
}

TEST_F(VouchedRoom, ChecksAKeyThatIsEndorsedHereAsWell) {
  EXPECT_EQ(code_of(verify(affirming_submods(), {minter_.anchor()})), "");
  TrustAnchor other = minter_.anchor();
  other.public_key = crypto::PrivateKey::generate_ec(crypto::Curve::kP384).public_key();
  EXPECT_EQ(code_of(verify(affirming_submods(), {other})), "cca.platform.signature");
}

TEST_F(VouchedRoom, RefusesWhatIsNotVouchedForInBothParts) {
  for (const char* name : {"CCA_SSD_PLATFORM", "CCA_REALM"}) {
    Json submods = affirming_submods();
    submods.erase(name);
    EXPECT_EQ(code_of(verify(submods)), "cca.remote-refused") << name;
    for (const char* status : {"none", "contraindicated", "Affirming", ""}) {
      submods = affirming_submods();
      said(submods, name, "ear.status") = status;
      EXPECT_EQ(code_of(verify(submods)), "cca.remote-refused") << name << status;
    }
    for (const int value : {96, 99, 127, -97, 128, -129}) {
      submods = affirming_submods();
      said(submods, name, "ear.trustworthiness-vector").set("hardware", value);
      EXPECT_EQ(code_of(verify(submods)), "cca.remote-refused") << name << value;
    }
    for (const char* member : {"ear.status", "ear.trustworthiness-vector"}) {
      submods = affirming_submods();
      submods.find(name)->erase(member);
      EXPECT_EQ(code_of(verify(submods)), "cca.remote-refused") << name << member;
    }
  }
  EXPECT_EQ(code_of(verify(Json())), "cca.remote-refused");
  EXPECT_EQ(code_of(verify(Json::array())), "cca.remote-refused");
}

TEST_F(VouchedRoom, RefusesARealmWhoseIdentityIsNotAffirmed) {
  for (const int value : {0, 1, -1, 32, 33}) {
    Json submods = affirming_submods();
    said(submods, "CCA_REALM", "ear.trustworthiness-vector").set("instance-identity", value);
    EXPECT_EQ(code_of(verify(submods)), "cca.remote-refused") << value;
  }
}

TEST_F(VouchedRoom, RefusesATestimonyAboutOtherEvidence) {
  const Json whole = affirming_submods();
  for (const char* name : {"CCA_SSD_PLATFORM", "CCA_REALM"}) {
    for (const auto& [member, value] : *whole.find(name)->find("ear.veraison.annotated-evidence")->as_object()) {
      Json submods = whole;
      said(submods, name, "ear.veraison.annotated-evidence").set(member, octets(32, 0xee));
      EXPECT_EQ(code_of(verify(submods)), "cca.remote-other-evidence") << member;
      said(submods, name, "ear.veraison.annotated-evidence").erase(member);
      EXPECT_EQ(code_of(verify(submods)), "cca.remote-other-evidence") << member;
    }
  }
}

TEST_F(VouchedRoom, PutsACeilingOnWhatTheOtherDoubtsOrSaysNothingOf) {
  Json submods = affirming_submods();
  said(submods, "CCA_SSD_PLATFORM", "ear.trustworthiness-vector").set("executables", 33);
  said(submods, "CCA_SSD_PLATFORM", "ear.trustworthiness-vector").erase("hardware");
  const Result<Claims> claims = verify(submods);
  ASSERT_TRUE(claims.has_value());
  ASSERT_EQ(claims->findings.size(), 2U);
  EXPECT_EQ(claims->findings[0].claim, ear::TrustClaim::kExecutables);
  EXPECT_EQ(claims->findings[0].value, 33);
  EXPECT_EQ(claims->findings[1].claim, ear::TrustClaim::kHardware);
  EXPECT_EQ(claims->findings[1].value, 97);
  EXPECT_STREQ(claims->findings[1].code, "cca.remote-doubts");
  EXPECT_EQ(*claims->evidence.at("/platform/cca-platform-endorsed"), Json("mismatched"));
}

TEST_F(VouchedRoom, FindsALifecycleThatIsNotSecuredWhateverTheOtherSays) {
  minter_.platform[2395] = uint(0x4000);
  const Result<Claims> claims = verify(affirming_submods());
  ASSERT_TRUE(claims.has_value());
  ASSERT_FALSE(claims->findings.empty());
  EXPECT_STREQ(claims->findings[0].code, "cca.platform.not-secured");
}

TEST_F(VouchedRoom, ComparesFirmwareThatIsEndorsedHereAsWell) {
  const Json record =
      Json::object({{"implementation-id", codec::to_hex(Buffer(32, 0x10))},
                    {"platform-configuration", "cfcfcfcf"},
                    {"sw-components", Json::array({Json::object({{"measurement-value", codec::to_hex(Buffer(32, 0x22))},
                                                                 {"signer-id", codec::to_hex(Buffer(32, 0x51))}})})}});
  const Collateral collateral{{}, {{"record", record}}, Testimony{"https://veraison.example", affirming_submods()}};
  const Result<Claims> claims = room_->verify(minter_.token(), binding_, collateral, Instant{});
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(*claims->evidence.at("/platform/cca-platform-endorsed"), Json("mismatched"));
  EXPECT_STREQ(claims->findings.at(0).code, "cca.platform.firmware-mismatched");
}

}  // namespace
}  // namespace avouch::tee::cca
