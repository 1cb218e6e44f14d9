#include "tee/cca/parts.h"

#include <gtest/gtest.h>

#include <map>

#include "codec/base64.h"
#include "tee/cca/collateral_for_test.h"
#include "tee/cca/token_for_test.h"

namespace avouch::tee::cca {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the words of these tests

// Of a platform whose key is endorsed, and whose firmware is not.
Claims claims_of(Minter& minter) {
  Collateral collateral;
  collateral.trust_anchors.push_back(minter.anchor());
  const NotDemanded not_demanded{"not in this test"};
  const Result<Claims> claims =
      make_room()->verify(minter.token(), Binding::make(not_demanded, not_demanded).value(), collateral, Instant{});
  EXPECT_EQ(code_of(claims), "");
  return claims.value_or(Claims{});
}

std::map<std::string, int> ceilings(const Part& part) {
  std::map<std::string, int> out;
  for (const Finding& finding : part.findings) out[ear::to_string(finding.claim)] = finding.value;
  return out;
}

TEST(CcaParts, AreThePlatformAndItsRealm) {
  Minter minter;
  const Claims claims = claims_of(minter);
  const std::vector<Part> found = make_room()->parts(claims);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "CCA_SSD_PLATFORM");
  EXPECT_EQ(found[0].policy_class, "cca_platform");
  EXPECT_EQ(found[1].name, "CCA_REALM");
  EXPECT_EQ(found[1].policy_class, "cca_realm");
  EXPECT_EQ(found[1].evidence, *claims.evidence.find("realm"));
}

TEST(CcaParts, SayOfThePlatformOnlyWhatItsTokenSays) {
  Minter minter;
  const Claims claims = claims_of(minter);
  const Json platform = parts(claims)[0].evidence;
  EXPECT_EQ(platform.as_object()->size() + 2, claims.evidence.find("platform")->as_object()->size());
  EXPECT_EQ(platform.find("cca-platform-lifecycle-state"), nullptr);
  EXPECT_EQ(platform.find("cca-platform-endorsed"), nullptr);
  EXPECT_EQ(*platform.find("cca-platform-lifecycle"), Json(0x3003));
}

TEST(CcaParts, CapThePlatformForItsFirmware) {
  Minter minter;
  const std::vector<Part> found = parts(claims_of(minter));
  EXPECT_EQ(ceilings(found[0]), (std::map<std::string, int>{{"executables", 33}, {"configuration", 32}}));
  EXPECT_TRUE(found[1].findings.empty());
  for (const Finding& finding : found[0].findings) EXPECT_STREQ(finding.code, "cca.platform.firmware-unknown");
}

TEST(CcaParts, CapThePlatformForItsLifecycle) {
  Minter minter;
  minter.platform[2395] = uint(0x4000);
  EXPECT_EQ(ceilings(parts(claims_of(minter))[0]), (std::map<std::string, int>{{"executables", 33},
                                                                               {"configuration", 32},
                                                                               {"instance-identity", 96},
                                                                               {"runtime-opaque", 96},
                                                                               {"storage-opaque", 96}}));
}

// A finding that is added some day and forgotten here caps what it caps there.
TEST(CcaParts, ForgetNoFinding) {
  Minter minter;
  Claims claims = claims_of(minter);
  claims.findings = {{ear::TrustClaim::kSourcedData, 99, "cca.platform.new", ""}};
  EXPECT_EQ(ceilings(parts(claims)[0]), (std::map<std::string, int>{{"sourced-data", 99}}));
}

}  // namespace
}  // namespace avouch::tee::cca
